import { parseIp, parseMac, type BindOptions, type Endpoint, type Host } from "@vipkit/net";
import { nodeHost } from "@vipkit/net/node";
import { createWorld, type SimHost, type World } from "@vipkit/sim";
import { beforeEach, describe, expect, test } from "vitest";
import { encodeBfd, type BfdEvent } from "../../src/index.js";
import { createBfdSpeaker, type BfdSessionConfig, type BfdSpeaker } from "../../src/node/index.js";

const A = parseIp("192.0.2.1");
const B = parseIp("192.0.2.2");
const FAST = { desiredMinTxMs: 50, requiredMinRxMs: 50 };
const TO_B: BfdSessionConfig = { name: "b", local: A, remote: B, ...FAST };
const TO_A: BfdSessionConfig = { name: "a", local: B, remote: A, ...FAST };

let world: World;
let a: SimHost;
let b: SimHost;

beforeEach(() => {
  world = createWorld({ seed: 7, latencyMs: 1 });
  a = world.addHost({ name: "a", mac: parseMac("02:00:00:00:00:01"), addresses: [A] });
  b = world.addHost({ name: "b", mac: parseMac("02:00:00:00:00:02"), addresses: [B] });
});

/** A host that notes what it binds. */
function spy(host: Host): {
  readonly host: Host;
  readonly bound: { local: Endpoint; options: BindOptions | undefined }[];
} {
  const bound: { local: Endpoint; options: BindOptions | undefined }[] = [];
  const bind: Host["bind"] = (local, options) => {
    bound.push({ local, options });
    return host.bind(local, options);
  };
  return { host: { ...host, bind }, bound };
}

async function bothEnds(
  toB: Partial<BfdSessionConfig> = {},
  toA: Partial<BfdSessionConfig> = toB,
): Promise<{ readonly near: BfdSpeaker; readonly far: BfdSpeaker }> {
  const [near, far] = [createBfdSpeaker({ host: a }), createBfdSpeaker({ host: b })];
  await near.startSession({ ...TO_B, ...toB });
  await far.startSession({ ...TO_A, ...toA });
  return { near, far };
}

