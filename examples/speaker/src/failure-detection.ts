import { createBfdSpeaker, type BfdSession, type BfdSessionConfig } from "@vipkit/bfd/node";
import type { PeerConfig } from "@vipkit/bgp";
import type { BfdProfile } from "@vipkit/k8s-adapter";
import { formatIp, formatScopedIp, type Host, type Millis } from "@vipkit/net";
import type { Tell } from "./events.js";

/** A BFD session for each BGP peer that has a profile. */
export interface FailureDetection {
  /** Starts, changes and stops sessions; timers change while a session is up. */
  update(wanted: ReadonlyMap<string, BfdSessionConfig>): void;
  snapshot(): readonly object[];
  /** Tells the other ends, and closes. */
  stop(): Promise<void>;
}

/** The path to a peer has failed; it was last known to work at `workedAt`, in the host's time. */
export type PathFailed = (peer: string, reason: string, workedAt: Millis) => void;

/** What a multi-hop packet must still have where the profile does not say: one hop between. */
const MINIMUM_TTL = 254;
const INTERVAL_MS = 300;
const MULTIPLIER = 3;
/** How soon a session that could not be started is tried again. */
const RETRY_MS = 5000;

/** The BFD session of a BGP peer with this profile. */
export function bfdConfigOf(peer: PeerConfig, profile: BfdProfile): BfdSessionConfig {
  const multihop = peer.ebgpMultihop !== undefined;
  return {
    name: peer.name,
    local: peer.source,
    remote: peer.remote.ip,
    zone: peer.remote.zone,
    device: peer.device,
    desiredMinTxMs: profile.transmitIntervalMs ?? INTERVAL_MS,
    requiredMinRxMs: profile.receiveIntervalMs ?? INTERVAL_MS,
    detectMultiplier: profile.detectMultiplier ?? MULTIPLIER,
    passive: profile.passiveMode,
    ...(multihop ? { multihop, minTtl: profile.minimumTtl ?? MINIMUM_TTL } : {}),
  };
}

interface Watched {
  config: BfdSessionConfig;
  /** What a running session cannot change. */
  readonly key: string;
  session: BfdSession | undefined;
  gone: boolean;
}

function keyOf({ local, remote, zone, device, passive, multihop, minTtl }: BfdSessionConfig): string {
  const addresses = [local === undefined ? "" : formatIp(local), formatScopedIp({ ip: remote, zone })];
  return JSON.stringify([...addresses, device, passive, multihop, minTtl]);
}

function hasSameTimers(a: BfdSessionConfig, b: BfdSessionConfig): boolean {
  return (
    a.desiredMinTxMs === b.desiredMinTxMs &&
    a.requiredMinRxMs === b.requiredMinRxMs &&
    a.detectMultiplier === b.detectMultiplier
  );
}

/** @param complain says once what is wrong with a peer */
export function createFailureDetection(
  host: Host,
  tell: Tell,
  complain: (peer: string, message: string) => void,
  failed: PathFailed,
): FailureDetection {
  // Where a peer names no source address, the kernel chooses one for BGP and BFD alike.
  const bfd = createBfdSpeaker({ host, receiveOn: "any" });
  const watched = new Map<string, Watched>();
  const ending = new Set<Promise<void>>();

  const follow = (name: string, session: BfdSession): void => {
    session.onEvent((event) => {
      if (event.type === "up") tell({ type: "bfd", peer: name, state: "up", reason: "both ends hear each other" });
      if (event.type !== "down") return;
      const { reason, administrative, heardUpMsAgo } = event;
      // RFC 5882 section 4.2: who stops watching says nothing about the path.
      if (!administrative) failed(name, `BFD: ${reason}`, host.clock.now() - heardUpMsAgo);
      tell({ type: "bfd", peer: name, state: administrative ? "administratively down" : "down", reason });
    });
  };
  const start = (name: string, entry: Watched): void => {
    bfd.startSession(entry.config).then(
      (session) => {
        entry.session = session;
        if (entry.gone) end(entry);
        else {
          follow(name, session);
          setTimers(entry);
        }
      },
      (error: unknown) => {
        if (entry.gone) return;
        complain(name, `no BFD session: ${error instanceof Error ? error.message : String(error)}`);
        host.clock.after(RETRY_MS, () => {
          if (!entry.gone) start(name, entry);
        });
      },
    );
  };
  const setTimers = ({ session, config }: Watched): void => {
    const { desiredMinTxMs = INTERVAL_MS, requiredMinRxMs = INTERVAL_MS, detectMultiplier = MULTIPLIER } = config;
    session?.setTimers({ desiredMinTxMs, requiredMinRxMs, detectMultiplier });
  };
  const end = (entry: Watched): void => {
    entry.gone = true;
    const { session } = entry;
    if (session === undefined) return;
    const done = session.stop().finally(() => ending.delete(done));
    ending.add(done);
  };
  const endAll = (): void => {
    for (const entry of watched.values()) end(entry);
    watched.clear();
  };

  return {
    update: (wanted) => {
      for (const [name, entry] of [...watched]) {
        const config = wanted.get(name);
        if (config !== undefined && keyOf(config) === entry.key) continue;
        end(entry);
        watched.delete(name);
      }
      for (const [name, config] of wanted) {
        const entry = watched.get(name);
        if (entry === undefined) {
          const fresh: Watched = { config, key: keyOf(config), session: undefined, gone: false };
          watched.set(name, fresh);
          start(name, fresh);
        } else if (!hasSameTimers(entry.config, config)) {
          entry.config = config;
          setTimers(entry);
        }
      }
    },
    snapshot: () =>
      [...watched].map(([name, { session, config }]) => ({
        peer: name,
        address: formatScopedIp({ ip: config.remote, zone: config.zone }),
        multihop: config.multihop === true,
        ...(session === undefined ? { state: "starting" } : session.snapshot()),
      })),
    stop: async () => {
      endAll();
      await Promise.all(ending);
    },
  };
}
