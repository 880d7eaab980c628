import { formatIp } from "@vipkit/net";
import { type Claim, type Refusal } from "./claim.js";
import { decide, isDecision } from "./decide.js";
import { ipOf, type Ledger } from "./ledger.js";
import type { Pool } from "./pool.js";
import { isRecord } from "./record.js";
import { automaticPools, type PoolVerdict, type Tier } from "./search.js";
import { isRefusal, wantOf, type PortTexts, type Want } from "./want.js";

/** What became of one pool. */
export interface PoolFinding {
  readonly pool: string;
  readonly tier: Tier | "excluded";
  readonly verdict: PoolVerdict;
  readonly priority?: number;
}

/** How a claim would be answered now, and by which rules. Nothing is changed by asking. */
export interface Explanation {
  readonly owner: string;
  /** The step of the search order that decided. */
  readonly step: "malformed" | "held" | "explicit" | "named" | "automatic";
  readonly ok: boolean;
  readonly ips?: readonly string[];
  readonly pool?: string;
  /** What the owner holds now. */
  readonly held?: readonly string[];
  readonly refusal?: Refusal;
  /** The pools in the order in which they were looked at, then those that were not. */
  readonly pools: readonly PoolFinding[];
}

function finding(pool: Pool, tier: PoolFinding["tier"], verdict: PoolVerdict): PoolFinding {
  const { name, config } = pool.rules;
  const priority = config.allocateTo?.priority;
  return { pool: name, tier, verdict, ...(priority === undefined ? {} : { priority }) };
}

function passedOver(pool: Pool, want: Want): PoolFinding {
  const { rules } = pool;
  if (rules.admits?.(want.profile.namespace, want.profile.labels) === false)
    return finding(pool, "excluded", "not-allowed");
  return finding(pool, "excluded", rules.autoAssign ? "not-reached" : "not-automatic");
}

function findings(ledger: Ledger, want: Want, seen: Map<Pool, PoolFinding>): PoolFinding[] {
  const { pinned, general } = automaticPools(ledger, want);
  const inOrder = [...pinned, ...general, ...ledger.pools];
  const later = inOrder.filter((pool, index) => !seen.has(pool) && inOrder.indexOf(pool) === index);
  return [...seen.values(), ...later.map((pool) => passedOver(pool, want))];
}

function stepOf({ claim }: Want, held: boolean): Explanation["step"] {
  if (claim.addresses !== undefined) return "explicit";
  if (held) return "held";
  return claim.pool === undefined || claim.pool === "" ? "automatic" : "named";
}

function claimOwner(claim: unknown): string {
  return isRecord(claim) && typeof claim.owner === "string" ? claim.owner : "";
}

export function explain(ledger: Ledger, texts: PortTexts, claim: Claim, now: number): Explanation {
  const want = wantOf(ledger, texts, claim);
  if (isRefusal(want)) return { owner: claimOwner(claim), step: "malformed", ok: false, refusal: want, pools: [] };
  const seen = new Map<Pool, PoolFinding>();
  const held = ledger.holdings.get(want.owner);
  const answer = decide(ledger, want, now, (pool, tier, verdict) => seen.set(pool, finding(pool, tier, verdict)));
  const step = stepOf(want, held !== undefined);
  const holding = held === undefined ? {} : { held: [held, ...(held.more ?? [])].map((spot) => formatIp(ipOf(spot))) };
  const base = { owner: want.owner, step, ...holding, pools: findings(ledger, want, seen) };
  if (!isDecision(answer)) return { ...base, ok: false, refusal: answer };
  const ips = answer.spots.map((spot) => formatIp(ipOf(spot)));
  return { ...base, ok: true, ips, pool: answer.spots[0]!.segment.side.pool.rules.name };
}
