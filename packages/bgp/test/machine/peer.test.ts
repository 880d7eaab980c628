import fc from "fast-check";
import { parseIp, TICK, type Ipv4 } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import {
  createPeerMachine,
  encodeMessage,
  PLAIN_CONTEXT,
  recordHeader,
  recordStep,
  replayRecord,
  type Message,
  type PeerConfig,
  type PeerEffect,
  type PeerInput,
  type PeerMachine,
} from "../../src/index.js";

const LOCAL = { ip: parseIp("192.0.2.1"), port: 40_000 };
const REMOTE = { ip: parseIp("192.0.2.2"), port: 179 };

function config(more: Partial<PeerConfig> = {}): PeerConfig {
  return { name: "peer", localAsn: 65001, peerAsn: 65002, remote: REMOTE, routerId: LOCAL.ip as Ipv4, ...more };
}

const OPEN: Message = {
  type: "open",
  version: 4,
  myAs: 65002,
  holdTimeSeconds: 90,
  routerId: REMOTE.ip as Ipv4,
  capabilities: [{ type: "multiprotocol", family: { afi: 1, safi: 1 } }],
};

function bytesOf(message: Message): Uint8Array {
  return encodeMessage(message, PLAIN_CONTEXT);
}

function typesSent(effects: readonly PeerEffect[]): number[] {
  return effects.flatMap((effect) => (effect.type === "write" ? [effect.bytes[18]!] : []));
}

/** Dials, and brings the session up on that connection. */
function establish(machine: PeerMachine, now: number): number {
  const dial = machine.handle({ type: "start" }, now).find(({ type }) => type === "dial");
  const connection = dial?.type === "dial" ? dial.connection : 0;
  machine.handle({ type: "connected", connection, local: LOCAL, remote: REMOTE }, now);
  machine.handle({ type: "bytes", connection, bytes: bytesOf(OPEN) }, now);
  machine.handle({ type: "bytes", connection, bytes: bytesOf({ type: "keepalive" }) }, now);
  return connection;
}

/** Lets time pass, deadline by deadline. */
function pass(machine: PeerMachine, from: number, until: number): PeerEffect[] {
  const all: PeerEffect[] = [];
  for (let now = from; machine.deadline <= until;) {
    now = Math.max(now, machine.deadline);
    all.push(...machine.handle(TICK, now));
  }
  return all;
}

