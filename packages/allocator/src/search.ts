import { refusal, type Refusal } from "./claim.js";
import { chooseOn } from "./choose-address.js";
import type { Spot } from "./holding.js";
import type { Ledger } from "./ledger.js";
import type { Pool } from "./pool.js";
import type { Want } from "./want.js";

/** Where in the search order a pool was looked at. */
export type Tier = "named" | "pinned" | "general";

/** What became of a pool in a search. */
export type PoolVerdict =
  "chosen" | "one-family" | "exhausted" | "no-family" | "draining" | "not-allowed" | "not-automatic" | "not-reached";

/** Hears what the search finds, pool by pool. */
export type Witness = (pool: Pool, tier: Tier, verdict: PoolVerdict) => void;

interface Offer {
  readonly pool: Pool;
  readonly ipv4: readonly Spot[];
  readonly ipv6: readonly Spot[];
}

/** By priority (0 and absent last), then by place in the configuration. */
export function byPriority(a: Pool, b: Pool): number {
  const rank = ({ rules }: Pool): number => {
    const priority = rules.config.allocateTo?.priority ?? 0;
    return priority === 0 ? Infinity : priority;
  };
  const [left, right] = [rank(a), rank(b)];
  return left === right ? a.rules.order - b.rules.order : left - right;
}

/** The pools of the two automatic steps for somebody, in order. */
export function automaticPools(
  ledger: Ledger,
  want: Want,
): { readonly pinned: readonly Pool[]; readonly general: readonly Pool[] } {
  const { namespace, labels } = want.profile;
  const pinned =
    ledger.pinned.length === 0 ? ledger.pinned : ledger.pinned.filter(({ rules }) => rules.admits!(namespace, labels));
  return { pinned, general: ledger.general };
}

function offerOf(pool: Pool, want: Want, now: number): Offer {
  return { pool, ipv4: chooseOn(pool.ipv4, want, want.ipv4, now), ipv6: chooseOn(pool.ipv6, want, want.ipv6, now) };
}

function emptyVerdict(pool: Pool, want: Want): PoolVerdict {
  if (pool.rules.drain) return "draining";
  const missing =
    (want.ipv4 > 0 && pool.ipv4.segments.length === 0) || (want.ipv6 > 0 && pool.ipv6.segments.length === 0);
  return missing ? "no-family" : "exhausted";
}

/** Both families together: what the claim asked for, IPv4 first. */
function wholeOf(offer: Offer, want: Want): readonly Spot[] | undefined {
  if (offer.ipv4.length < want.ipv4 || offer.ipv6.length < want.ipv6) return undefined;
  if (want.ipv6 === 0) return offer.ipv4;
  return want.ipv4 === 0 ? offer.ipv6 : [...offer.ipv4, ...offer.ipv6];
}

/** The first pool that has all; under `either` the first that has the primary family, then the first with the other. */
function fromOnePool(
  pools: readonly Pool[],
  tier: Tier,
  want: Want,
  now: number,
  witness?: Witness,
): readonly Spot[] | undefined {
  let primary: Offer | undefined;
  let secondary: Offer | undefined;
  const other = want.primary === "ipv4" ? "ipv6" : "ipv4";
  for (const pool of pools) {
    const offer = offerOf(pool, want, now);
    const whole = wholeOf(offer, want);
    if (whole !== undefined) {
      witness?.(pool, tier, "chosen");
      return whole;
    }
    const partly = want.either && offer.ipv4.length + offer.ipv6.length > 0;
    witness?.(pool, tier, partly ? "one-family" : emptyVerdict(pool, want));
    if (partly && offer[want.primary].length >= want[want.primary]) primary ??= offer;
    if (partly && offer[other].length >= want[other]) secondary ??= offer;
  }
  return primary?.[want.primary] ?? secondary?.[other];
}

/** Collects from pool after pool until each family has its number. */
function fromManyPools(pools: readonly Pool[], want: Want, now: number): readonly Spot[] | undefined {
  const found: { ipv4: Spot[]; ipv6: Spot[] } = { ipv4: [], ipv6: [] };
  for (const pool of pools) {
    found.ipv4.push(...chooseOn(pool.ipv4, want, want.ipv4 - found.ipv4.length, now));
    found.ipv6.push(...chooseOn(pool.ipv6, want, want.ipv6 - found.ipv6.length, now));
  }
  return found.ipv4.length < want.ipv4 || found.ipv6.length < want.ipv6 ? undefined : [...found.ipv4, ...found.ipv6];
}

function namesOf(pools: readonly Pool[]): string[] {
  return pools.slice(0, 16).map(({ rules }) => rules.name);
}

function searchNamed(
  ledger: Ledger,
  want: Want,
  name: string,
  now: number,
  witness?: Witness,
): readonly Spot[] | Refusal {
  const pool = ledger.byName.get(name);
  if (pool === undefined) return refusal("pool-unknown", { pool: name });
  if (pool.rules.admits?.(want.profile.namespace, want.profile.labels) === false) {
    witness?.(pool, "named", "not-allowed");
    return refusal("pool-not-allowed", { pool: name });
  }
  if (pool.rules.drain) {
    witness?.(pool, "named", "draining");
    return refusal("pool-draining", { pool: name });
  }
  return fromOnePool([pool], "named", want, now, witness) ?? refusal("pool-exhausted", { pool: name });
}

/** Chooses addresses for a claim without explicit ones. Nothing is entered yet. */
export function search(ledger: Ledger, want: Want, now: number, witness?: Witness): readonly Spot[] | Refusal {
  if (want.claim.pool !== undefined && want.claim.pool !== "")
    return searchNamed(ledger, want, want.claim.pool, now, witness);
  const { pinned, general } = automaticPools(ledger, want);
  const found =
    fromOnePool(pinned, "pinned", want, now, witness) ??
    fromOnePool(general, "general", want, now, witness) ??
    (want.manyPools ? fromManyPools([...pinned, ...general], want, now) : undefined);
  return found ?? refusal("no-free-address", { pools: namesOf([...pinned, ...general]) });
}
