import { AddressIndex } from "./address-index.js";
import { holdingAt, ipsOf } from "./assign.js";
import { readPools, type ReadPool } from "./check-pools.js";
import { checkQuotas } from "./check-quotas.js";
import type { Lease } from "./claim.js";
import type { PoolConfig, QuotaConfig } from "./config.js";
import { spotsOf, type Holding, type Spot } from "./holding.js";
import type { Issue } from "./issue.js";
import { leaseFrom } from "./lease.js";
import { attach, detach, ipOf, spotOf, type Ledger, occupy } from "./ledger.js";
import { createPool, type Pool } from "./pool.js";
import { quotasFor } from "./profile.js";
import { Quota } from "./quota.js";
import { Resting } from "./resting.js";
import { byPriority } from "./search.js";
import { SharedAddress } from "./sharing.js";

/** What became of a new set of pools. */
export type PoolsOutcome =
  | {
      readonly ok: true;
      /** False: the set is the one in use, and nothing was done. */
      readonly changed: boolean;
      /** Who lost all addresses, because one of them is in no pool any more; by owner. */
      readonly lost: readonly Lease[];
    }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Pools that would be in use. */
export interface PoolSet {
  readonly pools: readonly Pool[];
  readonly index: AddressIndex;
}

/** Builds the pools, going on with those of `old` whose addresses are laid out the same. */
export function buildPools(read: readonly ReadPool[], old: readonly Pool[]): PoolSet {
  const spare = new Map<string, Pool[]>();
  for (const pool of old) spare.set(pool.shape, [...(spare.get(pool.shape) ?? []), pool]);
  const pools = read.map((one, order) => createPool(one, order, (shape) => spare.get(shape)?.shift()));
  return { pools, index: new AddressIndex(pools) };
}

/** Where a lease would stand in other pools: its places, if it can stay. */
export function rehome(index: AddressIndex, holding: Holding): readonly Spot[] | undefined {
  const spots: Spot[] = [];
  for (const ip of ipsOf(holding)) {
    const spot = spotOf(index, ip);
    if (spot === undefined) return undefined;
    if (!holding.manyPools && spots.length > 0 && spot.segment.side.pool !== spots[0]!.segment.side.pool)
      return undefined;
    spots.push(spot);
  }
  return spots;
}

function holdersIn(pool: Pool, found: Set<Holding>): void {
  for (const side of [pool.ipv4, pool.ipv6]) {
    for (const { slots } of side.segments) {
      for (const standing of slots) {
        if (standing instanceof SharedAddress) for (const holding of standing.holders) found.add(holding);
        else if (!(standing instanceof Resting)) found.add(standing);
      }
    }
  }
}

function moveResting(pool: Pool, index: AddressIndex): void {
  for (const side of [pool.ipv4, pool.ipv6]) {
    for (const entry of side.resting) {
      const spot = spotOf(index, ipOf(entry));
      if (spot === undefined || spot.segment.slots.get(spot.at) !== undefined) continue;
      rest(new Resting(spot.segment, spot.at, entry.owner, entry.until));
    }
  }
}

/** Puts an address to rest in pools that know nothing of it yet. */
export function rest(entry: Resting): void {
  const { segment, at } = entry;
  occupy(segment, at);
  segment.slots.set(at, entry);
  segment.side.resting.add(entry);
}

/** Puts new pools in the place of the old ones and everybody's addresses with them. Returns who lost them. */
function replace(ledger: Ledger, { pools, index }: PoolSet): readonly Lease[] {
  const gone = ledger.pools.filter((pool) => !pools.includes(pool));
  const uprooted = new Set<Holding>();
  for (const pool of gone) holdersIn(pool, uprooted);
  const leases = new Map([...uprooted].map((holding) => [holding, leaseFrom(holding)]));
  const places = new Map([...uprooted].map((holding) => [holding, rehome(index, holding)]));
  for (const holding of uprooted) detach(ledger, holding);
  const lost: Lease[] = [];
  for (const [holding, spots] of places) {
    if (spots === undefined) lost.push(leases.get(holding)!);
    else attach(ledger, holdingAt(holding.owner, holding.profile, spots, holding.manyPools));
  }
  for (const pool of gone) moveResting(pool, index);
  return lost.sort((a, b) => (a.owner < b.owner ? -1 : 1));
}

export function install(ledger: Ledger, { pools, index }: PoolSet): void {
  ledger.pools = pools;
  ledger.index = index;
  ledger.byName = new Map(pools.map((pool) => [pool.rules.name, pool]));
  const automatic = pools.filter(({ rules }) => rules.autoAssign);
  ledger.pinned = automatic.filter(({ rules }) => rules.admits !== undefined).sort(byPriority);
  ledger.general = automatic.filter(({ rules }) => rules.admits === undefined);
}

function recountQuotas(ledger: Ledger, quotas: readonly QuotaConfig[]): void {
  ledger.quotas = quotas.map((config) => new Quota(config));
  const seen = new Set<object>();
  for (const holding of ledger.holdings.values()) {
    const { profile } = holding;
    if (!seen.has(profile)) profile.quotas = quotasFor(ledger.quotas, profile.namespace, profile.labels);
    seen.add(profile);
    for (const quota of profile.quotas) quota.change(profile.namespace, spotsOf(holding).length);
  }
}

/** A deep copy of plain JSON, so that a caller's later change cannot reach the books. */
function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Changes pools and quotas, all or nothing. Holders keep their addresses wherever a pool still has them. */
export function setPools(
  ledger: Ledger,
  pools: readonly PoolConfig[],
  quotas: readonly QuotaConfig[] | undefined,
): PoolsOutcome {
  const reading = readPools(pools);
  const wrong = [...(reading.ok ? [] : reading.issues), ...(quotas === undefined ? [] : checkQuotas(quotas))];
  if (!reading.ok || wrong.length > 0) return { ok: false, issues: wrong };
  const samePools = JSON.stringify(pools) === JSON.stringify(ledger.pools.map(({ rules }) => rules.config));
  const wanted = quotas ?? ledger.quotas.map(({ config }) => config);
  const sameQuotas = JSON.stringify(wanted) === JSON.stringify(ledger.quotas.map(({ config }) => config));
  if (samePools && sameQuotas) return { ok: true, changed: false, lost: [] };
  let lost: readonly Lease[] = [];
  if (!samePools) {
    const set = buildPools(
      reading.pools.map((one) => ({ ...one, config: copied(one.config) })),
      ledger.pools,
    );
    lost = replace(ledger, set);
    install(ledger, set);
  }
  if (!sameQuotas) recountQuotas(ledger, copied(wanted));
  return { ok: true, changed: true, lost };
}
