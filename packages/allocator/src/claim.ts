import type { Ip, IpFamily } from "@vipkit/net";
import type { Labels } from "./selector.js";

export type FamilyPolicy = "SingleStack" | "PreferDualStack" | "RequireDualStack";

/** What somebody asks for. Plain values only; nothing in it is kept but its texts. */
export interface Claim {
  /** Who asks. One owner has one lease. */
  readonly owner: string;
  readonly namespace?: string | undefined;
  readonly labels?: Labels | undefined;
  /** Default ipv4. `dual` is one address of each family, from one pool. */
  readonly family?: IpFamily | "dual" | undefined;
  /** Under PreferDualStack a dual claim takes one family where no pool has both. Otherwise dual is both or nothing. */
  readonly familyPolicy?: FamilyPolicy | undefined;
  /** Which family PreferDualStack falls back to; IPv4 first by default. */
  readonly ipFamilies?: readonly IpFamily[] | undefined;
  /** `tcp/80`: protocol in any case, port 1 to 65535. */
  readonly ports?: readonly string[] | undefined;
  /** Owners with equal keys may be on one address. Empty or absent: never shared. */
  readonly sharingKey?: string | undefined;
  /** Sharing partners must agree on it; it stands for the set of backends. */
  readonly backendKey?: string | undefined;
  /** This pool and no other; `autoAssign` is ignored. */
  readonly pool?: string | undefined;
  /** These addresses and no others. */
  readonly addresses?: readonly Ip[] | undefined;
  /** More than one address of a family: how many of each (1 to 64). Without it `family` decides. */
  readonly counts?: { readonly ipv4?: number | undefined; readonly ipv6?: number | undefined } | undefined;
  /** The addresses may come from several pools. Default false. */
  readonly manyPools?: boolean | undefined;
}

/** What an owner holds. */
export interface Lease {
  readonly owner: string;
  /** The pool of the first address. */
  readonly pool: string;
  /** IPv4 before IPv6. */
  readonly ips: readonly Ip[];
  /** The pool of each address. */
  readonly pools: readonly string[];
  readonly ports: readonly string[];
  readonly sharingKey: string;
  readonly backendKey: string;
  readonly namespace: string;
  readonly labels: Labels;
}

export type Outcome = { readonly ok: true; readonly lease: Lease } | { readonly ok: false; readonly refusal: Refusal };

const MESSAGES = {
  "bad-claim": "the claim is not well formed",
  "no-addresses": "an explicit claim names at least one address",
  "not-in-pool": "no pool owns all of these addresses",
  "too-many-addresses": "at most one address of each family",
  "same-family": "two addresses of one family",
  "address-in-use": "the address is held by an owner that does not share it",
  "sharing-key-missing": "the address is shared, and the claim has no sharing key",
  "sharing-key-mismatch": "the address is shared under another sharing key",
  "backend-key-mismatch": "the address is shared by owners with other backends",
  "port-in-use": "a port of the claim is taken on the address",
  "held-down": "the address was released a short time ago and rests",
  reserved: "the address is reserved for others",
  "pool-unknown": "there is no pool of that name",
  "pool-mismatch": "the addresses are not in the pool that the claim names",
  "pool-not-allowed": "the pool is not open to this namespace and these labels",
  "pool-draining": "the pool gives nothing new",
  "pool-exhausted": "the pool has no usable address of the family asked for",
  "no-free-address": "no pool has a usable address of the family asked for",
  "family-mismatch": "what is held is of another family than asked for",
  "quota-exceeded": "the quota does not allow more addresses",
} as const;

/** Why a claim was refused: stable, for programs. */
export type RefusalCode = keyof typeof MESSAGES;

/** The facts behind a refusal, as far as they apply. All but `ip` of IPv6 is plain JSON. */
export interface RefusalFacts {
  /** The address that decided. */
  readonly ip?: Ip;
  readonly pool?: string;
  /** The pools that were looked at, in order. */
  readonly pools?: readonly string[];
  readonly port?: string;
  /** Who is in the way; sorted, at most 8. */
  readonly owners?: readonly string[];
  readonly quota?: string;
  readonly limit?: number;
  /** What a quota has given out already, this owner apart. */
  readonly used?: number;
  readonly issues?: readonly { readonly code: string; readonly path: string; readonly message: string }[];
}

export interface Refusal extends RefusalFacts {
  readonly code: RefusalCode;
  readonly message: string;
}

export function refusal(code: RefusalCode, facts: RefusalFacts = {}): Refusal {
  return { code, message: MESSAGES[code], ...facts };
}
