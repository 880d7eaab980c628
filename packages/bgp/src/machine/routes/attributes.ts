import type { Ip, IpFamily, Ipv4 } from "@vipkit/net";
import type { AsSegment, LargeCommunity, PathAttribute } from "../../wire/attribute.js";
import type { CodecContext } from "../../wire/context.js";
import { IPV4_UNICAST, IPV6_UNICAST, type Family } from "../../wire/family.js";
import type { Route } from "./route.js";

/** What attributes depend on beside the route: the session it is told on. */
export interface OutContext {
  readonly codec: CodecContext;
  readonly ibgp: boolean;
  /** The AS number that the peer knows us by. */
  readonly ownAsn: number;
  readonly families: readonly IpFamily[];
  /** Next hops for routes that name none. */
  readonly nextHops: {
    readonly ipv4?: Ipv4 | undefined;
    readonly ipv6?: Ip | undefined;
    readonly linkLocal?: Ip | undefined;
  };
  /** RFC 9234 section 5: the peer is our customer, peer or route-server client, so routes carry OTC. */
  readonly onlyToCustomer: boolean;
}

/** GRACEFUL_SHUTDOWN (RFC 8326 section 5) */
const GRACEFUL_SHUTDOWN = 0xffff_0000;
const DEFAULT_LOCAL_PREF = 100;
const AS_TRANS = 23456;
const AS_SEQUENCE = 2;
const MAX_SEGMENT = 255;
const ORIGINS = { igp: 0, egp: 1, incomplete: 2 } as const;

/** Everything about a route but its prefix: routes with the same text share their UPDATEs. */
export function attributesKey(route: Route, family: IpFamily): string {
  const large = route.largeCommunities;
  const largeText =
    large === undefined || large.length === 0
      ? ""
      : large.map((one) => `${one.global}:${one.local1}:${one.local2}`).join();
  return (
    `${family}|${route.nextHop ?? ""}${typeof route.nextHop}|${route.localPref ?? ""}|${route.med ?? ""}|` +
    `${route.communities?.join() ?? ""}|${largeText}|${route.extCommunities?.join() ?? ""}|` +
    `${route.asPathPrepend?.join() ?? ""}|${route.origin ?? "igp"}`
  );
}

function isSameList<T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
  isSame: (one: T, other: T) => boolean = (one, other) => one === other,
): boolean {
  if (a === b) return true;
  const length = a?.length ?? 0;
  if (length !== (b?.length ?? 0)) return false;
  for (let at = 0; at < length; at += 1) if (!isSame(a![at]!, b![at]!)) return false;
  return true;
}

function isSameLarge(a: LargeCommunity, b: LargeCommunity): boolean {
  return a.global === b.global && a.local1 === b.local1 && a.local2 === b.local2;
}

/** What `attributesKey` says of two routes of one family, without making texts: most neighbours in a set are alike. */
export function hasSameAttributes(a: Route, b: Route): boolean {
  return (
    a.nextHop === b.nextHop &&
    a.localPref === b.localPref &&
    a.med === b.med &&
    (a.origin ?? "igp") === (b.origin ?? "igp") &&
    isSameList(a.communities, b.communities) &&
    isSameList(a.largeCommunities, b.largeCommunities, isSameLarge) &&
    isSameList(a.extCommunities, b.extCommunities) &&
    isSameList(a.asPathPrepend, b.asPathPrepend)
  );
}

/** Why a route is not told to a peer. */
export type SkipReason = "family-not-negotiated" | "no-next-hop" | "add-path-not-negotiated";

/** The next hop as MP_REACH_NLRI or NEXT_HOP will say it; undefined when the session has none that fits. */
export function nextHopOf(route: Route, family: IpFamily, context: OutContext): readonly Ip[] | undefined {
  const { nextHops, codec } = context;
  const linkLocal = nextHops.linkLocal === undefined ? [] : [nextHops.linkLocal];
  const ipv6 = typeof route.nextHop === "bigint" ? [route.nextHop] : ipv6NextHops(nextHops.ipv6, linkLocal);
  if (family === "ipv6") return typeof route.nextHop === "number" ? undefined : ipv6;
  if (typeof route.nextHop === "number") return [route.nextHop];
  if (route.nextHop === undefined && nextHops.ipv4 !== undefined) return [nextHops.ipv4];
  // RFC 8950 section 4: an IPv6 next hop only where both sides offered it.
  return codec.extendedNextHop.length > 0 ? ipv6 : undefined;
}

