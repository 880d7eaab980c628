import type { Route } from "@vipkit/bgp";
import { formatPrefix, prefixOf, type Ip, type Prefix } from "@vipkit/net";
import { compareCommunities, formatCommunity, type Community } from "../config/community.js";
import type { BgpSettings, PeerSettings } from "../config/types.js";

/** One address under one advertisement. */
export interface Advertised {
  readonly service: string;
  readonly prefix: Prefix;
  readonly localPref: number;
  readonly asPathPrepend: number;
  readonly communities: readonly Community[];
  /** Empty = all. */
  readonly peers: readonly string[];
}

/** A prefix for which two Services (or advertisements) want different attributes at one peer. */
export interface RouteConflict {
  readonly peer: string;
  readonly prefix: string;
  /** The Service whose attributes hold, and the one whose do not. */
  readonly between: readonly [string, string];
}

/** What each address of a Service is advertised as: the prefix around it, of the advertisement's length. */
export function advertise(service: string, ips: readonly Ip[], advertisements: readonly BgpSettings[]): Advertised[] {
  return ips.flatMap((ip) =>
    advertisements.map(({ aggregationLength, aggregationLengthV6, localPref, asPathPrepend, communities, peers }) => ({
      service,
      prefix: prefixOf(ip, typeof ip === "number" ? aggregationLength : aggregationLengthV6),
      localPref,
      asPathPrepend,
      communities,
      peers,
    })),
  );
}

/** What goes to one peer. */
export function advertisedTo(peer: string, advertised: readonly Advertised[]): Advertised[] {
  return advertised.filter(({ peers }) => peers.length === 0 || peers.includes(peer));
}

/**
 * The routes for one peer: one for each prefix, in the order the prefixes came. Communities of all who want it are united;
 * where the preferences differ, those of the first hold, and it is told.
 */
export function routesFor(
  peer: Pick<PeerSettings, "name" | "myAsn" | "peerAsn" | "dynamicAsn" | "localAsn">,
  advertised: readonly Advertised[],
): { readonly routes: readonly Route[]; readonly conflicts: readonly RouteConflict[] } {
  const byPrefix = new Map<string, Advertised[]>();
  for (const one of advertisedTo(peer.name, advertised)) {
    const prefix = formatPrefix(one.prefix);
    const present = byPrefix.get(prefix);
    if (present === undefined) byPrefix.set(prefix, [one]);
    else present.push(one);
  }
  const conflicts: RouteConflict[] = [];
  const routes = [...byPrefix].map(([prefix, wanted]) => {
    const first = wanted[0]!;
    const other = wanted.find((one) => one.localPref !== first.localPref || one.asPathPrepend !== first.asPathPrepend);
    if (other !== undefined) conflicts.push({ peer: peer.name, prefix, between: [first.service, other.service] });
    return routeOf(peer, first, unite(wanted));
  });
  return { routes, conflicts };
}

function unite(wanted: readonly Advertised[]): Community[] {
  const united = new Map<string, Community>();
  for (const { communities } of wanted)
    for (const one of communities) united.set(`${one.kind} ${formatCommunity(one)}`, one);
  return [...united.values()].sort(compareCommunities);
}

function routeOf(
  { myAsn, peerAsn, dynamicAsn, localAsn }: Pick<PeerSettings, "myAsn" | "peerAsn" | "dynamicAsn" | "localAsn">,
  { prefix, localPref, asPathPrepend }: Advertised,
  communities: readonly Community[],
): Route {
  const standard = communities.flatMap((one) => (one.kind === "standard" ? [one.u32] : []));
  const large = communities.flatMap((one) =>
    one.kind === "large" ? [{ global: one.global, local1: one.local1, local2: one.local2 }] : [],
  );
  // RFC 4271 section 9.1.2: a path with the receiver's own AS number in it is a loop. Inside one AS nothing is prepended.
  const isExternal = dynamicAsn === undefined ? peerAsn !== myAsn : dynamicAsn === "external";
  const prepend = isExternal ? asPathPrepend : 0;
  return {
    prefix,
    ...(localPref === 0 ? {} : { localPref }),
    ...(standard.length === 0 ? {} : { communities: standard }),
    ...(large.length === 0 ? {} : { largeCommunities: large }),
    ...(prepend === 0 ? {} : { asPathPrepend: new Array<number>(prepend).fill(localAsn === 0 ? myAsn : localAsn) }),
  };
}
