import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createAllocator, FreeSet, type Allocator, type PoolConfig, type PriorLease } from "@vipkit/allocator";
import { allocatorPeers, type AllocatorPeer } from "../peers/allocator.js";
import { linearScan } from "../peers/linear-scan.js";
import { median, nanosecondsPerCall, percentile, type Bench, type BenchContext, type BenchResult } from "../report.js";

const BLOCK = 0x0a00_0000;
const CALLS = 1000;
/** Short rounds: on a busy machine a long one is likely to be interrupted, and then measures the others. */
const BATCH = 100;
const ROUNDS = 101;
/** Rounds before the clock counts: each size and state is compiled anew by the engine. */
const WARM_UPS = 200;
const PORTS = ["tcp/80"];
const names = Array.from({ length: CALLS }, (_, i) => `x/${i}`);

interface Measured {
  readonly case: string;
  /** Nanoseconds a call, one figure a round. */
  readonly rounds: readonly number[];
  readonly calls: number;
}

function pool(name: string, ...addresses: string[]): PoolConfig {
  return { name, addresses };
}

function filled(addresses: string, held: number): Allocator {
  const allocator = createAllocator({ pools: [pool("p", addresses)] });
  for (let i = 0; i < held; i += 1)
    allocator.claim({ owner: `ns/svc-${i}`, ports: PORTS, family: familyOf(addresses) });
  return allocator;
}

function familyOf(addresses: string): "ipv4" | "ipv6" {
  return addresses.includes(":") ? "ipv6" : "ipv4";
}

/** Rounds of `run` with `after` outside the clock. */
function timed(calls: number, rounds: number, run: (i: number) => unknown, after: (i: number) => unknown): number[] {
  const figures: number[] = [];
  for (let round = -WARM_UPS; round < rounds; round += 1) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i += 1) run(i);
    const spent = Number(process.hrtime.bigint() - start) / calls;
    if (round >= 0) figures.push(spent);
    for (let i = 0; i < calls; i += 1) after(i);
  }
  return figures;
}

/** Single calls, each with the clock around it (the clock's own cost included): for the slowest percent. */
function singles(run: (i: number) => unknown, after: (i: number) => unknown): number[] {
  const figures: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    for (let i = 0; i < CALLS; i += 1) {
      const start = process.hrtime.bigint();
      run(i);
      figures.push(Number(process.hrtime.bigint() - start));
    }
    for (let i = 0; i < CALLS; i += 1) after(i);
  }
  return figures;
}

type Report = (measured: Measured) => void;

function wholeOperations(
  name: string,
  allocator: Allocator,
  family: "ipv4" | "ipv6",
  report: Report,
  p99: Report,
): void {
  const claim = (i: number): unknown => allocator.claim({ owner: names[i]!, ports: PORTS, family });
  const release = (i: number): unknown => allocator.release(names[i]!);
  const measure = (operation: string, run: (i: number) => unknown, after: (i: number) => unknown): void => {
    report({ case: `${operation} ${name}`, rounds: timed(BATCH, ROUNDS, run, after), calls: BATCH });
    p99({ case: `${operation} ${name}, p99`, rounds: singles(run, after), calls: 1 });
  };
  measure("next-free", claim, release);
  for (let i = 0; i < CALLS; i += 1) claim(i);
  const ips = names.map((owner) => allocator.leaseOf(owner)!.ips);
  measure("release", release, claim);
  for (let i = 0; i < CALLS; i += 1) release(i);
  const assign = (i: number): unknown =>
    allocator.assign({ owner: names[i]!, ports: PORTS, addresses: ips[CALLS - 1 - i]! });
  measure("explicit", assign, release);
  const [someone] = allocator.leases();
  const refused = { owner: "x/refused", ports: PORTS, addresses: someone!.ips };
  measure(
    "refusal of a held address",
    () => allocator.assign(refused),
    () => undefined,
  );
}

function sizes(report: Report, p99: Report): void {
  for (const [name, held] of [
    ["1k", 1000],
    ["10k", 10_000],
    ["60k", 60_000],
  ] as const) {
    const allocator = filled("10.0.0.0/16", held);
    wholeOperations(name, allocator, "ipv4", report, p99);
    const once = (operation: string, run: (i: number) => unknown): void =>
      report({ case: `setPools ${operation} ${name}`, rounds: timed(1, ROUNDS, run, () => undefined), calls: 1 });
    once("unchanged", () => allocator.setPools([pool("p", "10.0.0.0/16")]));
    let flip = 0;
    once("renamed", () => allocator.setPools([pool(`p${(flip += 1)}`, "10.0.0.0/16")]));
  }
}

