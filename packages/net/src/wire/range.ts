import { ParseError } from "../errors.js";
import { familyOf, formatIp, parseIp, type Ip } from "./ip.js";
import { lastIp, maskIp, parsePrefix, widthOf, type Prefix } from "./prefix.js";

/** All addresses from `first` to `last`, both included, of one family. */
export interface Range {
  readonly first: Ip;
  readonly last: Ip;
}

/**
 * Reads `ADDRESS/LENGTH` (host bits are cleared), `FIRST-LAST` with optional blanks around the ends, or one address.
 * IPv4-mapped text (`::ffff:10.0.0.1`) counts as IPv4 at the ends of a range.
 * @throws ParseError `ERR_RANGE_FAMILY`, `ERR_RANGE_ORDER`, or those of `parsePrefix` and `parseIp`
 */
export function parseRange(text: string): Range {
  const dash = text.indexOf("-");
  if (dash < 0 && text.includes("/")) return prefixRange(parsePrefix(text));
  if (dash < 0) {
    const only = parseIp(text);
    return { first: only, last: only };
  }
  const first = unmapIp(parseIp(text.slice(0, dash).trim()));
  const last = unmapIp(parseIp(text.slice(dash + 1).trim()));
  if (typeof first !== typeof last) {
    throw new ParseError("ERR_RANGE_FAMILY", `"${text}" starts in ${familyOf(first)} and ends in ${familyOf(last)}`, {
      found: text,
      allowed: "two addresses of one family",
    });
  }
  if (first > last) {
    throw new ParseError("ERR_RANGE_ORDER", `"${text}" ends before it starts`, {
      found: text,
      allowed: `${formatIp(last)}-${formatIp(first)}`,
    });
  }
  return { first, last };
}

/** The IPv4 address inside an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2); any other address as it is. */
export function unmapIp(ip: Ip): Ip {
  return typeof ip === "bigint" && ip >> 32n === 0xffffn ? Number(ip & 0xffff_ffffn) : ip;
}

export function prefixRange({ ip, length }: Prefix): Range {
  return { first: ip, last: lastIp(ip, length) };
}

export function rangeContains(range: Range, ip: Ip): boolean {
  return typeof ip === typeof range.first && ip >= range.first && ip <= range.last;
}

export function rangesOverlap(a: Range, b: Range): boolean {
  return typeof a.first === typeof b.first && a.first <= b.last && b.first <= a.last;
}

/** Number of addresses; exact at any size. */
export function rangeSize(range: Range): bigint {
  return BigInt(range.last) - BigInt(range.first) + 1n;
}

/** The fewest prefixes that cover the range exactly, ascending. At most 62 for IPv4 and 254 for IPv6. */
export function rangeToPrefixes(range: Range): Prefix[] {
  const width = widthOf(range.first);
  const prefixes: Prefix[] = [];
  let next: Ip = range.first;
  for (;;) {
    let length: number = width;
    while (length > 0 && maskIp(next, length - 1) === next && lastIp(next, length - 1) <= range.last) length -= 1;
    prefixes.push({ ip: next, length });
    const last = lastIp(next, length);
    if (last === range.last) return prefixes;
    next = typeof last === "number" ? last + 1 : last + 1n;
  }
}

/** `FIRST-LAST`, or the address alone where both ends are the same. */
export function formatRange({ first, last }: Range): string {
  return first === last ? formatIp(first) : `${formatIp(first)}-${formatIp(last)}`;
}
