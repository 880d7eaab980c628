import { isVipkitError, parsePrefix, parseRange, prefixRange, type Range } from "@vipkit/net";
import type { Issues } from "./issue.js";
import type { PlacedRange } from "./ranges.js";

const CODES: Readonly<Record<string, string>> = {
  ERR_RANGE_FAMILY: "range-family",
  ERR_RANGE_ORDER: "range-order",
  ERR_HOST_BITS: "host-bits",
  ERR_ZONE: "zone",
  ERR_PREFIX_LENGTH: "prefix-length",
};

function isMapped({ first }: Range): boolean {
  return typeof first === "bigint" && first >> 32n === 0xffffn;
}

/** One entry of `addresses` or `exclude`: CIDR without host bits, range, or single address. Wrong text is an issue. */
function readRange(entry: unknown, path: string, issues: Issues): PlacedRange | undefined {
  if (typeof entry !== "string") {
    issues.add("not-text", path, "an address entry is text");
    return undefined;
  }
  try {
    const text = entry.trim();
    const { first, last } = text.includes("/") ? prefixRange(parsePrefix(text, { strict: true })) : parseRange(text);
    if (!isMapped({ first, last })) return { first, last, path };
    issues.add("mapped-address", path, `"${text}" is IPv4 inside IPv6: write the IPv4 addresses`);
  } catch (error) {
    if (!isVipkitError(error)) throw error;
    issues.add(CODES[error.code] ?? "address", path, error.message);
  }
  return undefined;
}

export function readRanges(entries: unknown, path: string, issues: Issues): PlacedRange[] {
  if (!Array.isArray(entries)) {
    issues.add("not-a-list", path, "a list of addresses and ranges");
    return [];
  }
  return entries.flatMap((entry, index) => readRange(entry, `${path}[${index}]`, issues) ?? []);
}
