import { formatIp, isVipkitError, parseIp, type Ip } from "@vipkit/net";
import { leaseFrom } from "./lease.js";
import type { Lease } from "./claim.js";
import type { PoolConfig, QuotaConfig } from "./config.js";
import { type Issues, PoolsError } from "./issue.js";
import { ipOf, keepsOrder, spotOf, type Ledger } from "./ledger.js";
import { isRecord } from "./record.js";
import { Resting } from "./resting.js";
import type { Labels } from "./selector.js";
import { rest } from "./set-pools.js";

/** A lease as plain JSON: addresses as canonical text, parts with nothing in them left out. */
export interface StoredLease {
  readonly owner: string;
  readonly ips: readonly string[];
  readonly ports?: readonly string[];
  readonly sharingKey?: string;
  readonly backendKey?: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly manyPools?: true;
}

/** A released address that is kept back or waits for its turn. Milliseconds on the clock of whoever calls. */
export interface StoredRest {
  readonly ip: string;
  readonly owner: string;
  readonly until: number;
}

/** Everything the allocator knows, as plain JSON. Equal states give equal snapshots. */
export interface Snapshot {
  readonly version: 1;
  readonly now: number;
  readonly pools: readonly PoolConfig[];
  readonly quotas: readonly QuotaConfig[];
  /** By owner. */
  readonly leases: readonly StoredLease[];
  /** In order of release, pool by pool. */
  readonly resting: readonly StoredRest[];
}

function storeLease(lease: Lease, manyPools: boolean): StoredLease {
  const { owner, ips, ports, sharingKey, backendKey, namespace, labels } = lease;
  return {
    owner,
    ips: ips.map(formatIp),
    ...(ports.length > 0 ? { ports } : {}),
    ...(sharingKey === "" ? {} : { sharingKey }),
    ...(backendKey === "" ? {} : { backendKey }),
    ...(namespace === "" ? {} : { namespace }),
    ...(Object.keys(labels).length > 0 ? { labels: sortedLabels(labels) } : {}),
    ...(manyPools ? { manyPools: true as const } : {}),
  };
}

function sortedLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function byOwner(a: { readonly owner: string }, b: { readonly owner: string }): number {
  return a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0;
}

function restingOf(ledger: Ledger): StoredRest[] {
  return ledger.pools.flatMap((pool) =>
    [pool.ipv4, pool.ipv6].flatMap((side) =>
      [...side.resting]
        .filter(({ until }) => keepsOrder(pool) || until > ledger.now)
        .map((entry) => ({ ip: formatIp(ipOf(entry)), owner: entry.owner, until: entry.until })),
    ),
  );
}

export function takeSnapshot(ledger: Ledger): Snapshot {
  return {
    version: 1,
    now: ledger.now,
    pools: ledger.pools.map(({ rules }) => rules.config),
    quotas: ledger.quotas.map(({ config }) => config),
    leases: [...ledger.holdings.values()]
      .sort(byOwner)
      .map((holding) => storeLease(leaseFrom(holding), holding.manyPools)),
    resting: restingOf(ledger),
  };
}

function wrong(code: string, path: string, message: string): PoolsError {
  return new PoolsError([{ code, path, message }]);
}

/** The parts of a snapshot, if it is one. @throws PoolsError */
export function readSnapshot(value: unknown): Snapshot {
  if (!isRecord(value)) throw wrong("snapshot", "", "a snapshot is an object");
  if (value.version !== 1) throw wrong("snapshot-version", "version", "this version reads snapshots of version 1");
  for (const name of ["pools", "quotas", "leases", "resting"]) {
    if (!Array.isArray(value[name])) throw wrong("snapshot", name, "a list");
  }
  if (typeof value.now !== "number" || !Number.isFinite(value.now))
    throw wrong("snapshot", "now", "a number of milliseconds");
  const { leases } = value as { readonly leases: readonly unknown[] };
  const broken = leases.findIndex((lease) => !isRecord(lease));
  if (broken >= 0) throw wrong("snapshot", `leases[${broken}]`, "a lease is an object");
  return value as unknown as Snapshot;
}

/** Text addresses of a stored lease. Wrong ones are issues. */
export function readIps(texts: unknown, path: string, issues: Issues): Ip[] {
  if (!Array.isArray(texts)) {
    issues.add("not-a-list", path, "a list of addresses");
    return [];
  }
  return texts.flatMap((text: unknown, index) => {
    try {
      return [parseIp(String(text))];
    } catch (error) {
      if (!isVipkitError(error)) throw error;
      issues.add("address", `${path}[${index}]`, error.message);
      return [];
    }
  });
}

/** Puts the resting addresses of a snapshot to rest again; those that are held or in no pool are left out. */
export function restoreResting(ledger: Ledger, resting: readonly StoredRest[], issues: Issues): void {
  resting.forEach((entry: unknown, index) => {
    const path = `resting[${index}]`;
    if (!isRecord(entry) || typeof entry.owner !== "string" || typeof entry.until !== "number") {
      return issues.add("resting", path, "an entry has ip, owner and until");
    }
    const [ip] = readIps([entry.ip], path, issues);
    const spot = ip === undefined ? undefined : spotOf(ledger.index, ip);
    if (spot === undefined || spot.segment.slots.get(spot.at) !== undefined) return;
    rest(new Resting(spot.segment, spot.at, entry.owner, entry.until));
  });
}
