import { parseIp, type Ipv4 } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import {
  createPeerMachine,
  decodeMessage,
  encodeMessage,
  PLAIN_CONTEXT,
  type Capability,
  type OpenMessage,
  type PeerConfig,
  type PeerMachine,
} from "../../src/index.js";

const LOCAL = { ip: parseIp("192.0.2.1"), port: 40_000 };
const REMOTE = { ip: parseIp("192.0.2.2"), port: 179 };

function config(more: Partial<PeerConfig> = {}): PeerConfig {
  return { name: "peer", localAsn: 65001, peerAsn: 65002, remote: REMOTE, routerId: LOCAL.ip as Ipv4, ...more };
}

interface Dialled {
  readonly machine: PeerMachine;
  readonly open: OpenMessage;
}

/** Dials, and reads the OPEN that comes. */
function dial(more: Partial<PeerConfig> = {}): Dialled {
  const machine = createPeerMachine(config(more), 1, 0);
  machine.handle({ type: "start" }, 0);
  return { machine, open: connect(machine, 1) };
}

function connect(machine: PeerMachine, connection: number, now = 0): OpenMessage {
  const effects = machine.handle({ type: "connected", connection, local: LOCAL, remote: REMOTE }, now);
  const bytes = effects.flatMap((effect) => (effect.type === "write" ? [effect.bytes] : []))[0]!;
  return decodeMessage(bytes, PLAIN_CONTEXT) as OpenMessage;
}

function answer(machine: PeerMachine, capabilities: readonly Capability[], more: Partial<OpenMessage> = {}): void {
  const open: OpenMessage = {
    ...{ type: "open", version: 4, myAs: 65002, holdTimeSeconds: 90, routerId: REMOTE.ip as Ipv4, capabilities },
    ...more,
  };
  for (const message of [open, { type: "keepalive" } as const])
    machine.handle({ type: "bytes", connection: 1, bytes: encodeMessage(message, PLAIN_CONTEXT) }, 0);
}

function capability<T extends Capability["type"]>(
  { open }: Dialled,
  type: T,
): Extract<Capability, { type: T }> | undefined {
  return open.capabilities.find((one): one is Extract<Capability, { type: T }> => one.type === type);
}

const IPV4: Capability = { type: "multiprotocol", family: { afi: 1, safi: 1 } };
const IPV6: Capability = { type: "multiprotocol", family: { afi: 2, safi: 1 } };
const unicast = (afi: number) => ({ afi, safi: 1 });

describe("the OPEN that we send", () => {
  test("offers graceful restart for exactly the families of the session, forwarding preserved (RFC 4724, RFC 8538)", () => {
    const both = capability(dial({ gracefulRestart: {} }), "graceful-restart")!;
    expect(both).toMatchObject({ restarting: true, notification: true, restartTimeSeconds: 120 });
    expect(both.families).toEqual([
      { family: unicast(1), preserved: true },
      { family: unicast(2), preserved: true },
    ]);
    const one = dial({
      families: ["ipv6"],
      gracefulRestart: { restartSeconds: 7, forwarding: false, restarted: false },
    });
    expect(capability(one, "graceful-restart")).toMatchObject({
      restarting: false,
      restartTimeSeconds: 7,
      families: [{ family: unicast(2), preserved: false }],
    });
    expect(capability(dial(), "graceful-restart")).toBeUndefined();
  });

  test("offers long-lived graceful restart only where it is wanted (RFC 9494)", () => {
    const offered = capability(dial({ gracefulRestart: { longLivedSeconds: 86_400 } }), "long-lived-graceful-restart");
    expect(offered?.families.map(({ staleTimeSeconds }) => staleTimeSeconds)).toEqual([86_400, 86_400]);
    expect(capability(dial({ gracefulRestart: {} }), "long-lived-graceful-restart")).toBeUndefined();
  });

  test("does not say restarted again once a session has been up", () => {
    const dialled = dial({ gracefulRestart: {}, idleHold: { firstMs: 100, maxMs: 100 } });
    const { machine } = dialled;
    answer(machine, [IPV4]);
    expect(machine.snapshot(0).state).toBe("Established");
    machine.handle({ type: "closed", connection: 1 }, 1);
    const again = machine.handle({ type: "tick" }, machine.deadline).find(({ type }) => type === "dial");
    const { connection } = again as { connection: number };
    const open = connect(machine, connection, machine.deadline);
    expect(capability({ machine, open }, "graceful-restart")?.restarting).toBe(false);
  });

  test("has the local AS that this peer shall see, alone, and AS_TRANS for long numbers (RFC 6793)", () => {
    const local = dial({ localAs: 4_200_000_000 });
    expect(local.open.myAs).toBe(23456);
    expect(capability(local, "four-octet-as")?.asn).toBe(4_200_000_000);
    expect(local.machine.snapshot(0).localAsn).toBe(4_200_000_000);
  });

  test("offers add-path as a sender, roles, and IPv6 next hops as configured", () => {
    const all = dial({ addPath: true, role: "customer", extendedNextHop: true });
    expect(capability(all, "add-path")?.families.map(({ mode }) => mode)).toEqual([2, 2]);
    expect(capability(all, "role")?.role).toBe(3);
    expect(capability(all, "extended-next-hop")?.entries).toEqual([{ family: unicast(1), nextHopAfi: 2 }]);
    for (const type of ["add-path", "role", "extended-next-hop"] as const)
      expect(capability(dial(), type)).toBeUndefined();
    expect(dial({ disableCapabilities: true }).open.capabilities).toEqual([]);
  });
});

