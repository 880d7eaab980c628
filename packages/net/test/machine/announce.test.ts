import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createAnnounceSchedule,
  createAskers,
  createConflictWatch,
  createDueQueue,
  createPacedQueue,
  createProbing,
  createSenderLimit,
  createTokenBucket,
  TICK,
  type AnnounceConfig,
  type Machine,
} from "../../src/index.js";

const CONFIG: AnnounceConfig = { count: 3, intervalMs: 1000, jitter: 0, refreshMs: 60_000, perSecond: 100, burst: 10 };

/** Ticks a machine at its deadlines until `end` and collects what comes out, with the time. */
function run<I, E>(machine: Machine<I, E>, end: number): { readonly at: number; readonly effect: E }[] {
  const out: { at: number; effect: E }[] = [];
  for (let turns = 0; machine.deadline <= end && turns < 100_000; turns += 1) {
    const at = machine.deadline;
    for (const effect of machine.handle(TICK, at)) out.push({ at, effect });
  }
  return out;
}

describe("the announcement schedule", () => {
  test("a row, then refreshes", () => {
    const schedule = createAnnounceSchedule({ config: CONFIG, random: () => 0.5 });
    expect(schedule.handle({ type: "own", ips: [1] }, 0)).toEqual([{ type: "announce", ip: 1, round: 0 }]);
    expect(run(schedule, 130_000).map(({ at }) => at)).toEqual([1000, 2000, 62_000, 122_000]);
  });

  test("jitter keeps every interval within its share", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (luck) => {
        const schedule = createAnnounceSchedule({ config: { ...CONFIG, jitter: 0.1 }, random: () => luck });
        schedule.handle({ type: "own", ips: [1] }, 0);
        expect(schedule.deadline).toBeGreaterThanOrEqual(900);
        expect(schedule.deadline).toBeLessThanOrEqual(1100);
      }),
    );
  });

  test("10,000 addresses do not leave in one burst, and every first round comes before any second", () => {
    const schedule = createAnnounceSchedule({ config: { ...CONFIG, perSecond: 5000, burst: 500 }, random: () => 0.5 });
    const ips = Array.from({ length: 10_000 }, (_, i) => i);
    const first = schedule.handle({ type: "own", ips }, 0);
    expect(first).toHaveLength(500);
    const later = run(schedule, 4000);
    const all = [...first.map((effect) => ({ at: 0, effect })), ...later];
    const firstRounds = all.slice(0, 10_000);
    expect(firstRounds.every(({ effect }) => effect.round === 0)).toBe(true);
    expect(firstRounds.at(-1)!.at).toBeCloseTo(1900, -2);
    for (let start = 0; start < 3000; start += 100) {
      const inWindow = later.filter(({ at }) => at >= start && at < start + 100).length;
      expect(inWindow).toBeLessThanOrEqual(510);
    }
  });

  test("nothing for what is not owned any more, however it went", () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant("own" as const), ips: fc.uniqueArray(fc.nat(8)) }),
      fc.record({ type: fc.constant("add" as const), ip: fc.nat(8) }),
      fc.record({ type: fc.constant("drop" as const), ip: fc.nat(8) }),
      fc.record({ type: fc.constant("again" as const) }),
      fc.record({ type: fc.constant("link" as const), up: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(3000))), (steps) => {
        const schedule = createAnnounceSchedule({ config: CONFIG, random: () => 0.5 });
        const owned = new Set<unknown>();
        let up = true;
        let now = 0;
        for (const [input, wait] of steps) {
          if (input.type === "own") {
            owned.clear();
            for (const ip of input.ips) owned.add(ip);
          }
          if (input.type === "add") owned.add(input.ip);
          if (input.type === "drop") owned.delete(input.ip);
          if (input.type === "link") ({ up } = input);
          const effects = [...schedule.handle(input, now), ...run(schedule, now + wait).map(({ effect }) => effect)];
          now += wait;
          for (const { ip } of effects) expect(up && owned.has(ip)).toBe(true);
        }
      }),
    );
  });

  test("a link that comes up announces everything again, one that is down nothing", () => {
    const schedule = createAnnounceSchedule({ config: CONFIG, random: () => 0.5 });
    schedule.handle({ type: "own", ips: [1, 2] }, 0);
    schedule.handle({ type: "link", up: false }, 10);
    expect(schedule.deadline).toBe(Infinity);
    expect(schedule.handle({ type: "link", up: true }, 5000).map(({ ip, round }) => [ip, round])).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  test("a shared pacer holds several schedules back", () => {
    const pacer = createTokenBucket({ perSecond: 10, burst: 3 });
    const schedules = [1, 2].map(() => createAnnounceSchedule({ config: CONFIG, random: () => 0.5, pacer }));
    const first = schedules.flatMap((schedule) => schedule.handle({ type: "own", ips: [1, 2, 3] }, 0));
    expect(first).toHaveLength(3);
    expect(schedules[1]!.deadline).toBeGreaterThanOrEqual(100);
  });
});

describe("conflicts", () => {
  const claim = { type: "claim", ip: 1, mac: 7 } as const;
  const actions = (policy: "keep" | "defend" | "giveUp", times: readonly number[]): string[] => {
    const watch = createConflictWatch({ policy });
    return times.map((at) =>
      watch
        .handle(claim, at)
        .map((effect) => effect.type)
        .join("+"),
    );
  };

  test("RFC 5227 section 2.4: keep defends once in ten seconds, defend gives up at the second, giveUp at once", () => {
    expect(actions("keep", [0, 100, 5000, 10_000])).toEqual(["defend+report", "", "report", "defend+report"]);
    expect(actions("defend", [0, 9999])).toEqual(["defend+report", "giveUp+report"]);
    expect(actions("defend", [0, 10_000])).toEqual(["defend+report", "defend+report"]);
    expect(actions("giveUp", [0])).toEqual(["giveUp+report"]);
  });

  test("counts, and forgets what is dropped", () => {
    const watch = createConflictWatch({ policy: "keep" });
    watch.handle(claim, 0);
    watch.handle(claim, 1);
    expect(watch.conflictOf(1)).toEqual({ count: 2, mac: 7, at: 1 });
    watch.handle({ type: "drop", ip: 1 }, 2);
    expect(watch.conflictOf(1)).toBeUndefined();
  });
});

