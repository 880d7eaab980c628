import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const execute = promisify(execFile);
const COMMAND_LIMIT_MS = 10_000;
const END_LIMIT_MS = 3000;

/** Runs a program to its end and resolves with what it printed. Rejects with its last words. */
export async function command(name: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await execute(name, args, { timeout: COMMAND_LIMIT_MS, encoding: "utf8" })).stdout;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(
      `${name} ${args.join(" ")}: ${stderr === undefined || stderr === "" ? String(error) : stderr.trim()}`,
      { cause: error },
    );
  }
}

/** A program that runs beside us. */
export interface Program {
  /** Writes a line to its standard input. */
  say(line: string): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly running: boolean;
  /** The last lines of its standard error, to explain an early end. */
  lastWords(): string;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program in a network namespace; each line of its standard output goes to `line`. */
export function startProgram(
  namespace: string,
  args: readonly string[],
  line: (text: string) => void = () => undefined,
): Program {
  // `ip netns exec` replaces itself by the program, so the process that we know is the program.
  const child: ChildProcess = spawn("ip", ["netns", "exec", namespace, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const words: string[] = [];
  createInterface({ input: child.stdout! }).on("line", line);
  createInterface({ input: child.stderr! }).on("line", (text) => {
    words.push(text);
    if (words.length > 20) words.shift();
  });
  child.stdin?.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => {
      words.push(error.message);
      resolve();
    });
  });
  return {
    say: (text) => child.stdin?.write(`${text}\n`),
    ended,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    lastWords: () => words.join("\n"),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** Asks a program to end, and kills it when it does not. */
export async function endProgram(program: Program, limitMs: number = END_LIMIT_MS): Promise<void> {
  if (!program.running) return;
  program.kill("SIGTERM");
  const timer = setTimeout(() => program.kill("SIGKILL"), limitMs);
  await program.ended;
  clearTimeout(timer);
}