describe("a peer", () => {
  test("drops a peer that takes no bytes for the send hold time (RFC 9687)", () => {
    const machine = createPeerMachine(config({ sendHoldSeconds: 20, holdTimeSeconds: 9 }), 1, 0);
    const connection = establish(machine, 0);
    expect(machine.state.halves.out.state).toBe("Established");
    machine.handle({ type: "backlog", connection, bytes: 5000 }, 0);
    let now = 0;
    const effects: PeerEffect[] = [];
    // The peer is alive, as its KEEPALIVEs tell, and reads nothing.
    for (; now < 25_000 && machine.state.halves.out.state === "Established"; now += 1000) {
      effects.push(...machine.handle({ type: "bytes", connection, bytes: bytesOf({ type: "keepalive" }) }, now));
      effects.push(...machine.handle(TICK, now));
    }
    expect(now).toBeGreaterThanOrEqual(20_000);
    expect(machine.snapshot(now).lastNotification).toMatchObject({ code: 8, direction: "sent" });
    expect(effects.some((effect) => effect.type === "close" && effect.connection === connection)).toBe(true);
  });

  test("keeps a slow peer that takes some", () => {
    const machine = createPeerMachine(config({ sendHoldSeconds: 20 }), 1, 0);
    const connection = establish(machine, 0);
    for (let now = 0; now < 80_000; now += 1000) {
      machine.handle({ type: "bytes", connection, bytes: bytesOf({ type: "keepalive" }) }, now);
      const { backlog } = machine.snapshot(now).session!;
      machine.handle({ type: "backlog", connection, bytes: Math.max(0, backlog - 1) }, now);
      machine.handle(TICK, now);
    }
    expect(machine.state.halves.out.state).toBe("Established");
  });

  test("rests longer and longer when the peer refuses every session after OPEN", () => {
    const machine = createPeerMachine(config(), 1, 0);
    let now = 0;
    const rests: number[] = [];
    let effects = machine.handle({ type: "start" }, now);
    for (let round = 0; round < 12; round += 1) {
      const dial = effects.find(({ type }) => type === "dial");
      if (dial?.type !== "dial") throw new Error("no dial");
      const { connection } = dial;
      machine.handle({ type: "connected", connection, local: LOCAL, remote: REMOTE }, now);
      machine.handle({ type: "bytes", connection, bytes: bytesOf(OPEN) }, now);
      const refusal = { type: "notification", code: 2, subcode: 2, data: new Uint8Array(2) } as const;
      machine.handle({ type: "bytes", connection, bytes: bytesOf(refusal) }, now);
      expect(machine.state.halves.out.state).toBe("Idle");
      const { deadline } = machine;
      rests.push(deadline - now);
      now = deadline;
      effects = machine.handle(TICK, now);
    }
    expect(rests[0]!).toBeLessThanOrEqual(1000);
    expect(rests[5]!).toBeGreaterThan(16_000);
    for (const rest of rests) expect(rest).toBeLessThanOrEqual(120_000);
    expect(rests[11]!).toBeGreaterThanOrEqual(90_000);
  });

  test("asks again soon for a peer that does not answer, at most connectRetrySeconds apart", () => {
    const machine = createPeerMachine(config({ connectRetrySeconds: 4 }), 1, 0);
    let effects = machine.handle({ type: "start" }, 0);
    let now = 0;
    for (let round = 0; round < 10; round += 1) {
      const dial = effects.find(({ type }) => type === "dial");
      if (dial?.type !== "dial") throw new Error("no dial");
      machine.handle({ type: "dialFailed", connection: dial.connection, error: "refused" }, now);
      expect(machine.deadline - now).toBeLessThanOrEqual(4000);
      now = machine.deadline;
      effects = machine.handle(TICK, now);
    }
  });

  test("closes only the incarnation that a failure detector has lost (RFC 9384)", () => {
    const machine = createPeerMachine(config(), 1, 0);
    establish(machine, 0);
    const effects = machine.handle({ type: "failure" }, 10);
    const sent = effects.flatMap((effect) => (effect.type === "write" ? [effect.bytes] : []))[0]!;
    expect([...sent.subarray(18, 21)]).toEqual([3, 6, 10]);
    expect(machine.state.started).toBe(true);
    // Nothing is up now: a late report does not touch what comes next.
    expect(machine.handle({ type: "failure" }, 20)).toEqual([]);
  });

  test("says nothing after it has hung up", () => {
    const machine = createPeerMachine(config(), 1, 0);
    const connection = establish(machine, 0);
    machine.handle({ type: "stop", text: "bye" }, 5);
    const keepalive = bytesOf({ type: "keepalive" });
    expect(machine.handle({ type: "bytes", connection, bytes: keepalive }, 6)).toEqual([]);
    expect(machine.handle({ type: "backlog", connection, bytes: 0 }, 6)).toEqual([]);
    expect(machine.handle({ type: "closed", connection }, 6)).toEqual([]);
    expect(machine.deadline).toBe(Infinity);
  });

  test("sends KEEPALIVEs in time, whatever there is to tell", () => {
    const machine = createPeerMachine(config({ holdTimeSeconds: 9 }), 1, 0);
    establish(machine, 0);
    const effects = pass(machine, 0, 8000);
    expect(typesSent(effects).filter((type) => type === 4).length).toBeGreaterThanOrEqual(2);
  });

  test.each([
    ["an AS number that is not expected", { ...OPEN, myAs: 65009 }, [2, 2]],
    [
      "no family in common",
      { ...OPEN, capabilities: [{ type: "multiprotocol", family: { afi: 25, safi: 65 } }] },
      [2, 7],
    ],
    ["a role that does not fit", { ...OPEN, capabilities: [...OPEN.capabilities, { type: "role", role: 0 }] }, [2, 11]],
  ] as [string, Message, number[]][])("refuses %s with a reason in the snapshot", (_name, open, codes) => {
    const machine = createPeerMachine(config({ role: "provider" }), 1, 0);
    const dial = machine.handle({ type: "start" }, 0).find(({ type }) => type === "dial");
    const connection = dial?.type === "dial" ? dial.connection : 0;
    machine.handle({ type: "connected", connection, local: LOCAL, remote: REMOTE }, 0);
    machine.handle({ type: "bytes", connection, bytes: bytesOf(open) }, 0);
    const { lastNotification, lastError } = machine.snapshot(0);
    expect([lastNotification?.code, lastNotification?.subcode]).toEqual(codes);
    expect(lastError).toMatch(/OPEN/);
  });
});

