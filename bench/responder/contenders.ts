import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createInterface, type Interface as Lines } from "node:readline";
import { ANSWERING_CORE, onCore } from "./cores.js";
import type { GoPrograms, Segment } from "./segment.js";

/** Somebody who answers ARP for some addresses. */
export interface Contender {
  /** What the program has counted so far; undefined where it counts nothing. */
  counters(): Promise<{ readonly wakeUps: number; readonly cpuMs: number } | undefined>;
  stop(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly lines: Lines;
}

async function start(command: string, args: readonly string[]): Promise<Running> {
  const [program, words] = onCore(ANSWERING_CORE, command, args);
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const [first] = (await once(lines, "line")) as [string];
  if (first !== "ready") throw new Error(`${command} said ${first}`);
  return { child, lines };
}

async function stop({ child }: Running): Promise<void> {
  const gone = once(child, "exit");
  child.stdin?.end();
  child.kill("SIGTERM");
  await gone;
}

function addressesFile(programs: GoPrograms, addresses: readonly string[]): string {
  const file = `${programs.generator}.addresses`;
  writeFileSync(file, `${addresses.join("\n")}\n`);
  return file;
}

/** @vipkit/arp on @vipkit/link. */
export async function startOurs(
  segment: Segment,
  programs: GoPrograms,
  addresses: readonly string[],
): Promise<Contender> {
  const program = new URL("respond.ts", import.meta.url).pathname;
  const words = [segment.answering, segment.interfaceName, addressesFile(programs, addresses)];
  const running = await start(process.execPath, ["--import", "tsx", "--conditions=vipkit:source", program, ...words]);
  return {
    counters: async () => {
      const answer = once(running.lines, "line") as Promise<[string]>;
      running.child.stdin?.write("\n");
      return JSON.parse((await answer)[0]) as { wakeUps: number; cpuMs: number };
    },
    stop: () => stop(running),
  };
}

/** The Linux kernel, which owns the addresses itself. */
export function startKernel(segment: Segment, _programs: GoPrograms, addresses: readonly string[]): Promise<Contender> {
  segment.addKernelAddresses(addresses);
  return Promise.resolve({
    counters: () => Promise.resolve(undefined),
    stop: () => {
      segment.flushKernelAddresses();
      return Promise.resolve();
    },
  });
}

/** A Go program on mdlayher's package, the one that MetalLB uses. */
export async function startMdlayher(
  segment: Segment,
  programs: GoPrograms,
  addresses: readonly string[],
): Promise<Contender> {
  const words = ["netns", "exec", segment.answering, programs.mdlayher!, segment.interfaceName];
  const running = await start("ip", [...words, addressesFile(programs, addresses)]);
  return { counters: () => Promise.resolve(undefined), stop: () => stop(running) };
}
