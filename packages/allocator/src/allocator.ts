import type { Ip } from "@vipkit/net";
import { ChangeFeed, type Change } from "./change.js";
import type { Claim, Lease, Outcome } from "./claim.js";
import { refusal } from "./claim.js";
import type { PoolConfig, QuotaConfig } from "./config.js";
import { countersOf, type Counters } from "./counters.js";
import { carryOut, decide, decideOther, isDecision, type Decision } from "./decide.js";
import { explain, type Explanation } from "./explain.js";
import { Issues, PoolsError } from "./issue.js";
import { leaseFrom } from "./lease.js";
import { createLedger, detach, spotOf, type Ledger } from "./ledger.js";
import { plan, type Plan } from "./plan.js";
import { replay, type PriorLease, type ReplayOutcome } from "./replay.js";
import { Resting } from "./resting.js";
import { setPools, type PoolsOutcome } from "./set-pools.js";
import { SharedAddress } from "./sharing.js";
import { readIps, readSnapshot, restoreResting, takeSnapshot, type Snapshot } from "./snapshot.js";
import { isRefusal, PortTexts, wantOf, type Want } from "./want.js";

export interface AllocatorOptions {
  /** Default: none. */
  readonly pools?: readonly PoolConfig[] | undefined;
  readonly quotas?: readonly QuotaConfig[] | undefined;
}

/**
 * Gives out addresses. Every method answers at once, and what is refused changes nothing. `now` is milliseconds on any clock
 * that does not run backwards; where it is left out, no time has passed since the last call.
 */
export interface Allocator {
  /** Keeps what the owner holds; else explicit addresses, the named pool, pinned pools by priority, general pools. */
  claim(claim: Claim, now?: number): Outcome;
  /** Exactly `claim.addresses`, in place of what the owner held. */
  assign(claim: Claim, now?: number): Outcome;
  /** One more address of the other family, from the pool of `existing` (or the named one), keeping `existing`. */
  addFamily(claim: Claim, existing: Ip, pool?: string, now?: number): Outcome;
  /** Ends the owner's lease and returns it; undefined if there was none. */
  release(owner: string, now?: number): Lease | undefined;
  /** All or nothing. Quotas stay as they are unless given. */
  setPools(
    pools: readonly PoolConfig[],
    options?: { readonly quotas?: readonly QuotaConfig[] },
    now?: number,
  ): PoolsOutcome;
  /** Undefined for an unknown pool. */
  counters(pool: string): Counters | undefined;
  poolNames(): readonly string[];
  pools(): readonly PoolConfig[];
  /** The pool that owns an address by its own rules (so not an excluded one); undefined if none does. */
  poolOf(ip: Ip): string | undefined;
  readonly size: number;
  leaseOf(owner: string): Lease | undefined;
  /** All leases; the order means nothing. */
  leases(): IterableIterator<Lease>;
  /** Who is on an address, sorted. */
  ownersOf(ip: Ip): readonly string[];
  /** How the claim would be answered now. Asking changes nothing but the time. */
  explain(claim: Claim, now?: number): Explanation;
  /** What new pools would do. */
  plan(pools: readonly PoolConfig[]): Plan;
  snapshot(): Snapshot;
  /** Gives holders back what they had before a restart; the order of the list does not matter. */
  replay(leases: readonly PriorLease[]): ReplayOutcome;
  /** Calls the listener after each change. Returns a function that ends it. */
  onChange(listener: (change: Change) => void): () => void;
}

class Books implements Allocator {
  readonly #ledger: Ledger = createLedger();
  readonly #texts = new PortTexts();
  readonly #feed = new ChangeFeed();

