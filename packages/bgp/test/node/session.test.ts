import { formatPrefix, parseIp } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import {
  listenForPeers,
  startPeer,
  type DrivenPeerEvent,
  type PeerListener,
  type ReceivedUpdate,
} from "../../src/node/index.js";
import type { PeerConfig } from "../../src/index.js";
import { configOfA, configOfB, createPair, hostRoutes, route, type Pair } from "./pair.js";

interface Receiver {
  readonly listener: PeerListener;
  /** What the receiver holds, prefix to the attributes that came with it. */
  readonly rib: Map<string, ReceivedUpdate["attributes"]>;
  readonly updates: ReceivedUpdate[];
}

async function receive(pair: Pair, more: Partial<PeerConfig> = {}, local = "192.0.2.2"): Promise<Receiver> {
  const rib: Receiver["rib"] = new Map();
  const updates: ReceivedUpdate[] = [];
  const listener = await listenForPeers({
    host: pair.b,
    local: { ip: parseIp(local), port: 179 },
    peers: [configOfB({ passive: true, ...more })],
    onUpdate: (update) => {
      updates.push(update);
      for (const { nlri } of update.withdrawn) for (const one of nlri) rib.delete(formatPrefix(one));
      for (const { nlri } of update.announced) for (const one of nlri) rib.set(formatPrefix(one), update.attributes);
    },
  });
  return { listener, rib, updates };
}

describe("a session between two speakers", () => {
  test("comes up, tells routes, takes them back and closes with a text", async () => {
    const pair = createPair();
    const { listener, rib, updates } = await receive(pair);
    const events: DrivenPeerEvent[] = [];
    const peer = startPeer({ host: pair.a, config: configOfA({ nextHops: { ipv6: parseIp("2001:db8::1") } }) });
    peer.onEvent((event) => events.push(event));
    peer.advertise([route("10.0.0.1/32", { communities: [0xfde8_0001] }), route("2001:db8:1::1/128")]);
    expect(await pair.world.until(() => peer.snapshot().state === "Established", 10_000)).toBe(true);
    expect(await pair.world.until(() => rib.size === 2, 1000)).toBe(true);
    expect(rib.get("10.0.0.1/32")).toContainEqual(
      expect.objectContaining({ type: "communities", values: [0xfde8_0001] }),
    );
    await pair.world.advance(100);
    expect(updates.filter(({ endOfRib }) => endOfRib !== undefined)).toHaveLength(2);
    peer.advertise([route("2001:db8:1::1/128")]);
    await pair.world.advance(100);
    expect([...rib.keys()]).toEqual(["2001:db8:1::1/128"]);
    const stopped = peer.stop("going home");
    await pair.world.advance(100);
    await stopped;
    const seen = listener.peers.get("a")!.snapshot();
    expect(seen.lastNotification).toMatchObject({ direction: "received", code: 6, subcode: 2, text: "going home" });
    expect(peer.snapshot().state).toBe("Idle");
    expect(events.some(({ type }) => type === "established")).toBe(true);
  });

  test("packs 10,000 host routes into at most 13 UPDATEs", async () => {
    const pair = createPair();
    const { rib } = await receive(pair, { extendedMessage: false });
    const peer = startPeer({ host: pair.a, config: configOfA() });
    peer.advertise(
      hostRoutes(10_000, { communities: [1, 2], largeCommunities: [{ global: 1, local1: 2, local2: 3 }] }),
    );
    expect(await pair.world.until(() => rib.size === 10_000, 20_000)).toBe(true);
    // Two of them are End-of-RIB.
    expect(peer.snapshot().counters.messagesOut.update).toBeLessThanOrEqual(15);
    await peer.stop();
  });

  test("is one session when both sides dial at once", async () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const pair = createPair(seed);
      const { listener } = await receive(pair, { passive: false });
      const other = await listenForPeers({
        host: pair.a,
        local: { ip: parseIp("192.0.2.1"), port: 179 },
        peers: [configOfA()],
      });
      const ours = other.peers.get("b")!;
      const theirs = listener.peers.get("a")!;
      const up = (): boolean => ours.snapshot().state === "Established" && theirs.snapshot().state === "Established";
      expect(await pair.world.until(up, 60_000)).toBe(true);
      await pair.world.advance(300_000);
      expect(up()).toBe(true);
      const states = [ours, theirs].flatMap((peer) => Object.values(peer.snapshot().halves));
      expect(states.filter((state) => state === "Established")).toHaveLength(2);
      expect(states.some((state) => state === "OpenSent" || state === "OpenConfirm")).toBe(false);
    }
  });
});
