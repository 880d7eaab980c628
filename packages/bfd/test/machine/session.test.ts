import fc from "fast-check";
import { TICK } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import {
  createBfdMachine,
  decodeBfd,
  encodeAuthenticated,
  encodeBfd,
  type BfdConfig,
  type BfdEffect,
  type BfdEvent,
  type BfdInput,
  type BfdMachine,
  type BfdPacket,
} from "../../src/index.js";

/** Two machines and the wire between them, under virtual time. */
interface Pair {
  readonly a: BfdMachine;
  readonly b: BfdMachine;
  readonly events: { readonly who: "a" | "b"; readonly at: number; readonly event: BfdEvent }[];
  now: number;
  cut: boolean;
  input(who: "a" | "b", input: BfdInput): void;
  advance(durationMs: number): void;
}

function createPair(ofA: Partial<BfdConfig> = {}, ofB: Partial<BfdConfig> = {}): Pair {
  const a = createBfdMachine({ name: "a", localDiscriminator: 1, ...ofA }, 11, 0);
  const b = createBfdMachine({ name: "b", localDiscriminator: 2, ...ofB }, 22, 0);
  const machines = { a, b };
  const pair: Pair = {
    a,
    b,
    events: [],
    now: 0,
    cut: false,
    input: (who, input) => perform(who, machines[who].handle(input, pair.now)),
    advance: (durationMs) => {
      const end = pair.now + durationMs;
      for (;;) {
        const next = Math.min(a.deadline, b.deadline);
        if (next > end) break;
        pair.now = Math.max(pair.now, next);
        const who = a.deadline <= b.deadline ? "a" : "b";
        perform(who, machines[who].handle(TICK, pair.now));
      }
      pair.now = end;
    },
  };
  const perform = (who: "a" | "b", effects: readonly BfdEffect[]): void => {
    for (const effect of effects) {
      if (effect.type === "event") pair.events.push({ who, at: pair.now, event: effect.event });
      else if (!pair.cut) {
        const other = who === "a" ? "b" : "a";
        perform(other, machines[other].handle({ type: "packet", bytes: effect.bytes }, pair.now));
      }
    }
  };
  return pair;
}

function startBoth(pair: Pair): void {
  pair.input("a", { type: "start" });
  pair.input("b", { type: "start" });
}

/** What a machine would send now. */
function packetOf(machine: BfdMachine): Uint8Array {
  const now = machine.deadline;
  const sent = machine.handle(TICK, now).find((effect) => effect.type === "send");
  return sent!.bytes;
}

const FAST = { desiredMinTxMs: 50, requiredMinRxMs: 50, detectMultiplier: 3 };

function told(pair: Pair, who: "a" | "b"): string[] {
  return pair.events.flatMap((one) =>
    one.who === who && (one.event.type === "up" || one.event.type === "down") ? [one.event.type] : [],
  );
}

