import type { PeerConfig, Route } from "@vipkit/bgp";
import { startPeer, type Peer } from "@vipkit/bgp/node";
import type { PeerSettings } from "@vipkit/k8s-adapter";
import { familyOf, formatPrefix, isIpv4, type Host, type Ipv4 } from "@vipkit/net";
import type { Tell } from "./events.js";

/** The BGP sessions of this node. */
export interface Peers {
  /** Starts, restarts and stops sessions so that there is one for each of these peers, with these routes. */
  update(wanted: readonly PeerSettings[], routes: ReadonlyMap<string, readonly Route[]>): void;
  snapshot(): readonly object[];
  /** Says goodbye on every session. */
  stop(text: string): Promise<void>;
}

interface Running {
  readonly peer: Peer;
  /** What the session was started with, to see whether it has changed. */
  readonly key: string;
  advertised: ReadonlySet<string>;
}

/** TTL of sessions to routers that are more than one hop away. */
const MULTIHOP_TTL = 255;

/** How long a router keeps the routes of a speaker that restarts; the services' traffic goes on meanwhile. */
const RESTART_SECONDS = 120;

function configOf(settings: PeerSettings, routerId: Ipv4): PeerConfig | string {
  const { name, address, peerAsn, dynamicAsn } = settings;
  if (address === undefined) return "peers by interface are not supported yet: give peerAddress";
  const own = settings.routerId !== undefined && isIpv4(settings.routerId) ? settings.routerId : routerId;
  const family = isIpv4(address) ? "ipv4" : "ipv6";
  return {
    name,
    localAsn: settings.myAsn,
    remote: { ip: address, port: settings.port },
    routerId: own,
    families: settings.dualStackAddressFamily ? ["ipv4", "ipv6"] : [family],
    ...(dynamicAsn === undefined ? { peerAsn } : { dynamicAsn }),
    ...(settings.sourceAddress === undefined ? {} : { source: settings.sourceAddress }),
    ...(settings.holdTimeSeconds === undefined ? {} : { holdTimeSeconds: settings.holdTimeSeconds }),
    ...(settings.keepaliveTimeSeconds === undefined ? {} : { keepaliveTimeSeconds: settings.keepaliveTimeSeconds }),
    ...(settings.connectTimeSeconds === undefined ? {} : { connectRetrySeconds: settings.connectTimeSeconds }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(settings.localAsn === 0 ? {} : { localAs: settings.localAsn }),
    ...(settings.ebgpMultiHop ? { ebgpMultihop: MULTIHOP_TTL } : {}),
    ...(settings.vrf === undefined ? {} : { device: settings.vrf }),
    ...(settings.enableGracefulRestart
      ? { gracefulRestart: { restartSeconds: RESTART_SECONDS, forwarding: true } }
      : {}),
  };
}

/** Identity of a session's settings. The password takes part in it and never leaves this function's result. */
function keyOf(config: PeerConfig): string {
  return JSON.stringify({ ...config, password: config.password }, (_name, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

export function createPeers(host: Host, routerId: Ipv4, tell: Tell): Peers {
  const running = new Map<string, Running>();
  const complaints = new Set<string>();

  /** Says once what is wrong with a peer; the others go on. */
  const complain = (name: string, message: string): void => {
    const complaint = `${name}: ${message}`;
    if (complaints.has(complaint)) return;
    complaints.add(complaint);
    tell({ type: "problem", what: `peer ${name}`, message });
  };

  const start = (config: PeerConfig): Running => {
    const peer = startPeer({ host, config });
    peer.onEvent((event) => {
      if (event.type === "established") {
        tell({ type: "peer", peer: config.name, state: "established", reason: "open and keepalive exchanged" });
      } else if (event.type === "down") {
        tell({ type: "peer", peer: config.name, state: "down", reason: event.reason });
      }
    });
    return { peer, key: keyOf(config), advertised: new Set() };
  };
  const tryStart = (config: PeerConfig): Running | undefined => {
    try {
      return start(config);
    } catch (error) {
      complain(config.name, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const advertise = (name: string, entry: Running, routes: readonly Route[]): void => {
    const now = new Set(routes.map((route) => formatPrefix(route.prefix)));
    const advertised = [...now].filter((prefix) => !entry.advertised.has(prefix));
    const withdrawn = [...entry.advertised].filter((prefix) => !now.has(prefix));
    if (advertised.length + withdrawn.length > 0) tell({ type: "routes", peer: name, advertised, withdrawn });
    entry.advertised = now;
    entry.peer.advertise(routes);
  };

  return {
    update: (wanted, routes) => {
      const configs = new Map<string, PeerConfig>();
      for (const settings of wanted) {
        const config = configOf(settings, routerId);
        if (typeof config === "string") complain(settings.name, config);
        else configs.set(settings.name, config);
        if (settings.bfdProfile !== undefined)
          complain(settings.name, "its bfdProfile has no effect in this speaker yet");
      }
      for (const [name, entry] of [...running]) {
        const config = configs.get(name);
        if (config !== undefined && keyOf(config) === entry.key) continue;
        running.delete(name);
        void entry.peer.stop(config === undefined ? "peer removed from the configuration" : "configuration changed");
      }
      for (const [name, config] of configs) {
        const entry = running.get(name) ?? tryStart(config);
        if (entry === undefined) continue;
        running.set(name, entry);
        const { families = [] } = config;
        advertise(name, entry, routes.get(name)?.filter(({ prefix }) => families.includes(familyOf(prefix.ip))) ?? []);
      }
    },
    snapshot: () =>
      [...running.values()].map(({ peer, advertised }) => ({ ...peer.snapshot(), advertised: [...advertised] })),
    stop: async (text) => {
      const entries = [...running.values()];
      running.clear();
      await Promise.all(entries.map(({ peer }) => peer.stop(text)));
    },
  };
}
