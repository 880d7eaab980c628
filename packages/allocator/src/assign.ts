import { compareIp, type Ip } from "@vipkit/net";
import { refusal, type Refusal } from "./claim.js";
import { spotsOf, type Holding, type Profile, type Spot } from "./holding.js";
import { attach, detach, ipOf, sizeOf, spotOf, type Ledger } from "./ledger.js";
import type { Pool } from "./pool.js";
import { isSameProfile } from "./profile.js";
import { verdictOn } from "./standing.js";
import type { Want } from "./want.js";

/** One address of each family at most, unless the claim counts on more. */
function formVerdict(ips: readonly Ip[], want: Want): Refusal | undefined {
  if (ips.length === 1 && want.claim.counts === undefined) return undefined;
  const distinct = new Set(ips).size;
  const ipv4 = ips.filter((ip) => typeof ip === "number").length;
  const { counts } = want.claim;
  if (counts !== undefined && distinct === ips.length) {
    if (ipv4 <= want.ipv4 && ips.length - ipv4 <= want.ipv6) return undefined;
    return refusal("too-many-addresses");
  }
  if (ips.length > 2) return refusal("too-many-addresses");
  return ips.length === 2 && ipv4 !== 1 ? refusal("same-family") : undefined;
}

/** The places of explicit addresses, IPv4 first; all in one pool unless the claim allows many. */
function placesOf(ledger: Ledger, ips: readonly Ip[], want: Want): Spot[] | Refusal {
  const spots: Spot[] = [];
  let pool: Pool | undefined;
  for (const ip of ips.length === 1 ? ips : [...ips].sort(compareIp)) {
    const spot = spotOf(ledger.index, ip);
    if (spot === undefined) return refusal("not-in-pool", { ip });
    pool ??= spot.segment.side.pool;
    if (!want.manyPools && pool !== spot.segment.side.pool) return refusal("not-in-pool", { ip });
    spots.push(spot);
  }
  return spots;
}

function poolVerdict({ rules }: Pool, want: Want): Refusal | undefined {
  if (rules.admits?.(want.profile.namespace, want.profile.labels) === false) {
    return refusal("pool-not-allowed", { pool: rules.name });
  }
  const { pool } = want.claim;
  return pool === undefined || pool === "" || pool === rules.name
    ? undefined
    : refusal("pool-mismatch", { pool: rules.name });
}

function isNever(): boolean {
  return false;
}

/**
 * Explicit addresses: their places if every rule allows them. Nothing is entered yet. `forgiven` are refusals that do not
 * count: a restart gives back what was held, whatever the rules for new addresses are.
 */
export function locate(
  ledger: Ledger,
  ips: readonly Ip[],
  want: Want,
  now: number,
  forgiven: (refusal: Refusal) => boolean = isNever,
): readonly Spot[] | Refusal {
  if (ips.length === 0) return refusal("no-addresses");
  const spots = placesOf(ledger, ips, want);
  if (!Array.isArray(spots)) return spots;
  for (const { segment } of spots) {
    const verdict = poolVerdict(segment.side.pool, want);
    if (verdict !== undefined && !forgiven(verdict)) return verdict;
  }
  const form = formVerdict(ips, want);
  if (form !== undefined) return form;
  for (const spot of spots) {
    const verdict = verdictOn(spot, want, now);
    if (verdict !== undefined && !forgiven(verdict)) return verdict;
  }
  return spots;
}

/** Whether the quotas allow so many addresses to the claim's owner, who gives back what it holds. */
export function quotaVerdict(want: Want, count: number, held: Holding | undefined): Refusal | undefined {
  const { quotas, namespace } = want.profile;
  for (const quota of quotas) {
    const own = held?.profile.quotas.includes(quota) === true && counted(quota, held, namespace) ? sizeOf(held) : 0;
    const used = quota.usedBy(namespace) - own;
    if (count > own && used + count > quota.config.addresses) {
      return refusal("quota-exceeded", { quota: quota.config.name, limit: quota.config.addresses, used });
    }
  }
  return undefined;
}

function counted(quota: { config: { perNamespace?: boolean | undefined } }, held: Holding, namespace: string): boolean {
  return quota.config.perNamespace !== true || held.profile.namespace === namespace;
}

function isAt(held: Holding, spots: readonly Spot[]): boolean {
  const standing = spotsOf(held);
  return (
    standing.length === spots.length &&
    standing.every(({ segment, at }, index) => spots[index]!.segment === segment && spots[index]!.at === at)
  );
}

/** Enters the addresses for the claim, in place of what its owner held. Returns `held` itself if nothing had to change. */
export function enter(
  ledger: Ledger,
  want: Want,
  spots: readonly Spot[],
  held: Holding | undefined,
  manyPools: boolean,
): Holding {
  if (held !== undefined) {
    if (isAt(held, spots) && isSameProfile(held.profile, want.profile) && held.manyPools === manyPools) return held;
    detach(ledger, held);
  }
  const holding = holdingAt(want.owner, want.profile, spots, manyPools);
  attach(ledger, holding);
  return holding;
}

/** A holding in its one shape; the places are copied, for they may be parts of the books. */
export function holdingAt(owner: string, profile: Profile, spots: readonly Spot[], manyPools: boolean): Holding {
  const { segment, at } = spots[0]!;
  const more = spots.length === 1 ? undefined : spots.slice(1).map((spot) => ({ segment: spot.segment, at: spot.at }));
  return { owner, profile, segment, at, more, manyPools };
}

export function ipsOf(holding: Holding): Ip[] {
  return holding.more === undefined ? [ipOf(holding)] : spotsOf(holding).map(ipOf);
}
