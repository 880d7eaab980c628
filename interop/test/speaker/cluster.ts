import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lab, LabNode, Program } from "../support/namespace.js";

const SPEAKER = fileURLToPath(new URL("../../../examples/speaker/src/main.ts", import.meta.url));

/** A speaker in a namespace, with its log as events. */
export interface SpeakerProcess {
  readonly name: string;
  readonly node: LabNode;
  readonly program: Program;
  readonly mac: string;
  /** The status that it has written last; undefined before the first. */
  status(): SpeakerStatus | undefined;
}

export interface SpeakerStatus {
  readonly services: readonly { readonly service: string; readonly addresses: readonly string[] }[];
  readonly peers: readonly { readonly name: string; readonly state: string; readonly advertised: readonly string[] }[];
  readonly members: { readonly members: readonly { readonly name: string; readonly state: string }[] };
}

/** Speakers that read one folder of files. */
export interface SpeakerCluster {
  write(name: string, text: string): void;
  remove(name: string): void;
  start(name: string, ipv4: string, ipv6: string): SpeakerProcess;
  /** Starts the program again in the same namespace, with the same status file. */
  restart(speaker: SpeakerProcess): SpeakerProcess;
}

export function createCluster(lab: Lab): SpeakerCluster {
  const folder = lab.folder("speakers");
  const config = join(folder, "config");
  mkdirSync(config);
  const run = (name: string, node: LabNode): SpeakerProcess => {
    const statusFile = join(folder, `${name}.json`);
    const program = node.start(process.execPath, [
      ...["--import", "tsx", "--conditions=vipkit:source", SPEAKER, "run", "--json", "--config", config],
      ...["--node-name", name, "--profile", "fast", "--status-file", statusFile],
    ]);
    return {
      name,
      node,
      program,
      mac: node.run("cat", "/sys/class/net/eth0/address").trim(),
      status: () => {
        try {
          return JSON.parse(readFileSync(statusFile, "utf8")) as SpeakerStatus;
        } catch {
          return undefined;
        }
      },
    };
  };
  return {
    write: (name, text) => writeFileSync(join(config, name), text),
    remove: (name) => rmSync(join(config, name)),
    start: (name, ipv4, ipv6) => run(name, lab.addNode(name, [`${ipv4}/24`, `${ipv6}/64`])),
    restart: ({ name, node }) => run(name, node),
  };
}
