import { parseIp, parsePrefix, type Ipv4 } from "@vipkit/net";
import { createWorld, type SimHost, type World } from "@vipkit/sim";
import type { PeerConfig, Route } from "../../src/index.js";

/** Two hosts on one segment of a simulated world. */
export interface Pair {
  readonly world: World;
  readonly a: SimHost;
  readonly b: SimHost;
}

export function createPair(seed = 1): Pair {
  const world = createWorld({ seed });
  const a = world.addHost({ name: "a", mac: 0x0200_0000_0001, addresses: ["192.0.2.1", "2001:db8::1"].map(parseIp) });
  const b = world.addHost({ name: "b", mac: 0x0200_0000_0002, addresses: ["192.0.2.2", "2001:db8::2"].map(parseIp) });
  return { world, a, b };
}

/** A configuration of AS 65001 at 192.0.2.1 for AS 65002 at 192.0.2.2. */
export function configOfA(more: Partial<PeerConfig> = {}): PeerConfig {
  return {
    name: "b",
    localAsn: 65001,
    peerAsn: 65002,
    remote: { ip: parseIp("192.0.2.2"), port: 179 },
    routerId: parseIp("192.0.2.1") as Ipv4,
    ...more,
  };
}

/** The other way round. */
export function configOfB(more: Partial<PeerConfig> = {}): PeerConfig {
  return {
    name: "a",
    localAsn: 65002,
    peerAsn: 65001,
    remote: { ip: parseIp("192.0.2.1"), port: 179 },
    routerId: parseIp("192.0.2.2") as Ipv4,
    ...more,
  };
}

export function route(prefix: string, more: Partial<Route> = {}): Route {
  return { prefix: parsePrefix(prefix), ...more };
}

export function hostRoutes(count: number, more: Partial<Route> = {}): Route[] {
  return Array.from({ length: count }, (_, at) => ({ prefix: { ip: 0x0a00_0000 + at, length: 32 }, ...more }));
}
