import { formatIp, parseIp, type Host, type Ipv4 } from "@vipkit/net";
import { listenForPeers, type Peer, type PeerListener } from "@vipkit/bgp/node";
import { until } from "@vipkit/test-support";
import { expect } from "vitest";
import type { Daemon } from "../support/daemon.js";
import type { Feature } from "./features.js";
import { LIMIT } from "./stage.js";
import { OUR_ASN, ourConfig, route } from "./table.js";

const FIRST = parseIp("192.0.2.100") as Ipv4;

/** A host on which both sides dial at once: our dial waits for theirs, and theirs is answered when ours is through. */
function collidingHost(host: Host): Host {
  let theyHaveDialled = (): void => undefined;
  let weHaveDialled = (): void => undefined;
  const theirs = new Promise<void>((resolve) => (theyHaveDialled = resolve));
  const ours = new Promise<void>((resolve) => (weHaveDialled = resolve));
  return {
    ...host,
    listen: (options, onStream) =>
      host.listen(options, (stream) => {
        theyHaveDialled();
        void ours.then(() => onStream(stream));
      }),
    dial: async (options) => {
      await theirs;
      // Only when our OPEN has been sent is it the other connection's turn.
      return host.dial(options).finally(() => host.clock.after(0, weHaveDialled));
    },
  };
}

/** The last word was Cease, from either side: there is another connection. */
function isCollision(peer: Peer): boolean {
  const { lastNotification: last } = peer.snapshot();
  return last?.code === 6 && last.subcode === 7;
}

interface Collision {
  readonly listener: PeerListener;
  readonly peer: Peer;
  /** The sessions that have ended, and those of them that have ended for the sake of another connection. */
  readonly ended: () => { readonly all: number; readonly collided: number };
  /** Both half-sessions have been open at the same time. */
  readonly met: () => boolean;
}

function up(peer: Peer): number {
  return Object.values(peer.snapshot().halves).filter((state) => state === "Established").length;
}

async function collide(host: Host, address: string): Promise<Collision> {
  const source = parseIp(address) as Ipv4;
  const config = ourConfig({
    source,
    routerId: source,
    nextHops: { ipv4: source },
    families: ["ipv4"],
    // The daemon may take its time.
    connectRetrySeconds: 60,
  });
  const local = { ip: source, port: 179 };
  const listener = await listenForPeers({ host: collidingHost(host), local, peers: [config] });
  const peer = listener.peers.get("them")!;
  let met = false;
  const ended = { all: 0, collided: 0 };
  peer.onEvent(({ type }) => {
    expect(up(peer)).toBeLessThanOrEqual(1);
    if (type === "down") {
      ended.all += 1;
      if (isCollision(peer)) ended.collided += 1;
    }
    met ||= Object.values(peer.snapshot().halves).every((state) => state.startsWith("Open") || state === "Established");
  });
  peer.advertise([route(`10.1.0.${address.slice(8)}/32`)]);
  return { listener, peer, ended: () => ended, met: () => met };
}

/**
 * One session is there. A connection may be closed just as it comes up (RFC 4271 section 6.8), FRR now and then closes both of
 * them: then the next one stays.
 */
function isSettled({ peer, ended }: Collision): boolean {
  const { all, collided } = ended();
  return up(peer) === 1 && all === collided && all <= 2;
}

export const COLLISION: Feature = {
  name: "collision",
  title: "both dial at once, again and again: always one session",
  run: async ({ table, kind, seat }) => {
    const { neighbours, rounds, wanted, stalls = 0 } = kind.collisions;
    // A daemon dials again after seconds only: neighbours collide side by side.
    const addresses = Array.from({ length: neighbours }, (_, at) => formatIp(FIRST + at));
    table.us.run("sh", "-c", addresses.map((one) => `ip addr add ${one}/24 dev eth0`).join(";"));
    const neighbors = addresses.map((address) => ({ address, asn: OUR_ASN, families: ["ipv4" as const] }));
    const networks = ["10.200.0.0/24"];
    let daemon: Daemon | undefined;
    const heldRoutes = async (): Promise<number> =>
      (await daemon!.paths("ipv4")).filter(({ prefix }) => prefix.startsWith("10.1.")).length;
    let met = 0;
    let stalled = 0;
    for (let round = 0; round < rounds; round += 1) {
      const all = await Promise.all(addresses.map((address) => collide(table.host, address)));
      try {
        // Only now: a daemon that nobody answers waits long before it dials again.
        daemon ??= await seat({}, { neighbors, networks });
        try {
          await until(() => all.every(isSettled), { ...LIMIT, what: "one session each" });
        } catch (error) {
          stalled += 1;
          if (stalled > stalls) throw error;
          continue;
        }
        await until(async () => (await heldRoutes()) === neighbours, { ...LIMIT, what: "a route of each" });
        expect(all.every(isSettled)).toBe(true);
        met += all.filter((one) => one.met()).length;
      } finally {
        await Promise.all(all.map(({ listener }) => listener.close("next round")));
      }
    }
    // A daemon may drop its own dial before we have seen both connections: there is one session, and it does not count.
    expect(met).toBeGreaterThanOrEqual(wanted);
  },
};