describe("what both sides agree on", () => {
  const everything: Capability[] = [
    IPV4,
    { type: "route-refresh" },
    { type: "enhanced-route-refresh" },
    { type: "extended-message" },
    { type: "four-octet-as", asn: 65002 },
    {
      type: "add-path",
      families: [
        { family: unicast(1), mode: 1 },
        { family: unicast(2), mode: 2 },
      ],
    },
    { type: "graceful-restart", restarting: true, notification: true, restartTimeSeconds: 60, families: [] },
  ];

  test("is in the snapshot, with what either offered, timers, and routes out", () => {
    const { machine } = dial({ addPath: true, gracefulRestart: {}, holdTimeSeconds: 30 });
    answer(machine, everything);
    machine.handle({ type: "advertise", routes: [{ prefix: { ip: 1, length: 32 } }] }, 1000);
    const snapshot = machine.snapshot(1000);
    expect(snapshot).toMatchObject({
      state: "Established",
      sinceMsAgo: 1000,
      session: {
        side: "out",
        peerAsn: 65002,
        peerRouterId: "192.0.2.2",
        holdTimeSeconds: 30,
        families: ["ipv4"],
        fourOctetAs: true,
        extendedMessage: true,
        addPathSend: true,
        routeRefresh: true,
        enhancedRouteRefresh: true,
        gracefulRestart: { restartTimeSeconds: 60, notification: true },
      },
      routes: { wanted: 1, advertised: 1, pending: 0 },
      counters: { established: 1 },
    });
    expect(snapshot.capabilities.local).toContain("graceful-restart");
    expect(snapshot.capabilities.remote).toEqual(
      everything.map((one) => (one.type === "multiprotocol" ? "multiprotocol 1/1" : one.type)),
    );
    expect(snapshot.timersMs.hold).toBe(29_000);
    expect(snapshot.timersMs.keepalive).toBeGreaterThan(0);
    expect(snapshot.timersMs.sendHold).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });

  test("is nothing that one side alone has offered", () => {
    const { machine } = dial({ extendedMessage: false, fourOctetAs: false });
    answer(machine, everything);
    expect(machine.snapshot(0).session).toMatchObject({
      fourOctetAs: false,
      extendedMessage: false,
      addPathSend: false,
      extendedNextHop: false,
    });
    expect(machine.snapshot(0).session?.gracefulRestart).toBeUndefined();
  });

  test("a hold time of 0 from either side stops both timers", () => {
    const { machine } = dial();
    answer(machine, [IPV4], { holdTimeSeconds: 0 });
    const { timersMs, state } = machine.snapshot(0);
    expect(state).toBe("Established");
    expect(Object.keys(timersMs)).toEqual(["sendHold"]);
  });

  test("a stop is a hard reset for a peer that would keep our routes (RFC 8538), with the text inside (RFC 9003)", () => {
    for (const notification of [true, false]) {
      const { machine } = dial({ gracefulRestart: {} });
      answer(machine, [
        IPV4,
        IPV6,
        { type: "graceful-restart", restarting: false, notification, restartTimeSeconds: 9, families: [] },
      ]);
      const effects = machine.handle({ type: "stop", text: "bye" }, 5);
      const sent = effects.flatMap((effect) => (effect.type === "write" ? [effect.bytes] : [])).at(-1)!;
      expect([sent[19], sent[20]]).toEqual([6, notification ? 9 : 2]);
      expect(machine.snapshot(5).lastNotification).toMatchObject({
        ...{ direction: "sent", code: 6, subcode: 2, text: "bye", hardReset: notification },
        name: "Cease: Administrative Shutdown",
      });
    }
  });

  test("a session that nobody takes the routes of ends with Out of Resources, and the peer goes on", () => {
    const { machine } = dial();
    answer(machine, [IPV4]);
    machine.handle({ type: "overload", text: "too much" }, 5);
    expect(machine.snapshot(5)).toMatchObject({
      started: true,
      lastNotification: { code: 6, subcode: 8 },
      lastError: "stopped by itself: too much",
    });
  });
});

describe("a configuration that would never rest, or says nothing", () => {
  test.each<Partial<PeerConfig>>([
    { connectRetrySeconds: 0 },
    { connectRetrySeconds: Number.NaN },
    { holdTimeSeconds: 2 },
    { holdTimeSeconds: 9.5 },
    { keepaliveTimeSeconds: -1 },
    { delayOpenSeconds: 1000 },
    { sendHoldSeconds: Number.NaN },
    { idleHold: { firstMs: 0 } },
    { idleHold: { maxMs: 0 } },
    { userTimeoutMs: 0 },
    { families: [] },
    { ttlSecurity: 1.5 },
    { gracefulRestart: { restartSeconds: 0 } },
    { password: "" },
    { peerAsn: 0 },
    { dynamicAsn: "internal" },
  ])("%j", (more) => {
    expect(() => createPeerMachine(config(more), 1, 0)).toThrow(
      expect.objectContaining({ code: "ERR_BGP_CONFIG" }) as Error,
    );
  });
});
