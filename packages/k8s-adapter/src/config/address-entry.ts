import ipaddr from "ipaddr.js";
import { formatIp, isVipkitError, parseRange, rangeToPrefixes, type Ip, type Prefix, type Range } from "@vipkit/net";

export type ReadEntry =
  | { readonly ok: true; readonly range: Range; readonly prefixes: readonly Prefix[] }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly allowed: string };

/** One entry of a pool's addresses: a prefix (host bits are cleared) or `FIRST-LAST`. An address alone is refused. */
export function readAddressEntry(text: string): ReadEntry {
  const allowed = "a prefix such as 192.0.2.0/24 or a range such as 192.0.2.10-192.0.2.20";
  if (!text.includes("/") && !text.includes("-")) {
    return {
      ok: false,
      code: "address_alone",
      message: `"${text}" is neither a prefix nor a range`,
      allowed: `${allowed}; for one address ${text.includes(":") ? "/128" : "/32"}`,
    };
  }
  try {
    const range = parseRange(text);
    return { ok: true, range, prefixes: rangeToPrefixes(range) };
  } catch (error) {
    if (!isVipkitError(error)) throw error;
    return {
      ok: false,
      code: ENTRY_CODES[error.code] ?? "address",
      message: error.message,
      allowed: error.allowed ?? allowed,
    };
  }
}

const ENTRY_CODES: Readonly<Record<string, string>> = {
  ERR_RANGE_FAMILY: "range_family",
  ERR_RANGE_ORDER: "range_order",
  ERR_PREFIX_LENGTH: "prefix_length",
};

/** What is unusual about some ranges, by ipaddr.js's name for them. */
const UNUSUAL: Readonly<Record<string, string>> = {
  unspecified: "belongs to the unspecified range: no host can be reached there",
  broadcast: "is the broadcast address",
  multicast: "is multicast: no host can have it as its own",
  loopback: "is loopback: it never leaves a host",
  linkLocal: "is link-local: routers do not forward it",
  reserved: "is reserved: many systems refuse such addresses",
};

/** What is unusual about a range, judged by its two ends; undefined for ordinary ranges. */
export function unusualRange({ first, last }: Range): string | undefined {
  for (const ip of [first, last]) {
    const unusual = UNUSUAL[ipaddr.parse(formatIp(ip)).range()];
    if (unusual !== undefined && !isDocumentation(ip)) return `${formatIp(ip)} ${unusual}`;
  }
  return undefined;
}

/** Documentation prefixes (RFC 5737, RFC 3849) count as reserved in ipaddr.js; examples are made of them. */
function isDocumentation(ip: Ip): boolean {
  if (typeof ip === "bigint") return ip >> 96n === 0x2001_0db8n;
  return [0xc00002, 0xc63364, 0xcb0071].includes(ip >>> 8);
}
