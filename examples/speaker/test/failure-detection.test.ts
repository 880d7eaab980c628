import { createBfdSpeaker, type BfdSession, type BfdSpeaker } from "@vipkit/bfd/node";
import { startPeer } from "@vipkit/bgp/node";
import type { BfdProfile, PeerSettings } from "@vipkit/k8s-adapter";
import { parseIp, parseIpv4, parseMac, type Host } from "@vipkit/net";
import { createWorld, type SimHost, type World } from "@vipkit/sim";
import { beforeEach, describe, expect, it } from "vitest";
import type { SpeakerEvent } from "../src/events.js";
import { createPeers, type Peers } from "../src/peers.js";

const NODE = parseIpv4("192.0.2.1");
const ROUTER = parseIpv4("192.0.2.2");
const OTHER = parseIpv4("192.0.2.3");

const SETTINGS: PeerSettings = {
  name: "router",
  myAsn: 65001,
  peerAsn: 65002,
  dynamicAsn: undefined,
  localAsn: 0,
  address: ROUTER,
  interface: undefined,
  sourceAddress: undefined,
  port: 179,
  holdTimeSeconds: 90,
  keepaliveTimeSeconds: undefined,
  connectTimeSeconds: undefined,
  routerId: undefined,
  nodeSelectors: [],
  passwordSource: "none",
  passwordRef: undefined,
  bfdProfile: "fast",
  enableGracefulRestart: false,
  ebgpMultiHop: false,
  vrf: undefined,
  disableMP: false,
  dualStackAddressFamily: false,
};

function profile(more: Partial<BfdProfile> = {}): BfdProfile {
  return {
    name: "fast",
    receiveIntervalMs: 100,
    transmitIntervalMs: 100,
    detectMultiplier: 3,
    echoIntervalMs: undefined,
    echoMode: false,
    passiveMode: false,
    minimumTtl: undefined,
    ...more,
  };
}

/** A router that speaks BGP and BFD; its BFD can fall silent. */
interface Router {
  readonly host: SimHost;
  readonly bfd: BfdSpeaker;
  session: BfdSession;
  peer: ReturnType<typeof startPeer>;
  mute: boolean;
  startBgp(): void;
}

async function addRouter(
  world: World,
  name: string,
  ip: number,
  intervalMs: number,
  detectMultiplier = 3,
): Promise<Router> {
  const host = world.addHost({ name, mac: parseMac(`02:00:00:00:01:0${ip & 7}`), addresses: [ip] });
  const muted: Pick<Host, "clock" | "random" | "bind"> = {
    clock: host.clock,
    random: () => host.random(),
    bind: async (local, options) => {
      const socket = await host.bind(local, options);
      return { ...socket, send: (bytes, to) => (router.mute ? undefined : socket.send(bytes, to)) };
    },
  };
  const bfd = createBfdSpeaker({ host: muted });
  const startBgp = (): Router["peer"] =>
    startPeer({
      host,
      config: {
        name: "node",
        localAsn: 65002,
        peerAsn: 65001,
        remote: { ip: NODE, port: 179 },
        routerId: ip,
        passive: true,
      },
    });
  const router: Router = {
    host,
    bfd,
    session: undefined as unknown as BfdSession,
    peer: startBgp(),
    mute: false,
    startBgp: () => {
      router.peer = startBgp();
    },
  };
  await host.listen({ local: { ip, port: 179 } }, (stream) => router.peer.accept(stream));
  router.session = await bfd.startSession({
    name: "node",
    local: ip,
    remote: NODE,
    desiredMinTxMs: intervalMs,
    requiredMinRxMs: intervalMs,
    detectMultiplier,
  });
  return router;
}

