import { VipkitError } from "@vipkit/net";

/** All timing and bounds of a member. Milliseconds throughout; the first block has memberlist's own names and meanings. */
export interface SwimConfig {
  /** Whole exchange over one stream. */
  readonly tcpTimeoutMs: number;
  /** How many others are asked to ping a silent member. */
  readonly indirectChecks: number;
  /** A rumour is sent at most this many times the decimal logarithm of the number of members. */
  readonly retransmitMult: number;
  readonly suspicionMult: number;
  readonly suspicionMaxTimeoutMult: number;
  /** Whole view with one random member; stretched above 32 members. */
  readonly pushPullIntervalMs: number;
  readonly probeTimeoutMs: number;
  readonly probeIntervalMs: number;
  readonly gossipIntervalMs: number;
  readonly gossipNodes: number;
  /** Dead members go on to hear rumours for so long, and are forgotten after it. */
  readonly gossipToTheDeadMs: number;
  /** Health score from 0 to this, exclusive; the probe interval is stretched by score + 1. */
  readonly awarenessMaxMultiplier: number;
  /** Octets of one datagram. */
  readonly packetBytes: number;
  readonly tcpPings: boolean;
  /** A dead member's name may be claimed from another address after so long; Infinity is never. */
  readonly deadReclaimMs: number;
  /** Protocol version to speak, 1 to 5. */
  readonly protocolVersion: number;

  /** With at most this many others, each of them is probed every interval (0: one at a time, as memberlist does). */
  readonly meshLimit: number;
  /** A suspicion that all living members of a mesh share ends after this long; Infinity keeps to the formula. */
  readonly unanimousMs: number;
  /** Seeds that are no members, and dead members, are contacted this often, so that a partition heals. Infinity: never. */
  readonly healIntervalMs: number;
  /** The same while no other member is known: the first pause, doubled up to `healIntervalMs`. */
  readonly isolatedHealMs: number;
  /** Members known at most, dead ones included; further ones are ignored. */
  readonly maxMembers: number;
  /** Streams open at the same time. */
  readonly maxStreams: number;
  /** Pings on behalf of others waiting at the same time. */
  readonly maxRelays: number;
  /** Application messages waiting to be spread. */
  readonly maxUserBroadcasts: number;
}

export type ProfileName = "lan" | "wan" | "local" | "fast";

const LAN: SwimConfig = {
  tcpTimeoutMs: 10_000,
  indirectChecks: 3,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  pushPullIntervalMs: 30_000,
  probeTimeoutMs: 500,
  probeIntervalMs: 1000,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  gossipToTheDeadMs: 30_000,
  awarenessMaxMultiplier: 8,
  packetBytes: 1400,
  tcpPings: true,
  deadReclaimMs: Infinity,
  protocolVersion: 2,
  meshLimit: 0,
  unanimousMs: Infinity,
  healIntervalMs: 15_000,
  isolatedHealMs: 1000,
  maxMembers: 4096,
  maxStreams: 128,
  maxRelays: 256,
  maxUserBroadcasts: 256,
};

/** `lan`, `wan` and `local` are memberlist's defaults; `fast` probes everybody each 100 ms and is meant for one segment. */
export const PROFILES: Readonly<Record<ProfileName, SwimConfig>> = {
  lan: LAN,
  wan: {
    ...LAN,
    tcpTimeoutMs: 30_000,
    suspicionMult: 6,
    pushPullIntervalMs: 60_000,
    probeTimeoutMs: 3000,
    probeIntervalMs: 5000,
    gossipIntervalMs: 500,
    gossipNodes: 4,
    gossipToTheDeadMs: 60_000,
    healIntervalMs: 30_000,
  },
  local: {
    ...LAN,
    tcpTimeoutMs: 1000,
    indirectChecks: 1,
    retransmitMult: 2,
    suspicionMult: 3,
    pushPullIntervalMs: 15_000,
    probeTimeoutMs: 200,
    gossipIntervalMs: 100,
    gossipToTheDeadMs: 15_000,
    healIntervalMs: 5000,
  },
  fast: {
    ...LAN,
    tcpTimeoutMs: 1000,
    suspicionMult: 3,
    pushPullIntervalMs: 5000,
    probeTimeoutMs: 40,
    probeIntervalMs: 100,
    gossipIntervalMs: 20,
    gossipToTheDeadMs: 10_000,
    deadReclaimMs: 1000,
    meshLimit: 32,
    unanimousMs: 100,
    healIntervalMs: 1000,
    isolatedHealMs: 100,
  },
};

/**
 * A profile with single values put over it.
 * @throws VipkitError `ERR_SWIM_CONFIG` for a value that is not a positive number, or a protocol version outside 1 to 5
 */
export function swimConfig(profile: ProfileName, over: Partial<SwimConfig> = {}): SwimConfig {
  const config = { ...PROFILES[profile], ...over };
  for (const [name, value] of Object.entries(config) as [keyof SwimConfig, number | boolean][]) {
    if (typeof value === "number" && !(value >= lowestOf(name))) {
      throw new VipkitError("ERR_SWIM_CONFIG", `${name} is ${value}, at least ${lowestOf(name)} is allowed`, {
        found: String(value),
        allowed: `at least ${lowestOf(name)}`,
      });
    }
  }
  if (config.protocolVersion > 5) {
    throw new VipkitError("ERR_SWIM_CONFIG", `protocolVersion is ${config.protocolVersion}`, { allowed: "1 to 5" });
  }
  return config;
}

function lowestOf(name: keyof SwimConfig): number {
  const mayBeZero: readonly (keyof SwimConfig)[] = [
    "indirectChecks",
    "meshLimit",
    "unanimousMs",
    "deadReclaimMs",
    "maxRelays",
  ];
  return mayBeZero.includes(name) ? 0 : 1;
}
