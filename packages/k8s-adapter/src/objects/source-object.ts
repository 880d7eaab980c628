import { isObject, objectOf, textMapOf, textOf, type Json, type JsonObject, type Path } from "./json.js";

export interface Place {
  readonly file: string;
  /** Counted from 1; 0 = not known. */
  readonly line: number;
  readonly column: number;
}

/** A Kubernetes object and the way back to where it was written. */
export interface SourceObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** As written; empty where the document says none. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: JsonObject;
  /** Where the value at `path` (or its key) stands; the nearest thing around it where there is no such value. */
  locate(path: Path, at?: "key"): Place;
  /** Where a line and column of the text at `path` stand in the file. Only for objects from files. */
  locateText?(path: Path, line: number, column: number): Place;
  /** Objects made from others know where a field of theirs came from. */
  origin?(path: Path): { readonly object: SourceObject; readonly path: Path } | undefined;
}

/** An object from elsewhere than a file: an API server, a test, a migration. `file` is how mistakes call it. */
export function objectFrom(value: unknown, file = "", prefix: Pick<SourceObject, "origin"> = {}): SourceObject {
  const object = isObject(value) ? value : {};
  return { ...headOf(object), value: object, locate: () => ({ file, line: 0, column: 0 }), ...prefix };
}

/** What every object says about itself. */
export function headOf(value: JsonObject): Pick<SourceObject, "apiVersion" | "kind" | "namespace" | "name" | "labels"> {
  const metadata = objectOf(value.metadata);
  return {
    apiVersion: textOf(value.apiVersion) ?? "",
    kind: textOf(value.kind) ?? "",
    namespace: textOf(metadata.namespace) ?? "",
    name: textOf(metadata.name) ?? "",
    labels: textMapOf(metadata.labels),
  };
}

/** A Node object for a machine that no file describes, so that node selectors can see its labels. */
export function nodeObject(name: string, labels: Readonly<Record<string, string>> = {}): SourceObject {
  const value: Json = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
  };
  return objectFrom(value);
}