function ipv6NextHops(global: Ip | undefined, linkLocal: readonly Ip[]): readonly Ip[] | undefined {
  if (global !== undefined) return [global, ...linkLocal];
  // A peer on the same link without any global address (RFC 2545 section 3 has no room for this; routers take it).
  return linkLocal.length > 0 ? [linkLocal[0]!, linkLocal[0]!] : undefined;
}

function segments(asns: readonly number[]): AsSegment[] {
  const list: AsSegment[] = [];
  for (let at = 0; at < asns.length; at += MAX_SEGMENT)
    list.push({ type: AS_SEQUENCE, asns: asns.slice(at, at + MAX_SEGMENT) });
  return list;
}

/** AS_PATH: empty inside the AS, else our number and what is prepended (RFC 4271 section 5.1.2). */
function pathAttributes(
  route: Route,
  context: OutContext,
): { readonly path: PathAttribute; readonly path4: PathAttribute[] } {
  const asns = context.ibgp ? [] : [context.ownAsn, ...(route.asPathPrepend ?? [])];
  // RFC 6793 section 4.2.2: peers that know two octets see AS_TRANS, and the true path in AS4_PATH.
  if (context.codec.as4 || asns.every((asn) => asn <= 0xffff)) {
    return { path: { type: "as-path", segments: segments(asns) }, path4: [] };
  }
  const short = asns.map((asn) => (asn > 0xffff ? AS_TRANS : asn));
  return {
    path: { type: "as-path", segments: segments(short) },
    path4: [{ type: "as4-path", segments: segments(asns) }],
  };
}

function communities(route: Route, draining: boolean): PathAttribute[] {
  const wanted = route.communities ?? [];
  const values = draining && !wanted.includes(GRACEFUL_SHUTDOWN) ? [...wanted, GRACEFUL_SHUTDOWN] : wanted;
  return values.length === 0 ? [] : [{ type: "communities", values }];
}

/** True when the routes of this next hop travel in MP_REACH_NLRI (RFC 4760, RFC 8950). */
export function usesMpReach(family: IpFamily, nextHops: readonly Ip[]): boolean {
  return family === "ipv6" || typeof nextHops[0] === "bigint";
}

export function familyOfRoutes(family: IpFamily): Family {
  return family === "ipv4" ? IPV4_UNICAST : IPV6_UNICAST;
}

/**
 * The path attributes of a route in the order of their type codes, without MP_REACH_NLRI. While draining, the graceful
 * shutdown community is added and the local preference is 0 (RFC 8326 section 4.2).
 */
export function pathAttributesOf(
  route: Route,
  family: IpFamily,
  nextHops: readonly Ip[],
  context: OutContext,
  draining: boolean,
): PathAttribute[] {
  const { path, path4 } = pathAttributes(route, context);
  const attributes: PathAttribute[] = [{ type: "origin", value: ORIGINS[route.origin ?? "igp"] }, path];
  if (!usesMpReach(family, nextHops)) attributes.push({ type: "next-hop", ip: nextHops[0] as Ipv4 });
  if (route.med !== undefined) attributes.push({ type: "med", value: route.med });
  if (context.ibgp) {
    attributes.push({ type: "local-pref", value: draining ? 0 : (route.localPref ?? DEFAULT_LOCAL_PREF) });
  }
  attributes.push(...communities(route, draining));
  if (route.extCommunities !== undefined && route.extCommunities.length > 0) {
    attributes.push({ type: "ext-communities", values: route.extCommunities });
  }
  attributes.push(...path4);
  if (route.largeCommunities !== undefined && route.largeCommunities.length > 0) {
    attributes.push({ type: "large-communities", values: route.largeCommunities });
  }
  if (context.onlyToCustomer && !context.ibgp) attributes.push({ type: "otc", asn: context.ownAsn });
  return attributes;
}
