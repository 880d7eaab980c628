import { ParseError } from "../errors.js";
import { formatIp, MAX_IPV4, MAX_IPV6, parseIp, type Ip } from "./ip.js";

/** A CIDR prefix. The host bits of `ip` are zero in every prefix that this module returns. */
export interface Prefix {
  readonly ip: Ip;
  /** 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly length: number;
}

/** Number of bits in an address of this one's family. */
export function widthOf(ip: Ip): 32 | 128 {
  return typeof ip === "number" ? 32 : 128;
}

/** The first address of the prefix of that length around `ip`. */
export function maskIp(ip: Ip, length: number): Ip {
  if (typeof ip === "number") return length === 0 ? 0 : (ip & (MAX_IPV4 << (32 - length))) >>> 0;
  const host = BigInt(128 - length);
  return (ip >> host) << host;
}

/** The last address of the prefix of that length around `ip`. */
export function lastIp(ip: Ip, length: number): Ip {
  if (typeof ip === "number") return length === 32 ? ip : (ip | (MAX_IPV4 >>> length)) >>> 0;
  return ip | (MAX_IPV6 >> BigInt(length));
}

/** The prefix of that length around `ip`. */
export function prefixOf(ip: Ip, length: number): Prefix {
  return { ip: maskIp(ip, length), length };
}

/** The prefix that holds this address alone: /32 or /128. */
export function hostPrefix(ip: Ip): Prefix {
  return { ip, length: widthOf(ip) };
}

/**
 * Reads `ADDRESS/LENGTH`. Host bits are cleared, unless `strict` refuses them.
 * @throws ParseError `ERR_PREFIX`, `ERR_PREFIX_LENGTH`, `ERR_HOST_BITS`, or those of `parseIp`
 */
export function parsePrefix(text: string, options: { readonly strict?: boolean } = {}): Prefix {
  const slash = text.indexOf("/");
  if (slash < 0) {
    throw new ParseError("ERR_PREFIX", `"${text}" has no prefix length`, { found: text, allowed: "ADDRESS/LENGTH" });
  }
  const address = parseIp(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  const width = widthOf(address);
  const length = Number(digits);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits) || length > width) {
    throw new ParseError("ERR_PREFIX_LENGTH", `"${digits}" is not a prefix length from 0 to ${width}`, {
      found: digits,
      allowed: `0 to ${width}`,
    });
  }
  const prefix = prefixOf(address, length);
  if (options.strict === true && prefix.ip !== address) {
    throw new ParseError("ERR_HOST_BITS", `"${text}" has bits set behind its prefix length`, {
      found: text,
      allowed: formatPrefix(prefix),
    });
  }
  return prefix;
}

export function formatPrefix({ ip, length }: Prefix): string {
  return `${formatIp(ip)}/${length}`;
}

/** True if the address, or the whole other prefix, lies inside. Families never mix. */
export function prefixContains(prefix: Prefix, other: Ip | Prefix): boolean {
  const inner = typeof other === "object" ? other : hostPrefix(other);
  return (
    typeof prefix.ip === typeof inner.ip &&
    inner.length >= prefix.length &&
    maskIp(inner.ip, prefix.length) === prefix.ip
  );
}

/** By family, first address, then length. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (typeof a.ip !== typeof b.ip) return typeof a.ip === "number" ? -1 : 1;
  return a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.length - b.length;
}
