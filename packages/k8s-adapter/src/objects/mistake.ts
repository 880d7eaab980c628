import { formatPath, type Path } from "./json.js";
import type { SourceObject } from "./source-object.js";

/** An error keeps the configuration from coming into force; a warning and a note do not. */
export type Severity = "error" | "warning" | "note";

/** One thing that is wrong, where it stands, and what would be right. Plain values; secrets never appear in it. */
export interface Mistake {
  /** Stable word for programs, for example `range_order`. The README lists all. */
  readonly code: string;
  readonly severity: Severity;
  readonly file: string;
  /** Counted from 1; 0 where the object comes from no file. */
  readonly line: number;
  readonly column: number;
  /** Kind and name of the object, then the field: `IPAddressPool metallb-system/first: spec.addresses[0]`. */
  readonly path: string;
  readonly message: string;
  /** What is allowed there. */
  readonly allowed?: string;
  /** The mistake may go away by itself when another object appears. */
  readonly transient?: true;
}

/** What a rule says about a field. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly allowed?: string;
  readonly severity?: Severity;
  readonly transient?: true;
  /** Point at the key instead of the value. */
  readonly at?: "key";
}

/** Collects what rules find; every mistake gets its place from the object it is in. */
export interface Findings {
  readonly mistakes: Mistake[];
  add(object: SourceObject, path: Path, finding: Finding): void;
}

export function createFindings(): Findings {
  const mistakes: Mistake[] = [];
  return {
    mistakes,
    add(object, path, { code, message, allowed, severity = "error", transient, at }) {
      const origin = object.origin?.(path) ?? { object, path };
      mistakes.push({
        code,
        severity,
        ...origin.object.locate(origin.path, at),
        path: `${describe(origin.object)}: ${formatPath(origin.path)}`,
        message,
        ...(allowed === undefined ? {} : { allowed }),
        ...(transient === undefined ? {} : { transient }),
      });
    },
  };
}

/** Kind, namespace and name, as far as they are known. */
export function describe({ kind, namespace, name }: SourceObject): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name === "" ? "(without name)" : name}`;
}

export function hasErrors(mistakes: readonly Mistake[]): boolean {
  return mistakes.some(({ severity }) => severity === "error");
}

/** In the order of the files given and of the lines in them. Mistakes without a line keep their order. */
export function sortMistakes(mistakes: readonly Mistake[]): Mistake[] {
  const files = new Map<string, number>();
  for (const { file } of mistakes) if (!files.has(file)) files.set(file, files.size);
  return [...mistakes].sort(
    (a, b) => files.get(a.file)! - files.get(b.file)! || a.line - b.line || a.column - b.column,
  );
}

/** `pools.yaml:7:9: error: IPAddressPool a/b: spec.addresses[0]: ... (allowed: ...)` */
export function formatMistake({ file, line, column, severity, path, message, allowed }: Mistake): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place === "" ? "" : `${place}: `}${severity}: ${path}: ${message}${allowed === undefined ? "" : ` (allowed: ${allowed})`}`;
}
