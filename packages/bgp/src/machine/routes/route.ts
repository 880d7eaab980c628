import type { Ip, Prefix } from "@vipkit/net";
import type { LargeCommunity } from "../../wire/attribute.js";

/** One route that is wanted at the peer. Two routes are the same when prefix and path identifier are. */
export interface Route {
  readonly prefix: Prefix;
  /** Default: the session's local address of the family, see `PeerConfig.nextHops`. */
  readonly nextHop?: Ip | undefined;
  /** 0 to 2^32 - 1. Told to internal peers only (RFC 4271 section 5.1.5); default 100. */
  readonly localPref?: number | undefined;
  /** MULTI_EXIT_DISC, 0 to 2^32 - 1 */
  readonly med?: number | undefined;
  /** RFC 1997: `high * 65536 + low` */
  readonly communities?: readonly number[] | undefined;
  /** RFC 8092 */
  readonly largeCommunities?: readonly LargeCommunity[] | undefined;
  /** RFC 4360: 64 bits each */
  readonly extCommunities?: readonly bigint[] | undefined;
  /** Put in front of the AS path, behind the own AS number, towards external peers only. */
  readonly asPathPrepend?: readonly number[] | undefined;
  /** Default `igp`. */
  readonly origin?: "igp" | "egp" | "incomplete" | undefined;
  /**
   * Path identifier (RFC 7911), 0 to 2^32 - 1. Paths other than 0 (the default) are only told to peers that agreed on
   * add-path for the family.
   */
  readonly pathId?: number | undefined;
}

/** What identifies a route in a Map: a number for IPv4, a bigint for IPv6, a text where there is a path identifier. */
export type RouteKey = number | bigint | string;

export function routeKey(prefix: Prefix, pathId = 0): RouteKey {
  const { ip, length } = prefix;
  const key = typeof ip === "number" ? ip * 64 + length : (ip << 8n) | BigInt(length);
  return pathId === 0 ? key : `${key}${typeof key === "bigint" ? "n" : ""}@${pathId}`;
}