  claim(claim: Claim, now?: number): Outcome {
    const time = this.#pass(now);
    const want = wantOf(this.#ledger, this.#texts, claim);
    return isRefusal(want) ? { ok: false, refusal: want } : this.#answer(want, decide(this.#ledger, want, time));
  }

  assign(claim: Claim, now?: number): Outcome {
    if (claim.addresses === undefined) return { ok: false, refusal: refusal("no-addresses") };
    return this.claim(claim, now);
  }

  addFamily(claim: Claim, existing: Ip, pool?: string, now?: number): Outcome {
    const time = this.#pass(now);
    const want = wantOf(this.#ledger, this.#texts, { ...claim, addresses: undefined, pool: undefined });
    if (isRefusal(want)) return { ok: false, refusal: want };
    return this.#answer(want, decideOther(this.#ledger, want, existing, pool, time));
  }

  release(owner: string, now?: number): Lease | undefined {
    this.#pass(now);
    const held = this.#ledger.holdings.get(owner);
    if (held === undefined) return undefined;
    const lease = leaseFrom(held);
    detach(this.#ledger, held);
    this.#feed.tell({ type: "released", lease });
    return lease;
  }

  setPools(
    pools: readonly PoolConfig[],
    options: { readonly quotas?: readonly QuotaConfig[] } = {},
    now?: number,
  ): PoolsOutcome {
    this.#pass(now);
    const outcome = setPools(this.#ledger, pools, options.quotas);
    if (outcome.ok && outcome.changed) this.#feed.tell({ type: "pools", pools: this.poolNames(), lost: outcome.lost });
    return outcome;
  }

  counters(pool: string): Counters | undefined {
    const found = this.#ledger.byName.get(pool);
    return found === undefined ? undefined : countersOf(found);
  }

  poolNames(): readonly string[] {
    return this.#ledger.pools.map(({ rules }) => rules.name);
  }

  pools(): readonly PoolConfig[] {
    return this.#ledger.pools.map(({ rules }) => rules.config);
  }

  poolOf(ip: Ip): string | undefined {
    return spotOf(this.#ledger.index, ip)?.segment.side.pool.rules.name;
  }

  get size(): number {
    return this.#ledger.holdings.size;
  }

  leaseOf(owner: string): Lease | undefined {
    const held = this.#ledger.holdings.get(owner);
    return held === undefined ? undefined : leaseFrom(held);
  }

  *leases(): IterableIterator<Lease> {
    for (const holding of this.#ledger.holdings.values()) yield leaseFrom(holding);
  }

  ownersOf(ip: Ip): readonly string[] {
    const spot = spotOf(this.#ledger.index, ip);
    const standing = spot?.segment.slots.get(spot.at);
    if (standing === undefined || standing instanceof Resting) return [];
    if (standing instanceof SharedAddress) return Array.from(standing.holders, ({ owner }) => owner).sort();
    return [standing.owner];
  }

  explain(claim: Claim, now?: number): Explanation {
    return explain(this.#ledger, this.#texts, claim, this.#pass(now));
  }

  plan(pools: readonly PoolConfig[]): Plan {
    return plan(this.#ledger, this.#texts, pools);
  }

  snapshot(): Snapshot {
    return takeSnapshot(this.#ledger);
  }

  replay(leases: readonly PriorLease[]): ReplayOutcome {
    const before = this.#feed.heard
      ? new Set(Array.from(this.#ledger.holdings.values(), ({ owner }) => owner))
      : undefined;
    const outcome = replay(this.#ledger, this.#texts, leases);
    if (before === undefined) return outcome;
    for (const holding of this.#ledger.holdings.values()) {
      if (!before.has(holding.owner)) this.#feed.tell({ type: "assigned", lease: leaseFrom(holding) });
    }
    return outcome;
  }

  onChange(listener: (change: Change) => void): () => void {
    return this.#feed.listen(listener);
  }

  /** The first pools: no change that anybody could have heard. */
  open(pools: readonly PoolConfig[], quotas: readonly QuotaConfig[]): void {
    const outcome = setPools(this.#ledger, pools, quotas);
    if (!outcome.ok) throw new PoolsError(outcome.issues);
  }

  restore(snapshot: Snapshot): void {
    this.#pass(snapshot.now);
    this.open(snapshot.pools, snapshot.quotas);
    const issues = new Issues();
    const prior = snapshot.leases.map((lease, index) => ({
      ...lease,
      ips: readIps(lease.ips, `leases[${index}].ips`, issues),
    }));
    for (const { owner, refusal: why } of replay(this.#ledger, this.#texts, prior).refused) {
      issues.add(why.code, `leases of ${owner}`, why.message);
    }
    restoreResting(this.#ledger, snapshot.resting, issues);
    if (!issues.none) throw new PoolsError(issues.all());
  }

  #pass(now: number | undefined): number {
    if (now !== undefined && now > this.#ledger.now) this.#ledger.now = now;
    return this.#ledger.now;
  }

  #answer(want: Want, answer: Decision | Parameters<typeof isDecision>[0]): Outcome {
    if (!isDecision(answer)) return { ok: false, refusal: answer };
    const { held } = answer;
    const previous = held !== undefined && this.#feed.heard ? leaseFrom(held) : undefined;
    const holding = carryOut(this.#ledger, want, answer);
    const lease = leaseFrom(holding);
    if (holding !== held && this.#feed.heard) {
      this.#feed.tell(previous === undefined ? { type: "assigned", lease } : { type: "updated", lease, previous });
    }
    return { ok: true, lease };
  }
}

/** An allocator with these pools and nothing given out. @throws PoolsError with everything that is wrong with the pools */
export function createAllocator(options: AllocatorOptions = {}): Allocator {
  const books = new Books();
  books.open(options.pools ?? [], options.quotas ?? []);
  return books;
}

/** An allocator in the state of a snapshot. @throws PoolsError if the snapshot contradicts itself or is none */
export function restoreAllocator(snapshot: Snapshot): Allocator {
  const books = new Books();
  books.restore(readSnapshot(snapshot));
  return books;
}
