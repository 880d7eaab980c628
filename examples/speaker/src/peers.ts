import type { PeerConfig, Route } from "@vipkit/bgp";
import type { BfdSessionConfig } from "@vipkit/bfd/node";
import { startPeer, type Peer } from "@vipkit/bgp/node";
import type { BfdProfile, PeerSettings } from "@vipkit/k8s-adapter";
import { familyOf, formatPrefix, isIpv4, type Host, type Ipv4, type Millis } from "@vipkit/net";
import type { Tell } from "./events.js";
import { bfdConfigOf, createFailureDetection } from "./failure-detection.js";

/** The BGP sessions of this node. */
export interface Peers {
  /** Starts, restarts and stops sessions so that there is one for each of these peers, with these routes. */
  update(
    wanted: readonly PeerSettings[],
    routes: ReadonlyMap<string, readonly Route[]>,
    profiles: ReadonlyMap<string, BfdProfile>,
  ): void;
  snapshot(): readonly object[];
  /** The BFD sessions of those peers that have a profile. */
  bfdSnapshot(): readonly object[];
  /** Says goodbye on every session. */
  stop(text: string): Promise<void>;
}

interface Running {
  readonly peer: Peer;
  /** What the session was started with, to see whether it has changed. */
  readonly key: string;
  advertised: ReadonlySet<string>;
  /** Since when this incarnation of the session is up; undefined while none is. */
  establishedAt: Millis | undefined;
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

  const detection = createFailureDetection(host, tell, complain, (name, reason, workedAt) => {
    const entry = running.get(name);
    // A session that has come up since the path was last seen to work has not failed with it.
    if (entry?.establishedAt !== undefined && entry.establishedAt <= workedAt) entry.peer.failureDetected(reason);
  });

  const start = (config: PeerConfig): Running => {
    const peer = startPeer({ host, config });
    const entry: Running = { peer, key: keyOf(config), advertised: new Set(), establishedAt: undefined };
    peer.onEvent((event) => {
      if (event.type === "established") {
        entry.establishedAt = host.clock.now();
        tell({ type: "peer", peer: config.name, state: "established", reason: "open and keepalive exchanged" });
      } else if (event.type === "down") {
        entry.establishedAt = undefined;
        tell({ type: "peer", peer: config.name, state: "down", reason: event.reason });
      }
    });
    return entry;
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
    update: (wanted, routes, profiles) => {
      const configs = new Map<string, PeerConfig>();
      const detectors = new Map<string, BfdSessionConfig>();
      for (const settings of wanted) {
        const config = configOf(settings, routerId);
        if (typeof config === "string") {
          complain(settings.name, config);
          continue;
        }
        configs.set(settings.name, config);
        const profile = settings.bfdProfile === undefined ? undefined : profiles.get(settings.bfdProfile);
        if (profile === undefined) continue;
        if (profile.echoMode) complain(settings.name, "BFD echo is not supported: its control packets do the watching");
        detectors.set(settings.name, bfdConfigOf(config, profile));
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
      detection.update(detectors);
    },
    bfdSnapshot: () => detection.snapshot(),
    snapshot: () =>
      [...running.values()].map(({ peer, advertised }) => ({ ...peer.snapshot(), advertised: [...advertised] })),
    stop: async (text) => {
      const entries = [...running.values()];
      running.clear();
      await Promise.all([detection.stop(), ...entries.map(({ peer }) => peer.stop(text))]);
    },
  };
}
