import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "@vipkit/test-support";

const source = new URL("../../peers/memberlist/", import.meta.url);

/** A line of the Go member's standard output. */
export interface GoEvent {
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

/** A member of HashiCorp's memberlist in a process of its own. */
export interface GoMember {
  readonly name: string;
  readonly port: number;
  readonly events: readonly GoEvent[];
  /** Writes a command line. */
  tell(command: string): void;
  members(): Promise<readonly string[]>;
  kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

/** Builds the program once for each version of its sources, outside the repository. Returns the path of the binary. */
export function buildGoMemberlist(): string {
  const hash = createHash("sha256");
  const names = readdirSync(source).sort();
  for (const name of names) hash.update(readFileSync(new URL(name, source)));
  const folder = join(tmpdir(), `vipkit-peer-memberlist-${hash.digest("hex").slice(0, 16)}`);
  const binary = join(folder, "memberlist");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  for (const name of names) cpSync(new URL(name, source), join(folder, name));
  const { status, stderr, error } = spawnSync("go", ["build", "-o", `${binary}.new`, "."], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, GOFLAGS: "-buildvcs=false -mod=readonly" },
  });
  if (status !== 0) throw new Error(`go build failed: ${stderr}`, { cause: error });
  renameSync(`${binary}.new`, binary);
  return binary;
}

/** Starts a member on a free port of the loopback interface. */
export async function startGoMember(name: string, flags: readonly string[] = []): Promise<GoMember> {
  const child = spawn(buildGoMemberlist(), ["-name", name, "-port", "0", ...flags], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const events: GoEvent[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => events.push(JSON.parse(line) as GoEvent));
  const find = (ev: string, from = 0): GoEvent | undefined => events.slice(from).find((event) => event.ev === ev);
  const started = await until(() => find("start") ?? find("error"), { what: `the start of ${name}`, everyMs: 10 });
  if (started.info === undefined) throw new Error(started.err);
  const { port } = started.info;
  return {
    name,
    port,
    events,
    tell: (command) => child.stdin.write(`${command}\n`),
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
  await until(() => child.exitCode !== null || child.signalCode !== null, {
    what: "the end of a Go member",
    everyMs: 5,
  });
}
