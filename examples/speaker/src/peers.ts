import type { PeerConfig, Route } from "@vipkit/bgp";
import type { BfdSessionConfig } from "@vipkit/bfd/node";
import { startPeer, type Peer, type ThreadPeerOptions } from "@vipkit/bgp/node";
import type { BfdProfile, PeerSettings } from "@vipkit/k8s-adapter";
import { familyOf, formatPrefix, isIpv4, type Host, type Ipv4, type Millis } from "@vipkit/net";
import type { Tell } from "./events.js";
import { bfdConfigOf, createFailureDetection } from "./failure-detection.js";
import { createLinkNeighbors, type LinkNeighbor } from "./link-neighbor.js";

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

/** How soon sessions are started again after the thread that ran them has crashed. */
const AFTER_CRASH_MS = 1000;

type Address = Pick<PeerConfig, "remote" | "source" | "families">;

/** By address, or by interface: then the other end of the link is the peer, and routes of both families go over it (RFC 8950). */
function addressOf(settings: PeerSettings, neighbor: LinkNeighbor | undefined): Address | undefined {
  const { address: ip, port, sourceAddress: source, interface: zone } = settings;
  if (ip !== undefined) {
    const family = isIpv4(ip) ? "ipv4" : "ipv6";
    return { remote: { ip, port }, source, families: settings.dualStackAddressFamily ? ["ipv4", "ipv6"] : [family] };
  }
  if (neighbor === undefined) return undefined;
  return { remote: { ip: neighbor.ip, port, zone }, source: neighbor.source, families: ["ipv4", "ipv6"] };
}

/** Undefined while the neighbour of an interface is not known. */
function configOf(settings: PeerSettings, routerId: Ipv4, neighbor: LinkNeighbor | undefined): PeerConfig | undefined {
  const { name, peerAsn, dynamicAsn } = settings;
  const address = addressOf(settings, neighbor);
  if (address === undefined) return undefined;
  const own = settings.routerId !== undefined && isIpv4(settings.routerId) ? settings.routerId : routerId;
  return {
    ...address,
    name,
    localAsn: settings.myAsn,
    routerId: own,
    ...(dynamicAsn === undefined ? { peerAsn } : { dynamicAsn }),
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

/** Starts a session: on this event loop, or in a thread. */
export type StartPeer = (options: ThreadPeerOptions) => Peer;

export function createPeers(
  host: Host,
  routerId: Ipv4,
  tell: Tell,
  startSession: StartPeer = (options) => startPeer({ host, ...options }),
): Peers {
  const running = new Map<string, Running>();
  const complaints = new Set<string>();
  let latest: Parameters<Peers["update"]> | undefined;
  let cancel: (() => void) | undefined;

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

  /** The same peers and routes once more: what they stand on has changed. */
  const again = (): void => {
    cancel = undefined;
    if (latest !== undefined) update(...latest);
  };
  const over = (link: string): Running[] =>
    [...running.values()].filter(({ peer }) => peer.config.remote.zone === link);
  const neighbors = createLinkNeighbors({
    host,
    changed: (link) => {
      // A session over a link that is down would be missed by its hold time only.
      if (!neighbors.isUp(link)) for (const { peer } of over(link)) peer.failureDetected(`${link} is down`);
      again();
    },
    failed: (link, message) => complain(`on ${link}`, message),
    isInUse: (link) => over(link).some(({ establishedAt }) => establishedAt !== undefined),
  });

  const start = (config: PeerConfig): Running => {
    const peer = startSession({ config });
    const entry: Running = { peer, key: keyOf(config), advertised: new Set(), establishedAt: undefined };
    peer.onEvent((event) => {
      if (event.type === "established") {
        entry.establishedAt = host.clock.now();
        tell({ type: "peer", peer: config.name, state: "established", reason: "open and keepalive exchanged" });
      } else if (event.type === "down") {
        entry.establishedAt = undefined;
        tell({ type: "peer", peer: config.name, state: "down", reason: event.reason });
      } else if (event.type === "crashed" && running.get(config.name) === entry) {
        running.delete(config.name);
        cancel ??= host.clock.after(AFTER_CRASH_MS, again);
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

  const update: Peers["update"] = (wanted, routes, profiles) => {
    latest = [wanted, routes, profiles];
    neighbors.watch(new Set(wanted.flatMap(({ interface: name }) => name ?? [])));
    const configs = new Map<string, PeerConfig>();
    const detectors = new Map<string, BfdSessionConfig>();
    for (const settings of wanted) {
      const { interface: name } = settings;
      const config = configOf(settings, routerId, name === undefined ? undefined : neighbors.of(name));
      if (config === undefined) continue;
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
  };

  /** Peers by interface whose other end has not been heard. */
  const waiting = (): object[] =>
    (latest?.[0] ?? [])
      .filter(({ name, interface: link }) => link !== undefined && !running.has(name))
      .map(({ name, interface: link }) => ({
        ...{ name, state: "Idle", advertised: [] },
        lastError: `no router advertisement has been heard on ${link}`,
      }));

  return {
    update,
    bfdSnapshot: () => detection.snapshot(),
    snapshot: () => [
      ...[...running.values()].map(({ peer, advertised }) => ({ ...peer.snapshot(), advertised: [...advertised] })),
      ...waiting(),
    ],
    stop: async (text) => {
      latest = undefined;
      cancel?.();
      neighbors.watch(new Set());
      const entries = [...running.values()];
      running.clear();
      await Promise.all([detection.stop(), ...entries.map(({ peer }) => peer.stop(text))]);
    },
  };
}