function fragmented(report: Report, p99: Report): void {
  const allocator = filled("10.0.0.0/16", 60_000);
  for (let i = 0; i < 60_000; i += 2) allocator.release(`ns/svc-${i}`);
  wholeOperations("30k holes", allocator, "ipv4", report, p99);
  wholeOperations("10k of an IPv6 /64", filled("fd00::/64", 10_000), "ipv6", report, p99);
  const full = filled("10.0.0.0/16", 65_536);
  const run = (i: number): unknown => full.claim({ owner: names[i]!, ports: PORTS });
  report({ case: "refusal full", rounds: timed(BATCH, ROUNDS, run, () => undefined), calls: BATCH });
  p99({ case: "refusal full, p99", rounds: singles(run, () => undefined), calls: 1 });
}

function million(report: Report, p99: Report, memory: (megabytes: number) => void): void {
  const owners = Array.from({ length: 1_000_000 }, (_, i) => `ns/svc-${i}`);
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const allocator = createAllocator({ pools: [pool("p", "10.0.0.0/8")] });
  for (const owner of owners) allocator.claim({ owner, ports: PORTS });
  collect();
  memory((process.memoryUsage().heapUsed - before) / 1e6);
  wholeOperations("1M of a /8", allocator, "ipv4", report, p99);
  for (let i = 0; i < owners.length; i += 2) allocator.release(owners[i]!);
  wholeOperations("500k holes of a /8", allocator, "ipv4", report, p99);
}

function freeSets(report: Report): void {
  const set = new FreeSet(2 ** 24);
  for (let i = 0; i < 2_000_000; i += 1) set.take(i);
  for (let i = 0; i < 2_000_000; i += 2) set.free(i);
  const got: number[] = [];
  const take = (i: number): void => {
    got[i] = set.next();
    set.take(got[i]);
  };
  const back = (i: number): void => set.free(got[i]!);
  const calls = 1000;
  report({ case: "free set, 1M holes, next", rounds: timed(calls, ROUNDS, take, back), calls });
  const spread = (i: number): number => (i * 1998) % 2_000_000;
  const takeAt = (i: number): void => set.take(spread(i));
  const freeAt = (i: number): void => set.free(spread(i));
  report({ case: "free set, 1M holes, explicit", rounds: timed(calls, ROUNDS, takeAt, freeAt), calls });
  for (let i = 0; i < calls; i += 1) takeAt(i);
  report({ case: "free set, 1M holes, free", rounds: timed(calls, ROUNDS, freeAt, takeAt), calls });
}

function replayAndPlan(report: (name: string, milliseconds: readonly number[]) => void): void {
  const leases: PriorLease[] = Array.from({ length: 100_000 }, (_, i) => ({
    owner: `ns/svc-${i}`,
    ips: [BLOCK + ((i * 7919) % 100_000)],
    ports: PORTS,
  }));
  const replays = nanosecondsPerCall(() => createAllocator({ pools: [pool("p", "10.0.0.0/8")] }).replay(leases), {
    calls: 1,
    rounds: 7,
    warmUps: 2,
  });
  report("replay of 100,000 leases", replays);
  const allocator = filled("10.0.0.0/16", 60_000);
  const plans: readonly (readonly [string, PoolConfig[]])[] = [
    ["all kept, renamed", [pool("q", "10.0.0.0/16")]],
    ["half moved", [pool("q", "10.0.0.0/17", "11.0.0.0/16")]],
    ["all moved", [pool("q", "11.0.0.0/16")]],
  ];
  for (const [name, pools] of plans) {
    report(
      `plan for 60,000 leases, ${name}`,
      nanosecondsPerCall(() => allocator.plan(pools), { calls: 1, rounds: 7, warmUps: 2 }),
    );
  }
}

function reporter({ report }: BenchContext, peers: readonly AllocatorPeer[]): Report {
  return ({ case: name, rounds, calls }) => {
    const ours: BenchResult = {
      bench: "allocator",
      case: name,
      unit: "ns",
      value: median(rounds),
      n: rounds.length * calls,
    };
    const measured = peers.filter((peer) => peer.nanoseconds[name] !== undefined);
    if (measured.length === 0) report(ours);
    for (const peer of measured) {
      report({ ...ours, peer: peer.name, peerVersion: peer.version, peerValue: peer.nanoseconds[name]! });
    }
  };
}

/** The allocator with all rules and books beside MetalLB's and Cilium's; without Go beside a linear scan. */
export const bench: Bench = async (context) => {
  const go = allocatorPeers(context.note);
  const report = reporter(context, go.length > 0 ? go : [linearScan()]);
  const p99: Report = ({ case: name, rounds }) =>
    context.report({ bench: "allocator", case: name, unit: "ns", value: percentile(rounds, 0.99), n: rounds.length });
  sizes(report, p99);
  fragmented(report, p99);
  freeSets(report);
  replayAndPlan((name, figures) =>
    context.report({ bench: "allocator", case: name, unit: "ms", value: median(figures) / 1e6, n: figures.length }),
  );
  million(report, p99, (value) =>
    context.report({ bench: "allocator", case: "1,000,000 leases, heap", unit: "MB", value, n: 1 }),
  );
  await Promise.resolve();
};
