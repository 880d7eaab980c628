import { VipkitError } from "@vipkit/net";

/** One thing that is wrong with what was given. `path` is where, as in `pools[2].addresses[0]`. */
export interface Issue {
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/** More issues than this are counted, not listed. */
const MAX_ISSUES = 1000;

/** Collects issues; the list stays bounded whatever the input. */
export class Issues {
  readonly list: Issue[] = [];
  #more = 0;

  add(code: string, path: string, message: string): void {
    if (this.list.length < MAX_ISSUES) this.list.push({ code, path, message });
    else this.#more += 1;
  }

  get none(): boolean {
    return this.list.length === 0;
  }

  /** The list; when it was cut, its last entry says how many are missing. */
  all(): readonly Issue[] {
    if (this.#more === 0) return this.list;
    return [...this.list, { code: "more-issues", path: "", message: `${this.#more} more issues are not listed` }];
  }
}

/** Pools, quotas or a snapshot that cannot be used; nothing was changed. `code` is that of the first issue. */
export class PoolsError extends VipkitError {
  override readonly name = "PoolsError";
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    const first = issues[0];
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
    super(first?.code ?? "ERR_POOLS", first === undefined ? "wrong pools" : `${first.path}: ${first.message}${more}`);
    this.issues = issues;
  }
}
