import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  collisionWinner,
  FSM_EVENT_NAMES,
  FSM_EVENTS,
  FSM_STATE_NAMES,
  FSM_TABLE,
  newHalf,
  step,
  type FsmContext,
  type FsmEffect,
  type FsmEventName,
  type FsmStateName,
  type HalfSession,
} from "../../src/index.js";
import { drawFsm } from "./draw.js";

const CONTEXT: FsmContext = {
  passive: false,
  delayOpenMs: 0,
  notifyWithoutOpen: true,
  connectRetryMs: 10_000,
  largeHoldMs: 240_000,
  keepaliveMs: 0,
  sendHoldMs: 480_000,
  idleHoldMs: 1000,
  nextConnection: 3,
  jitter: 0,
};

function halfIn(state: FsmStateName, more: Partial<HalfSession> = {}): HalfSession {
  return { ...newHalf("out", 0), state, connection: state === "Idle" ? 0 : 1, holdTimeMs: 90_000, ...more };
}

function next(
  state: FsmStateName,
  event: FsmEventName,
  context: Partial<FsmContext> = {},
  half: Partial<HalfSession> = {},
) {
  return step(halfIn(state, half), { event, connection: 1, holdTimeMs: 90_000 }, { ...CONTEXT, ...context }, 1000);
}

function types(effects: readonly FsmEffect[]): string[] {
  return effects.map((effect) =>
    effect.type === "notify" ? `notify ${effect.error.code}/${effect.error.subcode}` : effect.type,
  );
}

describe("the table of RFC 4271 section 8.2.2", () => {
  test("has all 28 events and the one of RFC 9687, numbered without gaps", () => {
    expect(FSM_EVENT_NAMES.map((name) => FSM_EVENTS[name])).toEqual(Array.from({ length: 29 }, (_, at) => at + 1));
    expect(FSM_STATE_NAMES).toHaveLength(6);
  });

  test("every cell has a branch that always applies, and a reason in each", () => {
    for (const state of FSM_STATE_NAMES) {
      for (const name of FSM_EVENT_NAMES) {
        const cell = FSM_TABLE[state].on[name] ?? FSM_TABLE[state].otherwise;
        expect(cell[cell.length - 1]?.when).toBe("always");
        for (const { reason } of cell) expect(reason).not.toBe("");
      }
    }
  });

  test("is what the page in docs shows", () => {
    expect(readFileSync(new URL("../../../../docs/bgp-fsm.md", import.meta.url), "utf8")).toBe(drawFsm());
  });

  test.each([
    ["Idle", "ManualStart", "Connect"],
    ["Idle", "ManualStart_with_PassiveTcpEstablishment", "Active"],
    ["Idle", "AutomaticStart_with_DampPeerOscillations", "Idle"],
    ["Idle", "IdleHoldTimer_Expires", "Connect"],
    ["Connect", "Tcp_CR_Acked", "OpenSent"],
    ["Connect", "TcpConnectionFails", "Idle"],
    ["Connect", "ConnectRetryTimer_Expires", "Connect"],
    ["Active", "ConnectRetryTimer_Expires", "Connect"],
    ["Active", "TcpConnectionConfirmed", "OpenSent"],
    ["Active", "DelayOpenTimer_Expires", "OpenSent"],
    ["Active", "BGPOpen_with_DelayOpenTimer_running", "OpenConfirm"],
    ["OpenSent", "BGPOpen", "OpenConfirm"],
    ["OpenSent", "TcpConnectionFails", "Active"],
    ["OpenSent", "KeepAliveMsg", "Idle"],
    ["OpenConfirm", "KeepAliveMsg", "Established"],
    ["OpenConfirm", "UpdateMsg", "Idle"],
    ["Established", "UpdateMsg", "Established"],
    ["Established", "KeepAliveMsg", "Established"],
    ["Established", "NotifMsg", "Idle"],
    ["Established", "SendHoldTimer_Expires", "Idle"],
  ] as const)("%s on %s goes to %s", (state, event, to) => {
    expect(next(state, event).half.state).toBe(to);
  });

  test.each([
    ["OpenSent", "KeepAliveMsg", "notify 5/1"],
    ["OpenConfirm", "UpdateMsg", "notify 5/2"],
    ["Established", "BGPOpen", "notify 5/3"],
    ["Established", "HoldTimer_Expires", "notify 4/0"],
    ["Established", "SendHoldTimer_Expires", "notify 8/0"],
    ["Established", "ManualStop", "notify 6/0"],
  ] as const)("%s on %s sends %s before it hangs up (RFC 6608)", (state, event, sent) => {
    const seen = types(next(state, event).effects);
    expect(seen.indexOf(sent)).toBe(0);
    expect(seen.indexOf("drop")).toBe(1);
  });

  test("DelayOpen waits with OPEN, and the peer's OPEN ends the wait", () => {
    const delayed = next("Connect", "Tcp_CR_Acked", { delayOpenMs: 5000 });
    expect(delayed.half).toMatchObject({ state: "Connect", timers: { delayOpen: 6000 } });
    expect(types(delayed.effects)).not.toContain("sendOpen");
    const opened = step(
      delayed.half,
      { event: "BGPOpen_with_DelayOpenTimer_running", holdTimeMs: 30_000 },
      CONTEXT,
      2000,
    );
    expect(types(opened.effects)).toEqual(["sendOpen", "sendKeepalive", "transition"]);
    expect(opened.half.timers).toEqual({ hold: 32_000, keepalive: 12_000 });
  });

  test("a hold time of 0 runs neither timer (RFC 4271 section 4.2)", () => {
    const { half } = step(halfIn("OpenSent"), { event: "BGPOpen", holdTimeMs: 0 }, CONTEXT, 0);
    expect(half.timers).toEqual({});
    expect(step(half, { event: "KeepAliveMsg" }, CONTEXT, 0).half.timers).toEqual({ sendHold: 480_000 });
  });

  test("KEEPALIVEs go out in a third of the hold time, shortened by jitter, never later", () => {
    const { half } = next("OpenSent", "BGPOpen", { jitter: 1, keepaliveMs: 60_000 });
    expect(half.timers.keepalive).toBe(1000 + 30_000 * 0.75);
  });
});

