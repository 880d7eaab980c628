/** One route as a daemon shows it. Absent: the daemon does not show it. */
export interface DaemonRoute {
  readonly prefix: string;
  readonly nextHops: readonly string[];
  readonly asPath?: readonly number[];
  readonly localPref?: number;
  readonly med?: number;
  /** `65000:1`; well-known ones by number, as `65535:0`. */
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly stale?: boolean;
}

/** One neighbour of a daemon. */
export interface DaemonNeighbor {
  readonly address: string;
  readonly asn: number;
  /** Defaults to the daemon's own role: `active` dials too, `passive` waits. */
  readonly mode?: "active" | "passive";
  readonly password?: string;
  readonly holdTimeSeconds?: number;
  /** Packets must come from one hop away. */
  readonly gtsm?: boolean;
  /** What the daemon is to its neighbour (RFC 9234). */
  readonly role?: "provider" | "customer" | "peer";
  readonly bfd?: { readonly intervalMs: number; readonly multiplier: number };
  /** Interface of a link-local address. */
  readonly interface?: string;
  readonly gracefulRestart?: boolean;
  readonly addPath?: boolean;
  /** Address families, default both. */
  readonly families?: readonly ("ipv4" | "ipv6")[];
  /** The daemon speaks with 2-octet AS numbers only. */
  readonly twoOctetAs?: boolean;
}

export interface DaemonConfig {
  readonly asn: number;
  readonly routerId: string;
  readonly neighbors: readonly DaemonNeighbor[];
  /** Prefixes that the daemon announces itself. */
  readonly networks?: readonly string[];
  /** Local address for IPv4 and IPv6 sessions, where the daemon wants to be told. */
  readonly local?: { readonly ipv4?: string; readonly ipv6?: string };
}

/** A routing daemon in a namespace. */
export interface Daemon {
  readonly name: string;
  readonly version: string;
  /** All BGP routes of the family, by prefix. */
  routes(family: "ipv4" | "ipv6"): Promise<ReadonlyMap<string, DaemonRoute>>;
  /** The word that the daemon uses for the neighbour's state, lower case: `established` when it is up. */
  state(address: string): Promise<string>;
  /** Everything it says about the neighbour. */
  describe(address: string): Promise<string>;
  /** Asks the neighbour for its routes once more (RFC 2918). */
  refresh(address: string): Promise<void>;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}
