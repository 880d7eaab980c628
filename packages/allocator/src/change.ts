import type { Lease } from "./claim.js";

/** What has changed, in order. `sequence` grows by one from change to change. */
export type Change = { readonly sequence: number } & (
  | { readonly type: "assigned"; readonly lease: Lease }
  /** The same owner has other addresses, ports or keys. */
  | { readonly type: "updated"; readonly lease: Lease; readonly previous: Lease }
  | { readonly type: "released"; readonly lease: Lease }
  /** New pools or quotas are in force; `lost` are the leases that ended with it. */
  | { readonly type: "pools"; readonly pools: readonly string[]; readonly lost: readonly Lease[] }
);

type Unnumbered<T> = T extends unknown ? Omit<T, "sequence"> : never;
export type Occurrence = Unnumbered<Change>;

/** Tells listeners about changes, one after the other and never from inside another telling. */
export class ChangeFeed {
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #waiting: Change[] = [];
  #sequence = 0;
  #telling = false;

  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  listen(listener: (change: Change) => void): () => void {
    const own = (change: Change): void => listener(change);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  tell(occurrence: Occurrence): void {
    this.#sequence += 1;
    if (!this.heard) return;
    this.#waiting.push({ sequence: this.#sequence, ...occurrence });
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        for (const listener of [...this.#listeners]) listener(next);
      }
    } finally {
      this.#telling = false;
      this.#waiting.length = 0;
    }
  }
}
