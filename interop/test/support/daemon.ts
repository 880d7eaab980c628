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
  /** AGGREGATOR, as `65000 192.0.2.1`. */
  readonly aggregator?: string;
  readonly atomicAggregate?: boolean;
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
  /** Keeps stale routes for the long-lived stale time (RFC 9494); with `gracefulRestart`. */
  readonly longLived?: boolean;
  /** Hears several paths of one prefix (RFC 7911). */
  readonly addPath?: boolean;
  /** Offers RFC 7313, where that is not its habit. */
  readonly enhancedRefresh?: boolean;
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

/** The first path of each prefix. */
export function byPrefix(paths: readonly DaemonRoute[]): Map<string, DaemonRoute> {
  const routes = new Map<string, DaemonRoute>();
  for (const path of paths) if (!routes.has(path.prefix)) routes.set(path.prefix, path);
  return routes;
}

/** A routing daemon in a namespace. */
export interface Daemon {
  readonly name: string;
  readonly version: string;
  /** All BGP routes of the family, by prefix. */
  routes(family: "ipv4" | "ipv6"): Promise<ReadonlyMap<string, DaemonRoute>>;
  /** All paths that neighbours have told it, where a prefix may have several. */
  paths(family: "ipv4" | "ipv6"): Promise<readonly DaemonRoute[]>;
  /** The word that the daemon uses for the neighbour's state, lower case: `established` when it is up. */
  state(address: string): Promise<string>;
  /** Everything it says about the neighbour. */
  describe(address: string): Promise<string>;
  /** Asks the neighbour for its routes once more (RFC 2918). */
  refresh(address: string): Promise<void>;
  /** Closes the session with Cease and a shutdown communication (RFC 9003). @returns the text as it is sent */
  shutDown(address: string, text: string): Promise<string>;
  /** What it has logged. */
  log(): string;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}