describe("probing", () => {
  const config = {
    waitMs: 1000,
    count: 3,
    minMs: 1000,
    maxMs: 2000,
    quietMs: 2000,
    maxConflicts: 2,
    rateLimitMs: 60_000,
  };

  test("asks three times, listens, and takes the address", () => {
    const probing = createProbing({ config, random: () => 0.5 });
    probing.handle({ type: "probe", ip: 1 }, 0);
    const seen = run(probing, 20_000).map(({ at, effect }) => [at, effect.type]);
    expect(seen).toEqual([
      [500, "ask"],
      [2000, "ask"],
      [3500, "ask"],
      [5500, "clear"],
    ]);
  });

  test("somebody's word refuses it, and after too many refusals only one address a minute is tried", () => {
    const probing = createProbing({ config, random: () => 0 });
    for (const ip of [1, 2]) {
      probing.handle({ type: "probe", ip }, 0);
      expect(probing.isProbing(ip)).toBe(true);
      expect(probing.handle({ type: "taken", ip, mac: 9 }, 10)).toEqual([{ type: "refused", ip, mac: 9 }]);
    }
    expect(probing.handle({ type: "taken", ip: 2, mac: 9 }, 10)).toEqual([]);
    probing.handle({ type: "probe", ip: 3 }, 20);
    expect(run(probing, 60_000)).toEqual([{ at: 60_000, effect: { type: "ask", ip: 3, round: 0 } }]);
  });

  test("a link that is down is no silence; cancelling ends it", () => {
    const probing = createProbing({ config, random: () => 0 });
    probing.handle({ type: "probe", ip: 1 }, 0);
    probing.handle({ type: "link", up: false }, 100);
    expect(probing.deadline).toBe(Infinity);
    expect(probing.handle({ type: "link", up: true }, 9000)).toEqual([{ type: "ask", ip: 1, round: 0 }]);
    probing.handle({ type: "cancel", ip: 1 }, 9001);
    expect(run(probing, 60_000)).toEqual([]);
  });
});

describe("limits", () => {
  test("a bucket never lets more through than its burst and its rate", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 500, noNaN: true })), (waits) => {
        const bucket = createTokenBucket({ perSecond: 10, burst: 5 });
        let now = 0;
        let taken = 0;
        for (const wait of waits) {
          now += wait;
          if (bucket.take(now)) taken += 1;
          else expect(bucket.waitMs(now)).toBeGreaterThan(0);
        }
        expect(taken).toBeLessThanOrEqual(5 + (now * 10) / 1000 + 1e-3);
      }),
    );
  });

  test("a sender's flood is its own; the table stays as large as it is", () => {
    const limit = createSenderLimit({ perSecond: 1, burst: 2, senders: 8, seed: 5 });
    expect([1, 2, 3].map(() => limit.admits(42, 0))).toEqual([true, true, false]);
    expect(limit.admits(43, 0)).toBe(true);
    expect(limit.admits(42, 1000)).toBe(true);
    for (let sender = 0; sender < 10_000; sender += 1) expect(limit.admits(sender * 65_537, 2000)).toBe(true);
    expect(createSenderLimit({ perSecond: Infinity, burst: 1, senders: 1 }).admits(1, 0)).toBe(true);
  });

  test("a paced queue keeps the order, its pace and its limit", () => {
    const queue = createPacedQueue<number>({ pacers: [createTokenBucket({ perSecond: 100, burst: 2 })], limit: 4 });
    expect(queue.handle({ type: "push", values: [1, 2, 3, 4, 5, 6] }, 0)).toEqual([1, 2]);
    expect(run(queue, 1000).map(({ effect }) => effect)).toEqual([3, 4]);
    expect(queue.deadline).toBe(Infinity);
  });
});

test("a queue of due things is sorted, and stable", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (dues) => {
      const queue = createDueQueue<number>();
      dues.forEach((due, index) => queue.push(due, index));
      queue.keep((index) => index % 3 !== 0);
      const wanted = dues
        .map((due, index) => ({ due, index }))
        .filter(({ index }) => index % 3 !== 0)
        .sort((a, b) => a.due - b.due || a.index - b.index);
      for (const { due, index } of wanted) {
        expect([queue.due, queue.first]).toEqual([due, index]);
        expect(queue.pop()).toBe(index);
      }
      expect([queue.size, queue.due, queue.pop()]).toEqual([0, Infinity, undefined]);
    }),
  );
});

test("askers: the latest few of each address, and none of long ago", () => {
  const askers = createAskers<number>({ perAddress: 2, addresses: 2, maxAgeMs: 100 });
  for (const ip of [1, 2, 2, 3]) askers.note(10, ip, ip, 0);
  expect(askers.of(10, 50).map(({ ip }) => ip)).toEqual([2, 3]);
  askers.note(10, 2, 9, 90);
  expect(askers.of(10, 150)).toEqual([{ ip: 2, mac: 9 }]);
  askers.note(11, 1, 1, 90);
  askers.note(12, 1, 1, 90);
  expect(askers.of(10, 90)).toEqual([]);
});