describe("any sequence of inputs", () => {
  const messages: Message[] = [
    OPEN,
    { ...OPEN, myAs: 65009 },
    { ...OPEN, routerId: 1 },
    { type: "keepalive" },
    { type: "update", withdrawn: [], attributes: [], nlri: [] },
    { type: "notification", code: 6, subcode: 4, data: new Uint8Array(0) },
    { type: "route-refresh", family: { afi: 1, safi: 1 }, subtype: 0 },
  ];
  const connection = fc.integer({ min: 1, max: 8 });
  const input: fc.Arbitrary<PeerInput> = fc.oneof(
    fc.constant<PeerInput>({ type: "start" }),
    fc.constant<PeerInput>({ type: "stop", text: "x" }),
    fc.constant<PeerInput>({ type: "failure" }),
    fc.record({
      type: fc.constant("connected" as const),
      connection,
      local: fc.constant(LOCAL),
      remote: fc.constant(REMOTE),
    }),
    fc.record({ type: fc.constant("dialFailed" as const), connection, error: fc.constant("no") }),
    fc.record({ type: fc.constant("closed" as const), connection }),
    fc.record({ type: fc.constant("bytes" as const), connection, bytes: fc.constantFrom(...messages.map(bytesOf)) }),
    fc.record({ type: fc.constant("bytes" as const), connection, bytes: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ type: fc.constant("backlog" as const), connection, bytes: fc.nat(5000) }),
    fc.record({ type: fc.constant("drain" as const), text: fc.constant("d"), waitMs: fc.constantFrom(0, 500) }),
    fc.constant<PeerInput>({ type: "advertise", routes: [{ prefix: { ip: 0x0a000001, length: 32 } }] }),
  );
  /** An input, or (undefined) the next deadline. */
  const steps = fc.array(fc.tuple(fc.option(input, { nil: undefined }), fc.nat(3000)), { maxLength: 80 });

  function check(machine: PeerMachine, open: Set<number>, effects: readonly PeerEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "write") expect(open.has(effect.connection)).toBe(true);
      if (effect.type === "close") open.delete(effect.connection);
    }
    const { out, in: listening } = machine.state.halves;
    expect([out, listening].filter(({ state }) => state === "Established").length).toBeLessThanOrEqual(1);
  }

  test("a connection that is told twice opens once", () => {
    const machine = createPeerMachine(config({}), 7, 0);
    const connected: PeerInput = { type: "connected", connection: 4, local: LOCAL, remote: REMOTE };
    machine.handle({ type: "start" }, 0);
    expect(machine.handle(connected, 0).some(({ type }) => type === "write")).toBe(true);
    expect(machine.handle(connected, 0)).toEqual([]);
  });

  test("never throws, never two established, nothing after hanging up, idle after a stop; a record replays", () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (list, passive) => {
        const machine = createPeerMachine(config({ passive }), 7, 0);
        const lines = [recordHeader(config({ passive }), 7, 0)];
        const open = new Set<number>();
        let now = 0;
        const run = (one: PeerInput | typeof TICK): void => {
          if (one.type === "connected") open.add(one.connection);
          const effects = machine.handle(one, now);
          lines.push(recordStep(now, one, effects));
          check(machine, open, effects);
        };
        for (const [one, wait] of list) {
          now = one === undefined && machine.deadline < Infinity ? Math.max(now, machine.deadline) : now + wait;
          run(one ?? TICK);
        }
        run({ type: "stop" });
        expect([machine.state.halves.out.state, machine.state.halves.in.state]).toEqual(["Idle", "Idle"]);
        expect(machine.deadline).toBe(Infinity);
        expect(JSON.parse(JSON.stringify(machine.snapshot(now)))).toMatchObject({ state: "Idle" });
        expect(replayRecord(lines)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
