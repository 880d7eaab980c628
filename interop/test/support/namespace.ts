import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A network namespace with one interface, eth0, on the lab's bridge. */
export interface LabNode {
  readonly name: string;
  /** As `ip netns` knows it; its file is under /run/netns. */
  readonly namespace: string;
  /** Runs a command to its end and returns its standard output. Throws when it fails. */
  run(command: string, ...words: string[]): string;
  /** Starts a program that stays. It is killed with the lab. */
  start(command: string, words: readonly string[], options?: StartOptions): Program;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs in a namespace. */
export interface Program {
  readonly pid: number;
  /** The last 16 kB of what it wrote. */
  readonly output: () => string;
  readonly running: boolean;
  signal(name: NodeJS.Signals): void;
  /** Ends it, with SIGKILL if it takes longer than two seconds. */
  stop(): Promise<void>;
}

/** Namespaces on one bridge, cut off from everything else. */
export interface Lab {
  /** @param addresses with prefix lengths, such as `192.0.2.1/24` */
  addNode(name: string, addresses: readonly string[]): LabNode;
  /** One more interface for a node, on the same bridge, without addresses. */
  addInterface(node: LabNode, name: string): void;
  /** An empty folder that goes with the lab. */
  folder(name: string): string;
  /** Cuts a node off, or plugs it in again. */
  setLink(node: LabNode, up: boolean): void;
  /** Stops all programs and removes all namespaces and folders. */
  close(): Promise<void>;
}

let labs = 0;

function ip(...words: string[]): string {
  return execFileSync("ip", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function quietly(run: () => unknown): void {
  try {
    run();
  } catch {
    // What is already gone need not be removed.
  }
}

function watch(child: ChildProcess): Program {
  let text = "";
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString("utf8")).slice(-16_384);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${child.spawnfile} did not start`);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    output: () => text,
    get running(): boolean {
      return isRunning();
    },
    signal: (name) => void child.kill(name),
    stop: async () => {
      if (!isRunning()) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      const killer = AbortSignal.timeout(2000);
      killer.addEventListener("abort", () => child.kill("SIGKILL"));
      await gone;
    },
  };
}

/** Settings that keep the segment still: no router advertisements, no duplicate address detection. */
const QUIET = ["accept_ra=0", "autoconf=0", "accept_dad=0", "router_solicitations=0"].flatMap((setting) => [
  `net.ipv6.conf.all.${setting}`,
  `net.ipv6.conf.default.${setting}`,
]);

function addNamespace(namespace: string): void {
  ip("netns", "add", namespace);
  ip("netns", "exec", namespace, "sysctl", "-q", "-w", ...QUIET);
  ip("-n", namespace, "link", "set", "lo", "up");
}

/** Makes an empty lab. Needs root. */
export function createLab(): Lab {
  labs += 1;
  const id = `vk${process.pid.toString(36)}${labs.toString(36)}`;
  const bridge = `${id}-br`;
  const namespaces = [bridge];
  const folders: string[] = [];
  const programs: Program[] = [];
  const removeAll = (): void => {
    for (const namespace of namespaces.splice(0)) quietly(() => ip("netns", "del", namespace));
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  };
  const killAll = (): void => {
    for (const program of programs) if (program.running) program.signal("SIGKILL");
    removeAll();
  };
  process.on("exit", killAll);
  addNamespace(bridge);
  ip("-n", bridge, "link", "add", "br0", "type", "bridge", "stp_state", "0");
  ip("-n", bridge, "link", "set", "br0", "up");

  const plug = (namespace: string, name: string, port: string): void => {
    ip("link", "add", name, "netns", namespace, "type", "veth", "peer", "name", port, "netns", bridge);
    ip("-n", bridge, "link", "set", port, "master", "br0", "up");
  };

  const nodeOf = (name: string, namespace: string): LabNode => ({
    name,
    namespace,
    run: (command, ...words) =>
      execFileSync("ip", ["netns", "exec", namespace, command, ...words], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        timeout: 20_000,
        maxBuffer: 64 * 1024 * 1024,
      }),
    start: (command, words, { env = {} } = {}) => {
      // `ip netns exec` becomes the command itself: the process id is the program's.
      const child = spawn("ip", ["netns", "exec", namespace, command, ...words], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...env },
      });
      const program = watch(child);
      programs.push(program);
      return program;
    },
  });

  return {
    addNode: (name, addresses) => {
      const namespace = `${id}-${name}`;
      namespaces.push(namespace);
      addNamespace(namespace);
      plug(namespace, "eth0", `p-${name}`);
      for (const address of addresses) {
        const nodad = address.includes(":") ? ["nodad"] : [];
        ip("-n", namespace, "addr", "add", address, "dev", "eth0", ...nodad);
      }
      ip("-n", namespace, "link", "set", "eth0", "up");
      return nodeOf(name, namespace);
    },
    addInterface: (node, name) => {
      plug(node.namespace, name, `p-${node.name}-${name}`);
      ip("-n", node.namespace, "link", "set", name, "up");
    },
    folder: (name) => {
      const folder = mkdtempSync(join(tmpdir(), `${id}-${name}-`));
      folders.push(folder);
      return folder;
    },
    setLink: (node, up) => void ip("-n", bridge, "link", "set", `p-${node.name}`, up ? "up" : "down"),
    close: async () => {
      process.off("exit", killAll);
      await Promise.all(programs.splice(0).map((program) => program.stop()));
      removeAll();
    },
  };
}
