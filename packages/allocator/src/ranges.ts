import { compareIp, type Ip, type Range } from "@vipkit/net";

/** A range with where it was written, so that an overlap can name both places. */
export interface PlacedRange extends Range {
  readonly path: string;
}

function after(ip: Ip): Ip {
  return typeof ip === "number" ? ip + 1 : ip + 1n;
}

function before(ip: Ip): Ip {
  return typeof ip === "number" ? ip - 1 : ip - 1n;
}

/** Ascending, IPv4 before IPv6. */
export function sortRanges<R extends Range>(ranges: readonly R[]): R[] {
  return [...ranges].sort((a, b) => compareIp(a.first, b.first) || compareIp(a.last, b.last));
}

/** Calls `found` once for each range that overlaps an earlier one (in address order). */
export function findOverlaps(
  ranges: readonly PlacedRange[],
  found: (range: PlacedRange, earlier: PlacedRange) => void,
): void {
  let widest: PlacedRange | undefined;
  for (const range of sortRanges(ranges)) {
    const sameFamily = widest !== undefined && typeof widest.last === typeof range.first;
    if (widest !== undefined && sameFamily && range.first <= widest.last) found(range, widest);
    if (widest === undefined || !sameFamily || range.last > widest.last) widest = range;
  }
}

/** What is left of a range without the holes, ascending. `holes` are sorted and do not overlap each other. */
export function withoutHoles(range: Range, holes: readonly Range[]): Range[] {
  const parts: Range[] = [];
  let first: Ip = range.first;
  for (const hole of holes) {
    if (typeof hole.first !== typeof first || hole.last < first || hole.first > range.last) continue;
    if (hole.first > first) parts.push({ first, last: before(hole.first) });
    if (hole.last >= range.last) return parts;
    first = after(hole.last);
  }
  parts.push({ first, last: range.last });
  return parts;
}