describe("collision detection", () => {
  test("keeps what the higher identifier dialled (RFC 4271 section 6.8)", () => {
    expect(collisionWinner({ routerId: 0xc000_0002, asn: 1 }, { routerId: 0x0a00_0001, asn: 9 })).toBe("out");
    expect(collisionWinner({ routerId: 1, asn: 9 }, { routerId: 0xffff_ffff, asn: 1 })).toBe("in");
  });

  test("asks the AS numbers when identifiers are equal (RFC 6286 section 2.3)", () => {
    expect(collisionWinner({ routerId: 7, asn: 65002 }, { routerId: 7, asn: 65001 })).toBe("out");
    expect(collisionWinner({ routerId: 7, asn: 65001 }, { routerId: 7, asn: 65002 })).toBe("in");
  });
});

describe("any sequence of events", () => {
  const anyInput = fc.record({
    event: fc.constantFrom(...FSM_EVENT_NAMES),
    connection: fc.constantFrom(1, 2, 3),
    holdTimeMs: fc.constantFrom(0, 3000, 90_000),
  });
  const anyContext = fc.record({
    passive: fc.boolean(),
    delayOpenMs: fc.constantFrom(0, 5000),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  test("never throws, never sends while idle, hangs up whatever it leaves, and is idle after a stop", () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 60 }), anyContext, (inputs, more) => {
        const context = { ...CONTEXT, ...more };
        let half = newHalf(more.passive ? "in" : "out", 0);
        inputs.forEach((input, at) => {
          const before = half;
          const result = step(half, input, context, at * 100);
          half = result.half;
          const sent = result.effects.filter(
            ({ type }) => type === "sendOpen" || type === "sendKeepalive" || type === "notify",
          );
          if (before.state === "Idle") expect(sent).toEqual([]);
          if (half.state === "Idle") expect(half.connection).toBe(0);
          if (before.connection !== 0 && half.state === "Idle") expect(types(result.effects)).toContain("drop");
          const dropped = result.effects.findIndex(({ type }) => type === "drop");
          if (dropped >= 0 && half.state === "Idle") {
            const after = types(result.effects.slice(dropped + 1));
            expect(after.filter((type) => type.startsWith("send") || type.startsWith("notify"))).toEqual([]);
          }
          expect(JSON.parse(JSON.stringify(half))).toEqual(half);
        });
        expect(step(half, { event: "ManualStop" }, context, 1e6).half).toMatchObject({
          state: "Idle",
          connection: 0,
          timers: {},
        });
      }),
      { numRuns: 500 },
    );
  });
});
