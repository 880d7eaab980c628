import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { until } from "@vipkit/test-support";

const root = fileURLToPath(new URL("../../", import.meta.url));
const goSource = new URL("memberlist/", import.meta.url);

/** A line of a gossip node's standard output. */
export interface GossipLine {
  readonly ev: string;
  /** Wall clock, milliseconds. */
  readonly t: number;
  readonly node?: string;
  readonly n?: number;
  readonly names?: readonly string[];
  readonly hex?: string;
  readonly err?: string;
  readonly info?: { readonly name: string; readonly addr: string; readonly port: number; readonly meta: string };
}

/** A member in a process of its own, driven by lines. */
export interface GossipProcess {
  readonly name: string;
  readonly port: number;
  readonly events: readonly GossipLine[];
  tell(command: string): void;
  members(): Promise<readonly string[]>;
  kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

/** Builds the program around Go memberlist once for each version of its sources, outside the repository. */
export function buildGoMemberlist(): string {
  const hash = createHash("sha256");
  const names = readdirSync(goSource).sort();
  for (const name of names) hash.update(readFileSync(new URL(name, goSource)));
  const folder = join(tmpdir(), `vipkit-peer-memberlist-${hash.digest("hex").slice(0, 16)}`);
  const binary = join(folder, "memberlist");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  for (const name of names) cpSync(new URL(name, goSource), join(folder, name));
  const { status, stderr, error } = spawnSync("go", ["build", "-o", `${binary}.new`, "."], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, GOFLAGS: "-buildvcs=false -mod=readonly" },
  });
  if (status !== 0) throw new Error(`go build failed: ${stderr}`, { cause: error });
  renameSync(`${binary}.new`, binary);
  return binary;
}

/** A member of HashiCorp's memberlist, on a free port of the loopback interface. */
export function startGoMember(name: string, flags: readonly string[] = []): Promise<GossipProcess> {
  return startProcess(name, buildGoMemberlist(), flags);
}

/** Our own gossip node, on a free port of the loopback interface. */
export function startOurMember(name: string, flags: readonly string[] = []): Promise<GossipProcess> {
  const program = ["--import", "tsx", "--conditions=vipkit:source", "interop/gossip-node/main.ts"];
  return startProcess(name, process.execPath, [...program, ...flags]);
}

async function startProcess(name: string, command: string, args: readonly string[]): Promise<GossipProcess> {
  const all = [...args, "-name", name, "-port", "0"];
  const child = spawn(command, all, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const events: GossipLine[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => events.push(JSON.parse(line) as GossipLine));
  const find = (ev: string, from = 0): GossipLine | undefined => events.slice(from).find((event) => event.ev === ev);
  const options = { what: `the start of ${name}`, everyMs: 10, timeoutMs: 30_000 };
  const started = await until(() => find("start") ?? find("error"), options);
  if (started.info === undefined) throw new Error(started.err);
  const { port } = started.info;
  return {
    name,
    port,
    events,
    tell: (line) => child.stdin.write(`${line}\n`),
    members: async () => {
      const from = events.length;
      child.stdin.write("members\n");
      const answer = await until(() => find("members", from), { what: `the members of ${name}`, everyMs: 5 });
      return [...(answer.names ?? [])].sort();
    },
    kill: (signal) => child.kill(signal),
    stop: () => stopped(child),
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await until(() => child.exitCode !== null || child.signalCode !== null, { what: "the end of a process", everyMs: 5 });
}
