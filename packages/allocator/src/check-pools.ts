import { formatRange, type Range } from "@vipkit/net";
import type { PoolConfig } from "./config.js";
import { Issues, type Issue } from "./issue.js";
import { checkLimits } from "./check-limits.js";
import { checkReservations } from "./check-reservations.js";
import { checkScope } from "./check-scope.js";
import { findOverlaps, type PlacedRange } from "./ranges.js";
import { readRanges } from "./read-range.js";
import { isRecord } from "./record.js";

/** Most address entries in all pools together, exclusions and reservations included. */
export const MAX_RANGES = 100_000;

/** A pool whose texts have been read. */
export interface ReadPool {
  readonly config: PoolConfig;
  readonly ranges: readonly Range[];
  readonly excluded: readonly Range[];
  /** For each reservation its address ranges; empty where it keeps a count. */
  readonly reserved: readonly (readonly Range[])[];
}

export type PoolsReading =
  | { readonly ok: true; readonly pools: readonly ReadPool[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

function readPool(pool: unknown, path: string, issues: Issues): (ReadPool & { placed: PlacedRange[] }) | undefined {
  if (!isRecord(pool)) {
    issues.add("not-an-object", path, "a pool is an object");
    return undefined;
  }
  if (typeof pool.name !== "string" || pool.name === "") issues.add("pool-name", `${path}.name`, "a pool has a name");
  const placed = readRanges(pool.addresses, `${path}.addresses`, issues);
  if (Array.isArray(pool.addresses) && pool.addresses.length === 0) {
    issues.add("pool-empty", `${path}.addresses`, "a pool has at least one address");
  }
  const excluded = pool.exclude === undefined ? [] : readRanges(pool.exclude, `${path}.exclude`, issues);
  checkLimits(pool, path, issues);
  checkScope(pool.allocateTo, `${path}.allocateTo`, issues);
  const reserved = checkReservations(pool.reservations, placed, `${path}.reservations`, issues);
  return { config: pool as unknown as PoolConfig, ranges: placed, placed, excluded, reserved };
}

function checkNames(pools: readonly { readonly config: PoolConfig }[], issues: Issues): void {
  const seen = new Set<string>();
  pools.forEach(({ config }, index) => {
    if (seen.has(config.name)) issues.add("duplicate-pool", `pools[${index}].name`, `"${config.name}" is there twice`);
    seen.add(config.name);
  });
}

/** How many texts of addresses a pool would have to be read for. */
function entriesOf(pool: unknown): number {
  if (!isRecord(pool)) return 0;
  const reservations: readonly unknown[] = Array.isArray(pool.reservations) ? pool.reservations : [];
  const lists = [
    pool.addresses,
    pool.exclude,
    ...reservations.map((entry) => (isRecord(entry) ? entry.addresses : [])),
  ];
  return lists.reduce((sum: number, list) => sum + (Array.isArray(list) ? list.length : 0), 0) + reservations.length;
}

/** Reads and checks a whole set of pools; every mistake is reported at once. */
export function readPools(pools: unknown): PoolsReading {
  const issues = new Issues();
  if (!Array.isArray(pools)) {
    issues.add("not-a-list", "pools", "a list of pools");
    return { ok: false, issues: issues.all() };
  }
  const entries = pools.reduce((sum: number, pool) => sum + entriesOf(pool), 0);
  if (entries > MAX_RANGES) {
    issues.add("too-many-ranges", "pools", `${entries} address entries, at most ${MAX_RANGES} are read`);
    return { ok: false, issues: issues.all() };
  }
  const read = pools.flatMap((pool, index) => readPool(pool, `pools[${index}]`, issues) ?? []);
  const placed = read.flatMap((pool) => pool.placed);
  checkNames(read, issues);
  findOverlaps(placed, (range, earlier) =>
    issues.add("overlap", range.path, `${formatRange(range)} overlaps ${formatRange(earlier)} at ${earlier.path}`),
  );
  return issues.none ? { ok: true, pools: read } : { ok: false, issues: issues.all() };
}
