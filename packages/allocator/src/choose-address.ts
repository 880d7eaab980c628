import type { Spot } from "./holding.js";
import { occupy, settle, vacate } from "./ledger.js";
import { isBuggy } from "./pool-count.js";
import { ipAt, type Segment, type Side } from "./pool.js";
import { draw, hashText, mix } from "./random.js";
import type { Resting } from "./resting.js";
import type { SharedAddress } from "./sharing.js";
import { admitted, matches, verdictOn } from "./standing.js";
import type { Want } from "./want.js";

/** Most addresses that rest in order of release; beyond it the oldest is reused before a new one is touched. */
const MOST_RESTING = 1_048_576;

/** How often seeded-random draws before it takes the lowest address. */
const DRAWS = 32;

/** What a claim has chosen already in the same search. */
export type Chosen = readonly Spot[];

function isChosen(chosen: Chosen, { segment, at }: Spot): boolean {
  return chosen.some((spot) => spot.segment === segment && spot.at === at);
}

function isBefore(a: Spot, b: Spot): boolean {
  return a.segment === b.segment ? a.at < b.at : a.segment.index < b.segment.index;
}

/** The one that comes first in its side. */
export function earlier(a: Spot | undefined, b: Spot | undefined): Spot | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isBefore(b, a) ? b : a;
}

/** The lowest free address of a segment. Addresses that belong to no pool by its rules are put aside for good on the way. */
function lowestIn(segment: Segment): Spot | undefined {
  let at = segment.free.next();
  if (segment.side.pool.avoidBuggyIPs) {
    while (at >= 0 && isBuggy(ipAt(segment, at))) {
      occupy(segment, at);
      at = segment.free.next();
    }
  }
  return at < 0 ? undefined : { segment, at };
}

/** The lowest free address that is not reserved. */
function lowestOpen(side: Side): Spot | undefined {
  for (let index = side.open.lowest(); index >= 0; index = side.open.lowest()) {
    const spot = lowestIn(side.segments[index]!);
    if (spot !== undefined) return spot;
    side.open.remove(index);
  }
  return undefined;
}

/** The first reserved address that this claim may have. */
function ownReserved(side: Side, want: Want, now: number, chosen: Chosen): Spot | undefined {
  for (const segment of side.reserved) {
    if (!admitted(segment, want)) continue;
    const spot = lowestIn(segment);
    if (spot !== undefined) return spot;
  }
  for (const entry of side.resting) {
    if (side.reserved.length === 0) break;
    const { segment } = entry;
    if (segment.reservation !== undefined && !isChosen(chosen, entry) && verdictOn(entry, want, now) === undefined)
      return entry;
  }
  return undefined;
}

/** True if others have been promised all that is left. */
function isPromised(side: Side, want: Want, chosen: Chosen): boolean {
  if (side.promises.length === 0) return false;
  const resting = side.pool.holdDownMs > 0 ? side.resting.size : 0;
  let left = side.openCapacity - side.openUsed - resting - chosen.length;
  for (const promise of side.promises) {
    if (!matches(promise, want)) left -= Math.max(0, promise.count - promise.held);
  }
  return left < 1;
}

/** The address that this owner had last, or had first if `lowest`. */
function ownResting(side: Side, want: Want, chosen: Chosen, lowest: boolean): Spot | undefined {
  let found: Resting | undefined;
  for (const entry of side.resting.of(want.owner)) {
    if (isChosen(chosen, entry) || entry.segment.reservation !== undefined) continue;
    if (!lowest || found === undefined || isBefore(entry, found)) found = entry;
  }
  return found;
}

/** Never used before, then longest at rest. */
function longestUnused(side: Side, want: Want, now: number, chosen: Chosen): Spot | undefined {
  const fresh = side.resting.size < MOST_RESTING ? lowestOpen(side) : undefined;
  if (fresh !== undefined) return fresh;
  for (let entry = side.resting.oldest; entry !== undefined; entry = entry.after) {
    if (entry.until > now && entry.owner !== want.owner) break;
    if (!isChosen(chosen, entry) && entry.segment.reservation === undefined) return entry;
  }
  return ownResting(side, want, chosen, true) ?? lowestOpen(side);
}

/** Draws addresses until one is free; the lowest one where the draws find none. */
function drawn(side: Side, want: Want): Spot | undefined {
  const open = side.segments.filter(({ reservation }) => reservation === undefined);
  const total = open.reduce((sum, { free }) => sum + free.size, 0);
  let hash = hashText(want.owner, side.pool.seed);
  for (let attempt = 0; attempt < DRAWS && side.open.size > 0; attempt += 1, hash = mix(hash + attempt)) {
    let at = draw(hash, total);
    const segment = open.find(({ free }) => (at < free.size ? true : ((at -= free.size), false)));
    if (!segment?.free.isFree(at)) continue;
    if (!(side.pool.avoidBuggyIPs && isBuggy(ipAt(segment, at)))) return { segment, at };
  }
  return lowestOpen(side);
}

/** An address that nobody holds. */
function unheld(side: Side, want: Want, now: number, chosen: Chosen): Spot | undefined {
  if (side.reserved.length > 0) {
    const own = ownReserved(side, want, now, chosen);
    if (own !== undefined) return own;
  }
  if (isPromised(side, want, chosen)) return undefined;
  const { pool, resting } = side;
  if (pool.policy === "sticky-by-name") {
    return ownResting(side, want, chosen, false) ?? longestUnused(side, want, now, chosen);
  }
  if (pool.policy === "least-recently-used") return longestUnused(side, want, now, chosen);
  const found = pool.policy === "seeded-random" ? drawn(side, want) : lowestOpen(side);
  return resting.size === 0 ? found : earlier(found, ownResting(side, want, chosen, true));
}

/** The first address shared under the claim's keys where its ports are free. */
function compatible(side: Side, want: Want, chosen: Chosen): SharedAddress | undefined {
  const { groupKey, ports } = want.profile;
  const group = groupKey === undefined ? undefined : side.groups.get(groupKey);
  return group?.first(ports, (spot) => admitted(spot.segment, want) && !isChosen(chosen, spot));
}

function choose(side: Side, want: Want, now: number, chosen: Chosen): Spot | undefined {
  const shared = compatible(side, want, chosen);
  if (shared !== undefined && side.pool.policy === "pack-shared") return shared;
  return earlier(unheld(side, want, now, chosen), shared);
}

/** Up to `count` addresses of this side for the claim, best first. The books are as before afterwards. */
export function chooseOn(side: Side, want: Want, count: number, now: number): Chosen {
  if (count === 0 || side.segments.length === 0 || side.pool.rules.drain) return [];
  settle(side, now);
  if (count === 1) {
    const only = choose(side, want, now, []);
    return only === undefined ? [] : [only];
  }
  const chosen: Spot[] = [];
  const taken: Spot[] = [];
  for (let spot = choose(side, want, now, chosen); spot !== undefined; spot = choose(side, want, now, chosen)) {
    chosen.push(spot);
    if (spot.segment.slots.get(spot.at) === undefined) {
      occupy(spot.segment, spot.at);
      taken.push(spot);
    }
    if (chosen.length === count) break;
  }
  for (const { segment, at } of taken.reverse()) vacate(segment, at);
  return chosen;
}