describe("BFD beside BGP", () => {
  let world: World;
  let peers: Peers;
  const events: SpeakerEvent[] = [];

  const update = (more: Partial<BfdProfile> = {}, wanted: readonly PeerSettings[] = [SETTINGS]): void =>
    peers.update(wanted, new Map(), new Map([["fast", profile(more)]]));
  const told = (type: "peer" | "bfd", peer = "router"): string[] =>
    events.flatMap((event) => (event.type === type && event.peer === peer ? [event.state] : []));
  const bfdOf = (name: string): unknown => peers.bfdSnapshot().find((one) => (one as { peer: string }).peer === name);

  beforeEach(() => {
    world = createWorld({ seed: 3, latencyMs: 0.2 });
    events.length = 0;
    const node = world.addHost({ name: "node", mac: parseMac("02:00:00:00:00:01"), addresses: [NODE] });
    peers = createPeers(node, NODE, (event) => events.push(event));
  });

  it("closes the session of the peer whose path has failed, at once, and no other", async () => {
    const [router, other] = [await addRouter(world, "r", ROUTER, 100), await addRouter(world, "o", OTHER, 100)];
    update({}, [SETTINGS, { ...SETTINGS, name: "other", address: OTHER }]);
    await world.advance(8000);
    expect([told("peer"), told("bfd")]).toEqual([["established"], ["up"]]);
    expect(bfdOf("router")).toMatchObject({ address: "192.0.2.2", state: "Up", detectionTimeMs: 300, multihop: false });
    router.host.setLinkUp(false);
    await world.advance(320);
    expect([told("peer"), told("bfd")]).toEqual([
      ["established", "down"],
      ["up", "down"],
    ]);
    expect(events.filter(({ type }) => type === "peer").at(-1)).toMatchObject({
      reason: expect.stringContaining("nothing was heard for the detection time") as string,
    });
    expect([told("peer", "other"), told("bfd", "other")]).toEqual([["established"], ["up"]]);
    router.host.setLinkUp(true);
    await world.advance(20_000);
    expect([told("peer"), told("bfd")]).toEqual([
      ["established", "down", "established"],
      ["up", "down", "up"],
    ]);
    expect(other.peer.snapshot().state).toBe("Established");
  });

  it("leaves BGP alone when the router stops watching", async () => {
    const router = await addRouter(world, "r", ROUTER, 100);
    update();
    await world.advance(8000);
    await Promise.all([router.session.stop(), world.advance(2000)]);
    expect([told("peer"), told("bfd")]).toEqual([["established"], ["up", "administratively down"]]);
  });

  it("never closes a session for a failure that is older than the session", async () => {
    const router = await addRouter(world, "r", ROUTER, 2000, 20);
    update({ receiveIntervalMs: 2000, transmitIntervalMs: 2000 });
    await world.advance(15_000);
    expect([told("peer"), told("bfd")]).toEqual([["established"], ["up"]]);
    router.mute = true;
    await Promise.all([router.peer.stop("restart"), world.advance(100)]);
    router.startBgp();
    await world.advance(5000);
    expect([told("peer"), told("bfd")]).toEqual([["established", "down", "established"], ["up"]]);
    await world.advance(60_000);
    expect([told("peer"), told("bfd")]).toEqual([
      ["established", "down", "established"],
      ["up", "down"],
    ]);
  });

  it("changes timers without a flap, and ends with the profile", async () => {
    const router = await addRouter(world, "r", ROUTER, 100);
    update();
    await world.advance(8000);
    update({ receiveIntervalMs: 400, detectMultiplier: 5 });
    await world.advance(5000);
    expect(bfdOf("router")).toMatchObject({ state: "Up", detectionTimeMs: 1200, transmitIntervalMs: 100 });
    expect(router.session.snapshot()).toMatchObject({ state: "Up", detectionTimeMs: 500, transmitIntervalMs: 400 });
    update({}, [{ ...SETTINGS, bfdProfile: undefined }]);
    await world.advance(5000);
    expect(peers.bfdSnapshot()).toEqual([]);
    expect(router.session.snapshot()).toMatchObject({ remoteState: "AdminDown" });
    expect([told("peer"), told("bfd")]).toEqual([["established"], ["up", "administratively down"]]);
  });

  it("says what it does not do, and waits in passive mode", async () => {
    update({ echoMode: true, passiveMode: true });
    await world.advance(5000);
    expect(events).toContainEqual({
      type: "problem",
      what: "peer router",
      message: expect.stringContaining("echo") as string,
    });
    expect(bfdOf("router")).toMatchObject({ state: "Down", counters: { sent: 0 } });
    await Promise.all([peers.stop("done"), world.advance(5000)]);
    expect(peers.bfdSnapshot()).toEqual([]);
  });

  it("watches a peer behind several hops as such", async () => {
    const bound: unknown[] = [];
    const node = world.addHost({ name: "n2", mac: parseMac("02:00:00:00:00:09"), addresses: [parseIp("192.0.2.9")] });
    const spying: Host = {
      ...node,
      bind: (local, options) => {
        bound.push([local.port > 49_151 ? "source" : local.port, options]);
        return node.bind(local, options);
      },
    };
    const own = createPeers(spying, NODE, () => undefined);
    own.update([{ ...SETTINGS, ebgpMultiHop: true }], new Map(), new Map([["fast", profile()]]));
    await world.advance(100);
    expect(bound).toEqual([
      [4784, { ttl: 255, device: undefined, tellTtl: true }],
      ["source", { ttl: 255, device: undefined }],
    ]);
    expect(own.bfdSnapshot()).toMatchObject([{ multihop: true, state: "Down" }]);
  });
});
