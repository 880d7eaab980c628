import type { Ip } from "@vipkit/net";
import { enter, ipsOf, locate, quotaVerdict } from "./assign.js";
import { chooseOn, earlier } from "./choose-address.js";
import { refusal, type Refusal } from "./claim.js";
import { spotsOf, type Holding, type Spot } from "./holding.js";
import { ipOf, spotOf, type Ledger } from "./ledger.js";
import type { Side } from "./pool.js";
import { search, type Witness } from "./search.js";
import { verdictOn } from "./standing.js";
import type { Want } from "./want.js";

/** What a claim comes to: the addresses it gets, and by which of the steps. */
export interface Decision {
  readonly spots: readonly Spot[];
  readonly step: "held" | "explicit" | "found";
  /** What the owner holds until then. */
  readonly held: Holding | undefined;
}

function familyOfHeld(held: Holding): "ipv4" | "ipv6" | "dual" {
  const ips = ipsOf(held);
  const ipv4 = ips.filter((ip) => typeof ip === "number").length;
  if (ipv4 === ips.length) return "ipv4";
  return ipv4 === 0 ? "ipv6" : "dual";
}

/** Holders keep what they have, also where another pool would now come first; ports and keys may change with it. */
function keep(want: Want, held: Holding, now: number): Decision | Refusal {
  const { pool, familyPolicy, family = "ipv4", counts } = want.claim;
  const named = pool !== undefined && pool !== "";
  if (named && counts === undefined && familyPolicy !== "PreferDualStack" && familyOfHeld(held) !== family) {
    return refusal("family-mismatch");
  }
  const spots = spotsOf(held);
  for (const spot of spots) {
    const { rules } = spot.segment.side.pool;
    if (rules.admits?.(want.profile.namespace, want.profile.labels) === false) {
      return refusal("pool-not-allowed", { pool: rules.name });
    }
    const verdict = verdictOn(spot, want, now);
    if (verdict !== undefined) return verdict;
  }
  return quotaVerdict(want, spots.length, held) ?? { spots, step: "held", held };
}

function checked(
  found: readonly Spot[] | Refusal,
  step: Decision["step"],
  want: Want,
  held: Holding | undefined,
): Decision | Refusal {
  if (!isSpots(found)) return found;
  return quotaVerdict(want, found.length, held) ?? { spots: found, step, held };
}

function isSpots(found: readonly Spot[] | Refusal): found is readonly Spot[] {
  return Array.isArray(found);
}

/** Answers a claim without entering anything. */
export function decide(ledger: Ledger, want: Want, now: number, witness?: Witness): Decision | Refusal {
  const held = ledger.holdings.get(want.owner);
  const { addresses } = want.claim;
  if (addresses !== undefined) return checked(locate(ledger, addresses, want, now), "explicit", want, held);
  if (held !== undefined) return keep(want, held, now);
  return checked(search(ledger, want, now, witness), "found", want, held);
}

/** What could be added on this side of the pool: a free or shared address, and what the owner has there already. */
function otherSpots(
  side: Side,
  want: Want,
  held: Holding | undefined,
  now: number,
): [Spot | undefined, Spot | undefined] {
  const [found] = chooseOn(side, want, 1, now);
  const standing = held === undefined ? [] : spotsOf(held);
  const own = standing.find((spot) => spot.segment.side === side && verdictOn(spot, want, now) === undefined);
  return [found, own];
}

/** The other family for the holder of one address, from the pool of that address. */
export function decideOther(
  ledger: Ledger,
  want: Want,
  existing: Ip,
  name: string | undefined,
  now: number,
): Decision | Refusal {
  const held = ledger.holdings.get(want.owner);
  const pool = name === undefined ? spotOf(ledger.index, existing)?.segment.side.pool : ledger.byName.get(name);
  if (pool === undefined) return name === undefined ? refusal("not-in-pool") : refusal("pool-unknown", { pool: name });
  if (pool.rules.drain) return refusal("pool-draining", { pool: pool.rules.name });
  const other = earlier(...otherSpots(typeof existing === "number" ? pool.ipv6 : pool.ipv4, want, held, now));
  if (other === undefined) return refusal("pool-exhausted", { pool: pool.rules.name });
  return checked(locate(ledger, [existing, ipOf(other)], want, now), "found", want, held);
}

export function isDecision(answer: Decision | Refusal): answer is Decision {
  return "step" in answer;
}

/** Enters a decision. Returns the holding; it is the one of before if nothing had to change. */
export function carryOut(ledger: Ledger, want: Want, { spots, step, held }: Decision): Holding {
  const manyPools = step === "held" && held !== undefined ? held.manyPools : want.manyPools;
  return enter(ledger, want, spots, held, manyPools);
}
