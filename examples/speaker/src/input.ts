import {
  nodeObject,
  readCluster,
  readConfig,
  readDocuments,
  type Config,
  type Mistake,
  type SourceObject,
} from "@vipkit/k8s-adapter";
import { tryParseIp, type Ip } from "@vipkit/net";

/** One file of the configuration. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A configuration without mistakes. */
export interface Input {
  readonly config: Config;
  readonly objects: readonly SourceObject[];
}

/** Reads the files. With a mistake in any of them there is no input, only the mistakes: all of them. */
export function readInput(
  files: readonly SourceFile[],
  node: string,
): { readonly input: Input | undefined; readonly mistakes: readonly Mistake[] } {
  const { objects, mistakes } = readDocuments(files);
  const read = readConfig(withKnownNodes(objects, [node]));
  const cluster = readCluster(objects);
  const all = [...mistakes, ...read.mistakes, ...cluster.mistakes];
  const good = read.ok && all.every(({ severity }) => severity !== "error");
  return { input: good ? { config: read.config, objects } : undefined, mistakes: all };
}

/** Where no Node object is among the files, the members stand for them, each with its name as hostname label. */
export function withKnownNodes(objects: readonly SourceObject[], members: readonly string[]): readonly SourceObject[] {
  if (objects.some(({ kind }) => kind === "Node")) return objects;
  return [...objects, ...members.map((name) => nodeObject(name, { "kubernetes.io/hostname": name }))];
}

/** Selectors of nodes are resolved in the configuration, so it is read anew when members stand for the nodes. */
export function configFor({ config, objects }: Input, known: readonly SourceObject[]): Config {
  if (known === objects) return config;
  const read = readConfig(known);
  return read.ok ? read.config : config;
}

/** The internal addresses of each Node object (status.addresses of type InternalIP), by node name. */
export function nodeAddresses(objects: readonly SourceObject[]): ReadonlyMap<string, readonly Ip[]> {
  const byNode = new Map<string, readonly Ip[]>();
  for (const { kind, name, value } of objects) {
    if (kind !== "Node") continue;
    const { addresses } = (value as { status?: { addresses?: unknown } }).status ?? {};
    if (!Array.isArray(addresses)) continue;
    const internal = (addresses as { type?: unknown; address?: unknown }[])
      .filter(({ type }) => type === "InternalIP")
      .flatMap(({ address }) => tryParseIp(String(address)) ?? []);
    byNode.set(name, internal);
  }
  return byNode;
}
