import { formatRange, rangeContains, type Range } from "@vipkit/net";
import { isCount } from "./check-limits.js";
import { readRanges } from "./read-range.js";
import { checkSelector } from "./check-scope.js";
import type { Issues } from "./issue.js";
import { findOverlaps, type PlacedRange } from "./ranges.js";
import { isRecord } from "./record.js";

/** `for` of a reservation or quota. */
function checkMatch(match: unknown, path: string, issues: Issues): void {
  if (!isRecord(match)) return issues.add("not-an-object", path, "`for` is an object");
  const given = ["owner", "namespace", "selector"].filter((name) => match[name] !== undefined);
  if (given.length === 0) issues.add("match-empty", path, "give an owner, a namespace or a selector");
  for (const name of ["owner", "namespace"]) {
    if (match[name] !== undefined && (typeof match[name] !== "string" || match[name] === "")) {
      issues.add("not-text", `${path}.${name}`, `${name} is text`);
    }
  }
  if (match.selector !== undefined) checkSelector(match.selector, `${path}.selector`, issues);
}

function checkCount(entry: Readonly<Record<string, unknown>>, path: string, issues: Issues): void {
  const counted = entry.count !== undefined;
  if (counted === (entry.addresses !== undefined)) {
    issues.add("reservation", path, "a reservation has either addresses or a count");
  }
  if (!counted) return;
  if (!isCount(entry.count)) issues.add("reservation", `${path}.count`, "a count is an integer, 0 or more");
  if (entry.family !== "ipv4" && entry.family !== "ipv6") {
    issues.add("reservation", `${path}.family`, "a count belongs to the family ipv4 or ipv6");
  }
}

function checkReservation(entry: unknown, path: string, pool: readonly Range[], issues: Issues): PlacedRange[] {
  if (!isRecord(entry)) {
    issues.add("not-an-object", path, "a reservation is an object");
    return [];
  }
  checkMatch(entry.for, `${path}.for`, issues);
  checkCount(entry, path, issues);
  if (entry.addresses === undefined) return [];
  const ranges = readRanges(entry.addresses, `${path}.addresses`, issues);
  for (const range of ranges) {
    const inside = pool.some((whole) => rangeContains(whole, range.first) && rangeContains(whole, range.last));
    if (!inside)
      issues.add("reservation-outside", range.path, `${formatRange(range)} is not inside one range of the pool`);
  }
  return ranges;
}

/** The reservations of a pool: for each its address ranges. */
export function checkReservations(
  list: unknown,
  pool: readonly Range[],
  path: string,
  issues: Issues,
): PlacedRange[][] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    issues.add("not-a-list", path, "a list of reservations");
    return [];
  }
  const reserved = list.map((entry, index) => checkReservation(entry, `${path}[${index}]`, pool, issues));
  findOverlaps(reserved.flat(), (range, earlier) =>
    issues.add("overlap", range.path, `${formatRange(range)} is reserved at ${earlier.path} already`),
  );
  return reserved;
}