describe("a BFD speaker", () => {
  test("brings sessions up, notices a cut in the detection time, and recovers", async () => {
    const { near } = await bothEnds();
    const events: BfdEvent[] = [];
    near.sessions.get("b")!.onEvent((event) => events.push(event));
    await world.advance(5000);
    expect(near.sessions.get("b")!.snapshot()).toMatchObject({ state: "Up", detectionTimeMs: 150 });
    b.setLinkUp(false);
    await world.advance(155);
    b.setLinkUp(true);
    await world.advance(5000);
    const told = events.flatMap(({ type }) => (type === "up" || type === "down" ? [type] : []));
    expect(told).toEqual(["up", "down", "up"]);
    expect(near.maxLagMs).toBe(0);
  });

  test("uses the ports of RFC 5881 and 5883, a source port of its own for each session, TTL 255", async () => {
    const { host, bound } = spy(a);
    const speaker = createBfdSpeaker({ host });
    await speaker.startSession(TO_B);
    await speaker.startSession({ ...TO_B, name: "c", remote: parseIp("192.0.2.3") });
    await speaker.startSession({ ...TO_B, name: "far", multihop: true, minTtl: 250 });
    expect(bound.filter(({ local }) => local.port < 49_152)).toEqual([
      { local: { ip: A, zone: undefined, port: 3784 }, options: { ttl: 255, device: undefined, minTtl: 255 } },
      { local: { ip: A, zone: undefined, port: 4784 }, options: { ttl: 255, device: undefined, tellTtl: true } },
    ]);
    const sources = bound.map(({ local }) => local.port).filter((port) => port >= 49_152);
    expect(new Set(sources).size).toBe(sources.length);
    expect(bound.every(({ options }) => options?.ttl === 255)).toBe(true);
  });

  test("what comes in on the port for several hops never reaches a session over one", async () => {
    const { near } = await bothEnds();
    await near.startSession({ ...TO_B, name: "far", multihop: true });
    await world.advance(5000);
    const session = near.sessions.get("b")!;
    const { localDiscriminator, remoteDiscriminator, counters } = session.snapshot();
    const forged = encodeBfd({
      diagnostic: 0,
      state: "Down",
      poll: false,
      final: false,
      controlPlaneIndependent: false,
      demand: false,
      detectMultiplier: 3,
      myDiscriminator: remoteDiscriminator,
      yourDiscriminator: localDiscriminator,
      desiredMinTxUs: 50_000,
      requiredMinRxUs: 50_000,
      requiredMinEchoRxUs: 0,
    });
    const forger = await b.bind({ ip: B, port: 50_000 });
    for (let i = 0; i < 5; i += 1) forger.send(forged, { ip: A, port: 4784 });
    await world.advance(1000);
    expect(session.snapshot()).toMatchObject({ state: "Up", counters: { downs: 0, discarded: 0 } });
    expect(session.snapshot().counters.received).toBeGreaterThan(counters.received);
    expect(near.strangers).toBe(5);
  });

  test("counts strangers: unknown addresses, unknown discriminators, scraps", async () => {
    const { near } = await bothEnds();
    const c = world.addHost({ name: "c", mac: parseMac("02:00:00:00:00:03"), addresses: [parseIp("192.0.2.3")] });
    const stranger = await c.bind({ ip: parseIp("192.0.2.3"), port: 50_000 });
    for (const length of [0, 3, 24]) stranger.send(new Uint8Array(length).fill(9), { ip: A, port: 3784 });
    await world.advance(10);
    expect(near.strangers).toBe(3);
  });

  test("over several hops the lowest TTL is kept where the host tells it", async () => {
    const handlers: ((bytes: Uint8Array, from: Endpoint, ttl?: number) => void)[] = [];
    const telling: Host = {
      ...a,
      bind: async (local, options) => {
        const socket = await a.bind(local, options);
        return { ...socket, onDatagram: (handler) => void handlers.push(handler) };
      },
    };
    const speaker = createBfdSpeaker({ host: telling });
    const session = await speaker.startSession({ ...TO_B, multihop: true, minTtl: 200 });
    const bytes = new Uint8Array(24);
    for (const ttl of [199, 200]) handlers[0]!(bytes, { ip: B, port: 50_000 }, ttl);
    expect(session.snapshot()).toMatchObject({ counters: { received: 2, discarded: 2 } });
    expect(session.snapshot().lastDiscard).toMatch(/version/);
  });

  test("stop tells the other end, and frees names, addresses and ports", async () => {
    const { near, far } = await bothEnds();
    await world.advance(5000);
    const session = near.sessions.get("b")!;
    const stopping = session.stop();
    expect(near.sessions.size).toBe(0);
    await Promise.all([stopping, session.stop(), world.advance(1000)]);
    expect(far.sessions.get("a")!.snapshot()).toMatchObject({ state: "Down", remoteState: "AdminDown" });
    await near.startSession(TO_B);
    await world.advance(5000);
    expect(far.sessions.get("a")!.snapshot()).toMatchObject({ state: "Up" });
    await Promise.all([near.close(), far.close(), world.advance(1000)]);
    for (const [host, ip] of [
      [a, A],
      [b, B],
    ] as const) {
      (await host.bind({ ip, port: 3784 })).close();
    }
  });

  test("receives on all addresses where sessions speak from one that the kernel chooses", async () => {
    const { host, bound } = spy(a);
    const near = createBfdSpeaker({ host, receiveOn: "any" });
    const far = createBfdSpeaker({ host: b });
    const session = await near.startSession({ name: "b", remote: B, ...FAST });
    await far.startSession(TO_A);
    await world.advance(5000);
    expect(session.snapshot().state).toBe("Up");
    expect(bound[0]!.local).toEqual({ ip: 0, port: 3784 });
  });

  test("refuses what cannot be", async () => {
    const speaker = createBfdSpeaker({ host: a });
    const refused = (config: Partial<BfdSessionConfig>): Promise<void> =>
      expect(speaker.startSession({ ...TO_B, ...config })).rejects.toMatchObject({ code: "ERR_BFD_CONFIG" });
    await refused({ local: undefined });
    await refused({ local: parseIp("2001:db8::1") });
    await refused({ minTtl: 254 });
    await refused({ multihop: true, minTtl: 0 });
    await refused({ detectMultiplier: 0 });
    await refused({ auth: { type: "keyed-md5", keyId: 1, key: new Uint8Array(17) } });
    await speaker.startSession(TO_B);
    await refused({});
    await refused({ name: "other" });
    expect(speaker.sessions.size).toBe(1);
    const lax = createBfdSpeaker({ host: b, checkTtl: false });
    await expect(lax.startSession({ ...TO_A, multihop: true, minTtl: 254 })).rejects.toMatchObject({
      code: "ERR_BFD_CONFIG",
    });
    await expect(speaker.startSession({ ...TO_B, name: "x", local: parseIp("192.0.2.9") })).rejects.toBeInstanceOf(
      Error,
    );
  });

  test("a host that cannot see TTLs is refused, unless nobody is to check", async () => {
    const loopback = { name: "self", local: parseIp("127.0.0.1"), remote: parseIp("127.0.0.1") };
    await expect(createBfdSpeaker({ host: nodeHost() }).startSession(loopback)).rejects.toMatchObject({
      code: "ERR_SOCKET_OPTION",
      found: "minTtl",
    });
  });
});