describe("a session", () => {
  test("comes up, speeds up by a Poll Sequence, and notices a cut in the detection time", () => {
    const pair = createPair(FAST, FAST);
    startBoth(pair);
    pair.advance(5000);
    expect([pair.a.state.state, pair.b.state.state]).toEqual(["Up", "Up"]);
    expect(pair.a.snapshot(pair.now)).toMatchObject({ transmitIntervalMs: 50, detectionTimeMs: 150 });
    expect(pair.a.state.polling).toBe(false);
    const { sent } = pair.a.snapshot(pair.now).counters;
    pair.advance(1000);
    // 20 to 27 a second: 50 ms less up to a quarter.
    expect(pair.a.snapshot(pair.now).counters.sent - sent).toBeGreaterThanOrEqual(20);
    expect(pair.a.snapshot(pair.now).counters.sent - sent).toBeLessThanOrEqual(27);
    pair.cut = true;
    const cutAt = pair.now;
    pair.advance(1000);
    const down = pair.events.find(({ event, at }) => event.type === "down" && at >= cutAt);
    expect(down!.at - cutAt).toBeLessThanOrEqual(150);
    expect(pair.a.snapshot(pair.now).diagnostic).toBe("Control Detection Time Expired");
  });

  test("is slow while it is not up (RFC 5880 section 6.8.3)", () => {
    const pair = createPair(FAST, FAST);
    pair.input("a", { type: "start" });
    pair.advance(10_000);
    const { sent } = pair.a.snapshot(pair.now).counters;
    expect(sent).toBeGreaterThanOrEqual(9);
    expect(sent).toBeLessThanOrEqual(14);
  });

  test("a passive end says nothing before it is spoken to", () => {
    const pair = createPair({ passive: true });
    pair.input("a", { type: "start" });
    pair.advance(10_000);
    expect(pair.a.snapshot(pair.now).counters.sent).toBe(0);
    pair.input("b", { type: "start" });
    pair.advance(10_000);
    expect(pair.a.state.state).toBe("Up");
  });

  test("timers change while the session is up, without a flap", () => {
    const pair = createPair(FAST, FAST);
    startBoth(pair);
    pair.advance(5000);
    pair.input("a", { type: "timers", desiredMinTxMs: 400, requiredMinRxMs: 300, detectMultiplier: 4 });
    pair.advance(5000);
    expect(pair.a.snapshot(pair.now)).toMatchObject({ state: "Up", transmitIntervalMs: 400 });
    expect(pair.b.snapshot(pair.now)).toMatchObject({ state: "Up", detectionTimeMs: 1600, transmitIntervalMs: 300 });
    pair.input("a", { type: "timers", ...FAST });
    pair.advance(5000);
    expect(pair.a.snapshot(pair.now)).toMatchObject({ state: "Up", detectionTimeMs: 150 });
    expect(told(pair, "a")).toEqual(["up"]);
    expect(told(pair, "b")).toEqual(["up"]);
  });

  test("administratively down is told at once, and is no failure of the path", () => {
    const pair = createPair(FAST, FAST);
    startBoth(pair);
    pair.advance(5000);
    pair.input("a", { type: "stop" });
    expect(pair.b.state).toMatchObject({ state: "Down", remoteState: "AdminDown", diagnostic: 3 });
    pair.advance(1000);
    expect(pair.a.deadline).toBe(Infinity);
    expect(pair.events.filter(({ event }) => event.type === "down")).toEqual([
      {
        who: "a",
        at: 5000,
        event: {
          type: "down",
          reason: "stopped",
          diagnostic: 7,
          administrative: true,
          heardUpMsAgo: expect.any(Number) as number,
        },
      },
      {
        who: "b",
        at: 5000,
        event: {
          type: "down",
          reason: "the other end is administratively down",
          diagnostic: 3,
          administrative: true,
          heardUpMsAgo: expect.any(Number) as number,
        },
      },
    ]);
  });

  test.each(["simple", "keyed-md5", "meticulous-md5", "keyed-sha1", "meticulous-sha1"] as const)(
    "with %s authentication needs the same key",
    (type) => {
      const auth = { type, keyId: 1, key: Uint8Array.of(1, 2, 3) } as const;
      const same = createPair({ auth }, { auth });
      startBoth(same);
      same.advance(5000);
      expect(same.a.state.state).toBe("Up");
      const other = createPair({ auth }, { auth: { ...auth, key: Uint8Array.of(1, 2, 4) } });
      startBoth(other);
      other.advance(5000);
      expect(other.a.state.state).toBe("Down");
      expect(other.a.snapshot(other.now).counters.discarded).toBeGreaterThan(0);
      const none = createPair({ auth });
      startBoth(none);
      none.advance(5000);
      expect([none.a.state.state, none.b.state.state]).toEqual(["Down", "Down"]);
    },
  );

  test("a path that flaps is told up later and later, down at once", () => {
    const pair = createPair(FAST, FAST);
    startBoth(pair);
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      pair.cut = false;
      const from = pair.now;
      pair.advance(20_000);
      const up = pair.events.find(({ who, at, event }) => who === "a" && at >= from && event.type === "up")!;
      const reached = pair.events.find(
        ({ who, at, event }) => who === "a" && at >= from && event.type === "state" && event.to === "Up",
      )!;
      waits.push(Math.round(up.at - reached.at));
      pair.cut = true;
      pair.advance(5000);
    }
    expect(waits).toEqual([0, 0, 1000, 2000, 4000]);
  });

  test("a loss of less than the multiplier goes unnoticed", () => {
    const pair = createPair(FAST, FAST);
    startBoth(pair);
    pair.advance(5000);
    for (let round = 0; round < 50; round += 1) {
      pair.cut = true;
      pair.advance(70);
      pair.cut = false;
      pair.advance(200);
    }
    expect(told(pair, "a")).toEqual(["up"]);
  });

  test("time that the program was not there is not held against the other end", () => {
    const pair = createPair(FAST, FAST);
    startBoth(pair);
    pair.advance(5000);
    // Both stand still, as on a machine that is suspended; then a ticks before it has read anything.
    pair.now += 400;
    pair.advance(5000);
    expect([told(pair, "a"), told(pair, "b")]).toEqual([["up"], ["up"]]);
  });

  test("a dead peer is noticed by a program that is always late", () => {
    const machine = createPair(FAST, FAST);
    startBoth(machine);
    machine.advance(5000);
    machine.cut = true;
    const { a } = machine;
    let now = machine.now;
    for (const end = now + 1000; now < end && a.state.state === "Up";) {
      now = a.deadline + 60;
      a.handle(TICK, now);
    }
    expect(a.state.state).toBe("Down");
    expect(now - machine.now).toBeLessThan(600);
  });

  test("a peer in demand mode gets no packets between polls (RFC 5880 section 6.6)", () => {
    const pair = createPair(FAST, FAST);
    startBoth(pair);
    pair.advance(5000);
    const { localDiscriminator: mine } = pair.a.settings;
    const packet = { ...decodeBfd(packetOf(pair.b)), demand: true, poll: false, yourDiscriminator: mine };
    const { sent } = pair.a.snapshot(pair.now).counters;
    for (let at = 0; at < 20; at += 1) {
      pair.now += 50;
      pair.a.handle({ type: "packet", bytes: encodeBfd(packet) }, pair.now);
      pair.a.handle(TICK, pair.now);
    }
    expect(pair.a.snapshot(pair.now).counters.sent - sent).toBeLessThanOrEqual(1);
    expect(pair.a.state.state).toBe("Up");
    pair.a.handle({ type: "packet", bytes: encodeBfd({ ...packet, poll: true }) }, pair.now);
    expect(pair.a.snapshot(pair.now).counters.sent - sent).toBeLessThanOrEqual(2);
  });

  test("sequence numbers that were heard before do not count, until twice the detection time has passed", () => {
    const auth = { type: "meticulous-sha1", keyId: 1, key: Uint8Array.of(1, 2, 3) } as const;
    const a = createBfdMachine({ name: "a", localDiscriminator: 1, auth, ...FAST }, 1, 0);
    a.handle({ type: "start" }, 0);
    const remote: BfdPacket = {
      diagnostic: 0,
      state: "Down",
      poll: false,
      final: false,
      controlPlaneIndependent: false,
      demand: false,
      detectMultiplier: 3,
      myDiscriminator: 2,
      yourDiscriminator: 0,
      desiredMinTxUs: 100_000,
      requiredMinRxUs: 100_000,
      requiredMinEchoRxUs: 0,
    };
    const hear = (sequence: number, now: number): number => {
      a.handle({ type: "packet", bytes: encodeAuthenticated(remote, auth, sequence) }, now);
      return a.snapshot(now).counters.discarded;
    };
    expect([hear(5, 10), hear(5, 20), hear(6, 30), hear(200, 40), hear(4, 629)]).toEqual([0, 1, 1, 2, 3]);
    expect(a.snapshot(629).lastDiscard).toBe("sequence number 4 after 6");
    expect(hear(4, 631)).toBe(3);
  });

  test("any datagrams and any order of inputs: never throws, and is silent when stopped", () => {
    const input: fc.Arbitrary<BfdInput> = fc.oneof(
      fc.constant<BfdInput>({ type: "start" }),
      fc.constant<BfdInput>({ type: "stop" }),
      fc.record({
        type: fc.constant("timers" as const),
        desiredMinTxMs: fc.integer({ min: 1, max: 5000 }),
        requiredMinRxMs: fc.nat(5000),
        detectMultiplier: fc.integer({ min: 1, max: 255 }),
      }),
      fc.uint8Array({ minLength: 24, maxLength: 24 }).map((bytes): BfdInput => {
        bytes.set([0x20, bytes[1]! & 0xf0, 3, 24]);
        if (bytes[8]! < 128) bytes.set([0, 0, 0, 9], 8);
        return { type: "packet", bytes };
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(input, fc.nat(2000)), { maxLength: 40 }), (steps) => {
        const machine = createBfdMachine({ name: "x", localDiscriminator: 9 }, 1, 0);
        let now = 0;
        for (const [one, wait] of steps) {
          machine.handle(one, now);
          for (let rounds = 0; rounds < 50 && machine.deadline <= now + wait; rounds += 1) {
            now = Math.max(now, machine.deadline);
            machine.handle(TICK, now);
          }
          now += wait;
        }
        machine.handle({ type: "stop" }, now);
        for (let farewells = 0; farewells < 3; farewells += 1) {
          now = Math.min(machine.deadline, now + 10_000);
          machine.handle(TICK, now);
        }
        expect(machine.deadline).toBe(Infinity);
        expect(machine.state.state).toBe("AdminDown");
      }),
    );
  });
});
