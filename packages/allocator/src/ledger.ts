import type { Ip } from "@vipkit/net";
import { AddressIndex } from "./address-index.js";
import type { Offset } from "./free-set.js";
import { spotsOf, type Holding, type Profile, type Spot } from "./holding.js";
import { HoldingTable } from "./holding-table.js";
import { isBuggy } from "./pool-count.js";
import { dropProfile, useProfile } from "./profile.js";
import { ipAt, offsetIn, type Pool, type Segment, type Side } from "./pool.js";
import type { Quota } from "./quota.js";
import { Resting } from "./resting.js";
import { SharedAddress, SharingGroup } from "./sharing.js";

/** The books: pools, who holds what, and everything that must agree with it. */
export interface Ledger {
  pools: readonly Pool[];
  byName: ReadonlyMap<string, Pool>;
  index: AddressIndex;
  /** Pools of the automatic search with and without limits, in the order of use. */
  pinned: readonly Pool[];
  general: readonly Pool[];
  quotas: readonly Quota[];
  readonly holdings: HoldingTable;
  /** Plain profiles in use, by namespace and ports. */
  readonly profiles: Map<string, Map<string, Profile>>;
  /** The latest time that was given, in milliseconds. */
  now: number;
}

export function createLedger(): Ledger {
  return {
    pools: [],
    byName: new Map(),
    index: new AddressIndex([]),
    pinned: [],
    general: [],
    quotas: [],
    holdings: new HoldingTable(),
    profiles: new Map(),
    now: 0,
  };
}

/** The place of an address that belongs to a pool, by the rules of that pool. */
export function spotOf(index: AddressIndex, ip: Ip): Spot | undefined {
  const segment = index.find(ip);
  if (segment === undefined || (segment.side.pool.avoidBuggyIPs && isBuggy(ip))) return undefined;
  return { segment, at: offsetIn(segment, ip) };
}

export function ipOf({ segment, at }: Spot): Ip {
  return ipAt(segment, at);
}

/** Marks a position as taken in the books of free addresses. */
export function occupy(segment: Segment, at: Offset): void {
  segment.free.take(at);
  if (segment.reservation === undefined && segment.free.isFull) segment.side.open.remove(segment.index);
}

/** The reverse of occupy. */
export function vacate(segment: Segment, at: Offset): void {
  segment.free.free(at);
  if (segment.reservation === undefined) segment.side.open.add(segment.index);
}

/** Takes back what rests no longer. Only pools that rest for a time alone do so; others keep the order of release. */
export function settle(side: Side, now: number): void {
  const { resting, pool } = side;
  if (resting.size === 0 || keepsOrder(pool)) return;
  for (let entry = resting.oldest; entry !== undefined && entry.until <= now; entry = resting.oldest) wake(entry);
}

/** Ends the rest of an address: it is free. */
function wake(entry: Resting): void {
  entry.segment.side.resting.remove(entry);
  entry.segment.slots.delete(entry.at);
  vacate(entry.segment, entry.at);
}

/** True for policies that remember the order in which addresses were released. */
export function keepsOrder({ policy }: Pool): boolean {
  return policy === "least-recently-used" || policy === "sticky-by-name";
}

function groupFor(side: Side, profile: Profile, key: string): SharingGroup {
  const found = side.groups.get(key);
  if (found !== undefined) return found;
  const made = new SharingGroup(key, profile.sharingKey, profile.backendKey);
  side.groups.set(key, made);
  return made;
}

function countUse(segment: Segment, step: number): void {
  const { side } = segment;
  side.used += step;
  if (segment.reservation === undefined) side.openUsed += step;
}

function countReservations(holding: Holding, segment: Segment, step: number): void {
  const { promises } = segment.side;
  if (promises.length === 0) return;
  const { namespace, labels } = holding.profile;
  for (const promise of promises) {
    if (promise.matches({ owner: holding.owner, namespace, labels })) promise.held += step;
  }
}

function settleOn(holding: Holding, segment: Segment, at: Offset): void {
  const { slots, side } = segment;
  const standing = slots.get(at);
  countReservations(holding, segment, 1);
  if (standing instanceof SharedAddress) {
    standing.join(holding);
    return;
  }
  if (standing instanceof Resting) side.resting.remove(standing);
  else occupy(segment, at);
  countUse(segment, 1);
  const { groupKey } = holding.profile;
  if (groupKey === undefined) {
    slots.set(at, holding);
    return;
  }
  const group = groupFor(side, holding.profile, groupKey);
  const shared = new SharedAddress(segment, at, group);
  group.add(shared);
  shared.join(holding);
  slots.set(at, shared);
}

/** The last holder has gone: the address rests or is free. */
function empty(holding: Holding, segment: Segment, at: Offset, now: number): void {
  const { side, slots } = segment;
  countUse(segment, -1);
  if (side.pool.holdDownMs > 0 || keepsOrder(side.pool)) {
    const resting = new Resting(segment, at, holding.owner, now + side.pool.holdDownMs);
    slots.set(at, resting);
    side.resting.add(resting);
    return;
  }
  slots.delete(at);
  vacate(segment, at);
}

function leave(holding: Holding, segment: Segment, at: Offset, now: number): void {
  countReservations(holding, segment, -1);
  const standing = segment.slots.get(at);
  if (standing instanceof SharedAddress) {
    standing.leave(holding);
    if (standing.holders.size > 0) return;
    standing.group.remove(standing);
    if (standing.group.isEmpty) segment.side.groups.delete(standing.group.key);
  }
  empty(holding, segment, at, now);
}

function countQuotas({ profile, more }: Holding, sign: number): void {
  for (const quota of profile.quotas) quota.change(profile.namespace, sign * (1 + (more?.length ?? 0)));
}

/** Enters a holding. Whoever calls has made sure that every rule allows it. */
export function attach(ledger: Ledger, holding: Holding): void {
  settleOn(holding, holding.segment, holding.at);
  if (holding.more !== undefined) for (const { segment, at } of holding.more) settleOn(holding, segment, at);
  useProfile(ledger, holding.profile);
  countQuotas(holding, 1);
  ledger.holdings.set(holding.owner, holding);
}

/** Strikes a holding out. */
export function detach(ledger: Ledger, holding: Holding): void {
  leave(holding, holding.segment, holding.at, ledger.now);
  if (holding.more !== undefined) for (const { segment, at } of holding.more) leave(holding, segment, at, ledger.now);
  ledger.holdings.delete(holding.owner);
  countQuotas(holding, -1);
  dropProfile(ledger, holding.profile);
}

/** Number of addresses a holding has. */
export function sizeOf(holding: Holding | undefined): number {
  return holding === undefined ? 0 : spotsOf(holding).length;
}
