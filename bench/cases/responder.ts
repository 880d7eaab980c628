import { execFileSync } from "node:child_process";
import { release } from "node:os";
import { findCommand, hasNetworkNamespaces } from "@vipkit/test-support";
import { ASKING_CORE, hasTwoCores, onCore } from "../responder/cores.js";
import { startKernel, startMdlayher, startOurs, type Contender } from "../responder/contenders.js";
import {
  buildGoPrograms,
  createSegment,
  MDLAYHER_VERSION,
  type GoPrograms,
  type Segment,
} from "../responder/segment.js";
import { median, type Bench, type BenchContext } from "../report.js";

const ROUNDS = 5;
const SINGLES = 1000;
const FLOOD_SECONDS = 1;
const PACE = 20_000;
const PACED_SECONDS = 1;
const FOREIGN_PACE = 50_000;
const FOREIGN_SECONDS = 3;
/** Owned by nobody, and outside of what the others own. */
const FOREIGN = "10.9.200.200";

/** What the generator prints. */
interface Answers {
  readonly sent: number;
  readonly answered: number;
  readonly seconds: number;
  readonly p50us: number;
  readonly p99us: number;
}

/** The medians of all rounds, by case. */
interface Figures {
  readonly singleP50: number;
  readonly singleP99: number;
  readonly floodPerSecond: number;
  readonly pacedP99: number;
  readonly pacedPerSecond: number;
}

const CASES: readonly {
  readonly key: keyof Figures;
  readonly name: string;
  readonly unit: "us" | "per_s";
  readonly n: number;
}[] = [
  { key: "singleP50", name: "latency of single requests, p50", unit: "us", n: ROUNDS * SINGLES },
  { key: "singleP99", name: "latency of single requests, p99", unit: "us", n: ROUNDS * SINGLES },
  { key: "floodPerSecond", name: "answers under flood", unit: "per_s", n: ROUNDS },
  { key: "pacedP99", name: "latency at 20,000 requests a second, p99", unit: "us", n: ROUNDS },
  { key: "pacedPerSecond", name: "answers at 20,000 requests a second", unit: "per_s", n: ROUNDS },
];

function owned(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `10.9.${i >> 8}.${i & 255}`);
}

function ask(segment: Segment, { generator }: GoPrograms, ...words: (string | number)[]): Answers {
  const [mode, ...rest] = words.map(String) as [string, ...string[]];
  const inside = ["netns", "exec", segment.asking, generator, mode, segment.interfaceName, ...rest];
  const output = execFileSync(...onCore(ASKING_CORE, "ip", inside));
  return JSON.parse(output.toString()) as Answers;
}

function measure(segment: Segment, programs: GoPrograms, target: string): Figures {
  const rounds = Array.from({ length: ROUNDS + 1 }, () => ({
    single: ask(segment, programs, "single", target, SINGLES),
    flood: ask(segment, programs, "flood", target, FLOOD_SECONDS),
    paced: ask(segment, programs, "paced", target, PACE, PACED_SECONDS),
  }))
    // The first one warms up.
    .slice(1);
  const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick));
  return {
    singleP50: of(({ single }) => single.p50us),
    singleP99: of(({ single }) => single.p99us),
    floodPerSecond: of(({ flood }) => flood.answered / flood.seconds),
    pacedP99: of(({ paced }) => paced.p99us),
    pacedPerSecond: of(({ paced }) => paced.answered / paced.seconds),
  };
}

async function withContender<T>(
  starting: Promise<Contender>,
  run: (contender: Contender) => T | Promise<T>,
): Promise<T> {
  const contender = await starting;
  try {
    return await run(contender);
  } finally {
    await contender.stop();
  }
}

/** Wake-ups and CPU time while a neighbour asks for what is not ours. */
async function measureForeign(context: BenchContext, segment: Segment, programs: GoPrograms): Promise<void> {
  await withContender(startOurs(segment, programs, owned(10)), async (contender) => {
    const before = await contender.counters();
    const { sent } = ask(segment, programs, "paced", FOREIGN, FOREIGN_PACE, FOREIGN_SECONDS);
    const after = await contender.counters();
    const wakeUps = (after?.wakeUps ?? 0) - (before?.wakeUps ?? 0);
    const result = { bench: "responder", n: sent } as const;
    const name = "under 50,000 requests a second for others";
    context.report({ ...result, case: `wake-ups ${name}`, unit: "per_s", value: wakeUps / FOREIGN_SECONDS });
    const cpuMs = (after?.cpuMs ?? 0) - (before?.cpuMs ?? 0);
    context.report({ ...result, case: `CPU time a second ${name}`, unit: "ms", value: cpuMs / FOREIGN_SECONDS });
  });
}

async function compare(context: BenchContext, segment: Segment, programs: GoPrograms, count: number): Promise<void> {
  const addresses = owned(count);
  const target = addresses[count >> 1]!;
  const run = (): Figures => measure(segment, programs, target);
  const ours = await withContender(startOurs(segment, programs, addresses), run);
  const peers: { readonly peer: string; readonly peerVersion: string; readonly figures: Figures }[] = [];
  if (count <= 10) {
    const figures = await withContender(startKernel(segment, programs, addresses), run);
    peers.push({ peer: "the Linux kernel", peerVersion: release(), figures });
  }
  if (programs.mdlayher !== undefined) {
    const figures = await withContender(startMdlayher(segment, programs, addresses), run);
    peers.push({ peer: "Go on mdlayher/arp", peerVersion: MDLAYHER_VERSION, figures });
  }
  for (const { key, name, unit, n } of CASES) {
    const result = { bench: "responder", case: `${name}, ${count} addresses`, unit, value: ours[key], n } as const;
    if (peers.length === 0) context.report(result);
    for (const { figures, ...peer } of peers) context.report({ ...result, ...peer, peerValue: figures[key] });
  }
}

/** An ARP responder in a namespace, asked from another one. */
export const bench: Bench = async (context) => {
  const go = findCommand("go");
  if (!hasNetworkNamespaces() || go === undefined) {
    context.note("responder: needs root on Linux, and Go (https://go.dev/dl) for the program that asks");
    return;
  }
  if (!hasTwoCores())
    context.note("responder: one core, or no taskset: who asks and who answers are in each other's way");
  const programs = buildGoPrograms(go);
  if (programs.mdlayher === undefined) {
    context.note(`peer github.com/mdlayher/arp@${MDLAYHER_VERSION}: could not be fetched or built`);
  }
  const segment = createSegment();
  try {
    for (const count of [10, 10_000]) await compare(context, segment, programs, count);
    await measureForeign(context, segment, programs);
  } finally {
    segment.close();
    programs.remove();
  }
};
