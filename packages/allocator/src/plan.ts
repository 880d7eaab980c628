import { formatIp, type Ip } from "@vipkit/net";
import { enter, holdingAt, ipsOf } from "./assign.js";
import { readPools } from "./check-pools.js";
import type { Claim, Refusal } from "./claim.js";
import type { PoolConfig } from "./config.js";
import { decide, isDecision } from "./decide.js";
import { spotsOf, type Holding } from "./holding.js";
import type { Issue } from "./issue.js";
import { attach, createLedger, ipOf, type Ledger } from "./ledger.js";
import { quotasFor } from "./profile.js";
import { Quota } from "./quota.js";
import { buildPools, install, rehome, type PoolSet } from "./set-pools.js";
import { byOwner } from "./snapshot.js";
import { isRefusal, wantOf, type PortTexts } from "./want.js";

/** Where a lease would go. */
export interface PlannedMove {
  readonly owner: string;
  readonly from: { readonly pool: string; readonly ips: readonly string[] };
  readonly to: { readonly pool: string; readonly ips: readonly string[] };
}

export interface PlannedLoss {
  readonly owner: string;
  readonly from: { readonly pool: string; readonly ips: readonly string[] };
  readonly refusal: Refusal;
}

/** What new pools would do to everybody who holds something. Lists are by owner. */
export type Plan =
  | {
      readonly ok: true;
      /** How many keep their addresses. */
      readonly kept: number;
      /** Those of them whose pool gets another name. */
      readonly renamed: readonly { readonly owner: string; readonly from: string; readonly to: string }[];
      /** Their addresses go, and they would get these, each after the ones before it. */
      readonly moved: readonly PlannedMove[];
      /** Their addresses go, and nothing is left for them. */
      readonly lost: readonly PlannedLoss[];
    }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** A second set of books with the new pools and the same quotas; nothing in it is shared with the first. */
function secondBooks(ledger: Ledger, set: PoolSet): Ledger {
  const books = createLedger();
  install(books, set);
  books.now = ledger.now;
  books.quotas = ledger.quotas.map(({ config }) => new Quota(config));
  return books;
}

function keepAll(
  ledger: Ledger,
  books: Ledger,
): { uprooted: Holding[]; renamed: { owner: string; from: string; to: string }[] } {
  const uprooted: Holding[] = [];
  const renamed: { owner: string; from: string; to: string }[] = [];
  const profiles = new Map<object, Holding["profile"]>();
  for (const holding of ledger.holdings.values()) {
    const spots = rehome(books.index, holding);
    if (spots === undefined) {
      uprooted.push(holding);
      continue;
    }
    const { profile: old, owner } = holding;
    let profile = profiles.get(old);
    if (profile === undefined) {
      profile = { ...old, users: 0, quotas: quotasFor(books.quotas, old.namespace, old.labels) };
      profiles.set(old, profile);
    }
    attach(books, holdingAt(owner, profile, spots, holding.manyPools));
    const from = holding.segment.side.pool.rules.name;
    const to = spots[0]!.segment.side.pool.rules.name;
    if (from !== to) renamed.push({ owner, from, to });
  }
  return { uprooted: uprooted.sort(byOwner), renamed: renamed.sort(byOwner) };
}

/** What a holder would ask for again: the same number of addresses of each family. */
function claimAgain(holding: Holding): Claim {
  const { owner, profile, manyPools, more } = holding;
  const { ports, sharingKey, backendKey, namespace } = profile;
  const labels = profile.plain ? undefined : profile.labels;
  const spots = more === undefined ? [] : spotsOf(holding);
  const ipv4 = spots.filter(({ segment }) => segment.side.family === "ipv4").length;
  const counts = more === undefined ? undefined : { ipv4, ipv6: spots.length - ipv4 };
  const { family } = holding.segment.side;
  return { owner, namespace, labels, family, ports, sharingKey, backendKey, counts, manyPools };
}

function place(holding: { segment: Holding["segment"] }, ips: readonly Ip[]): PlannedMove["from"] {
  return { pool: holding.segment.side.pool.rules.name, ips: ips.map(formatIp) };
}

/** Nothing is changed by asking. */
export function plan(ledger: Ledger, texts: PortTexts, pools: readonly PoolConfig[]): Plan {
  const reading = readPools(pools);
  if (!reading.ok) return reading;
  const books = secondBooks(ledger, buildPools(reading.pools, []));
  const { uprooted, renamed } = keepAll(ledger, books);
  const moved: PlannedMove[] = [];
  const lost: PlannedLoss[] = [];
  for (const holding of uprooted) {
    const from = place(holding, ipsOf(holding));
    const want = wantOf(books, texts, claimAgain(holding));
    const answer = isRefusal(want) ? want : decide(books, want, books.now);
    if (isRefusal(want) || !isDecision(answer)) {
      lost.push({ owner: holding.owner, from, refusal: answer as Refusal });
      continue;
    }
    enter(books, want, answer.spots, undefined, want.manyPools);
    moved.push({ owner: holding.owner, from, to: place(answer.spots[0]!, answer.spots.map(ipOf)) });
  }
  return { ok: true, kept: ledger.holdings.size - uprooted.length, renamed, moved, lost };
}
