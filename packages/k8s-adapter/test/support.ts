import { readFileSync } from "node:fs";
import { createAllocator } from "@vipkit/allocator";
import { formatIp } from "@vipkit/net";
import {
  decideAllocation,
  decideAnnouncements,
  formatMistake,
  nodeObject,
  readCluster,
  readConfig,
  readDocuments,
  type Allocation,
  type Announcements,
  type Config,
  type SourceFile,
} from "../src/index.js";

export function vector(name: string): SourceFile {
  return { path: name, text: readFileSync(new URL(`vectors/${name}`, import.meta.url), "utf8") };
}

export function file(text: string, path = "test.yaml"): SourceFile {
  return { path, text };
}

/** The configuration in YAML text; wrong ones fail the test with all mistakes. */
export function configOf(...files: readonly SourceFile[]): Config {
  const { objects, mistakes } = readDocuments(files);
  const read = readConfig(objects);
  const errors = [...mistakes, ...read.mistakes].filter(({ severity }) => severity === "error");
  if (!read.ok || errors.length > 0) throw new Error(errors.map(formatMistake).join("\n"));
  return read.config;
}

export interface Played {
  readonly config: Config;
  readonly allocation: Allocation;
  readonly announcements: Announcements;
  /** Addresses by Service key. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
}

export interface PlayOptions {
  readonly node?: string;
  readonly members?: readonly string[];
  readonly nodeLabels?: Readonly<Record<string, string>>;
}

/** The whole way, as a speaker goes it: files in, addresses and announcements out. */
export function play(files: readonly SourceFile[], options: PlayOptions = {}): Played {
  const { node = "node-a", members = ["node-a", "node-b", "node-c"], nodeLabels = {} } = options;
  const { objects, mistakes } = readDocuments(files);
  const known = objects.some(({ kind }) => kind === "Node");
  const nodes = known ? [] : members.map((name) => nodeObject(name, name === node ? nodeLabels : {}));
  const read = readConfig([...objects, ...nodes]);
  const cluster = readCluster([...objects, ...nodes]);
  const errors = [...mistakes, ...read.mistakes, ...cluster.mistakes].filter(({ severity }) => severity === "error");
  if (!read.ok || errors.length > 0) throw new Error(errors.map(formatMistake).join("\n"));
  const { config } = read;
  const input = { allocator: createAllocator(), config, services: cluster.services, familiesWithoutClusterIP: true };
  const allocation = decideAllocation(input);
  const announcements = decideAnnouncements({ ...cluster, node, config, services: allocation.services, members });
  const addresses = Object.fromEntries(allocation.verdicts.map(({ key, ips }) => [key, ips.map(formatIp)]));
  return { config, allocation, announcements, addresses };
}

/** A Service as YAML. */
export function serviceYaml(
  name: string,
  more: { annotations?: Record<string, string>; spec?: Record<string, unknown> } = {},
): SourceFile {
  const { annotations = {}, spec = {} } = more;
  const object = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, annotations },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...spec },
  };
  return file(JSON.stringify(object), `${name}.yaml`);
}
