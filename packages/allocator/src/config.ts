import type { Labels, LabelSelector } from "./selector.js";

/** How an address is chosen inside a pool; every policy is deterministic. */
export type ChoicePolicy =
  /** The lowest usable address, ranges in configured order. A claim that shares takes the first free or compatible one. */
  | "first-fit"
  /** An address that is already shared under the claim's keys, before any free one. */
  | "pack-shared"
  /** Addresses never used before, then the one whose release is longest ago. */
  | "least-recently-used"
  /** A free address drawn from `seed` and the owner. */
  | "seeded-random"
  /** The address the same owner had last, while it is free; else as least-recently-used. */
  | "sticky-by-name";

/** Who may use a pool. Present, even empty, it makes the pool a pinned one, which is tried before the general ones. */
export interface PoolScope {
  /** Lower comes first; 0 or absent comes last. */
  readonly priority?: number | undefined;
  /** Absent or empty: any namespace. */
  readonly namespaces?: readonly string[] | undefined;
  /** Any of them must match; absent or empty: any labels. */
  readonly serviceSelectors?: readonly (string | LabelSelector)[] | undefined;
  /** Nobody may use the pool: limits were given that match nothing at present. */
  readonly closed?: boolean | undefined;
}

/** Who something is meant for: every part that is given must fit, and at least one part must be given. */
export interface ClaimMatch {
  readonly owner?: string | undefined;
  readonly namespace?: string | undefined;
  readonly selector?: string | LabelSelector | undefined;
}

/** Keeps addresses of a pool for somebody, also while they hold none. Give either `addresses` or `count` with `family`. */
export interface ReservationConfig {
  readonly for: ClaimMatch;
  /** These addresses (ranges of the pool) go to matching claims only, and matching claims get them first. */
  readonly addresses?: readonly string[] | undefined;
  /** So many addresses of the family stay available to matching claims. */
  readonly count?: number | undefined;
  readonly family?: "ipv4" | "ipv6" | undefined;
}

/** A pool of addresses as plain JSON. */
export interface PoolConfig {
  readonly name: string;
  /** CIDRs without host bits, `first-last` ranges, single addresses; both families may mix. Order is the order of use. */
  readonly addresses: readonly string[];
  /** False: used only when named or by explicit address. Default true. */
  readonly autoAssign?: boolean | undefined;
  /** IPv4 addresses whose last octet is 0 or 255 do not belong to the pool. Default false. */
  readonly avoidBuggyIPs?: boolean | undefined;
  readonly allocateTo?: PoolScope | undefined;
  /** Default first-fit. */
  readonly policy?: ChoicePolicy | undefined;
  /** For seeded-random: an integer from 0 to 2^32 - 1. Default 0. */
  readonly seed?: number | undefined;
  /** Addresses and ranges that do not belong to the pool. */
  readonly exclude?: readonly string[] | undefined;
  readonly reservations?: readonly ReservationConfig[] | undefined;
  /** So long after its release an address goes to nobody but its last owner. Default 0. */
  readonly holdDownMs?: number | undefined;
  /** Keeps what is held and gives nothing new. Default false. */
  readonly drain?: boolean | undefined;
}

/** A bound on the addresses that some claims hold together. */
export interface QuotaConfig {
  readonly name: string;
  /** Absent: every claim counts. */
  readonly for?:
    { readonly namespace?: string | undefined; readonly selector?: string | LabelSelector | undefined } | undefined;
  /** True: the limit holds for each namespace by itself. Default false. */
  readonly perNamespace?: boolean | undefined;
  /** Most addresses; an address that two owners share counts for both. */
  readonly addresses: number;
}

export type { Labels, LabelSelector };
