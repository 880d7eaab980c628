import type { Route } from "@vipkit/bgp";
import { compareIp, formatIp, type Ip } from "@vipkit/net";
import type { EndpointsBook } from "../cluster/endpoints.js";
import type { NodeFacts } from "../cluster/node.js";
import { ingressIps, type Labels, type Service } from "../cluster/service.js";
import { peersOf } from "../config/allocator-pools.js";
import { compareText } from "../config/gather.js";
import { includesNode } from "../config/node-scope.js";
import type { Config, PoolSettings } from "../config/types.js";
import { decideBgp, type BgpReason, type BgpVerdict } from "./bgp-verdict.js";
import { electL2, l2Interfaces, type L2Reason, type L2Verdict } from "./l2-verdict.js";
import { poolOfIps } from "./matching.js";
import { advertise, routesFor, type Advertised, type RouteConflict } from "./routes.js";

export interface AnnouncementInput {
  /** The node that asks. */
  readonly node: string;
  readonly config: Config;
  /** With their status: what `decideAllocation` returned. */
  readonly services: readonly Service[];
  readonly endpoints: EndpointsBook;
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  /** Names of the members that are alive or suspect, the own one included; undefined = no gossip, all known nodes. */
  readonly members: readonly string[] | undefined;
  /** Labels of the node where no Node object has them. */
  readonly nodeLabels?: Labels | undefined;
  readonly ignoreExcludeLabel?: boolean | undefined;
  /** False: a guard forbids this node to act. It announces nothing at layer 2; the others are not affected. Default true. */
  readonly mayAct?: boolean | undefined;
}

/** What becomes of one address at layer 2. */
export interface AddressVerdict {
  readonly ip: Ip;
  readonly address: string;
  /** Services on the address, sorted. */
  readonly services: readonly string[];
  readonly owner: string | undefined;
  /** This node shall answer for the address. */
  readonly mine: boolean;
  /** Where to answer, if it is mine. */
  readonly allInterfaces: boolean;
  readonly interfaces: readonly string[];
  /** Of this node: `elected`, or what kept it from being. */
  readonly reason: L2Reason | "guard" | "no_pool";
  /** In the order of the election. */
  readonly candidates: readonly string[];
}

/** What this node does for one Service, and why. */
export interface ServiceVerdict {
  readonly service: string;
  readonly addresses: readonly string[];
  readonly pool: string | undefined;
  readonly layer2: {
    readonly announces: boolean;
    readonly owner: string | undefined;
    readonly reason: L2Reason | "guard" | "no_pool" | "no_address";
    /** Every node's. */
    readonly reasons: Readonly<Record<string, L2Reason>>;
  };
  readonly bgp: { readonly announces: boolean; readonly reason: BgpReason | "no_pool" | "no_address" };
}

export interface Announcements {
  /** Sorted by address, IPv4 first. Only addresses of pools that have layer 2 advertisements. */
  readonly layer2: readonly AddressVerdict[];
  /** For every peer of this node, also those that get nothing. Sorted by name. */
  readonly bgp: ReadonlyMap<string, readonly Route[]>;
  /** Sorted by key; Services of type LoadBalancer only. */
  readonly services: readonly ServiceVerdict[];
  readonly conflicts: readonly RouteConflict[];
}

/** One Service with everything decided. */
interface Decided {
  readonly service: Service;
  readonly ips: readonly Ip[];
  readonly pool: PoolSettings | undefined;
  readonly l2: L2Verdict | undefined;
  readonly bgp: BgpVerdict | undefined;
}

/** Decides what one node announces. The same input on every node gives one owner for each layer 2 address. */
export function decideAnnouncements(input: AnnouncementInput): Announcements {
  const decided = input.services
    .filter(({ type }) => type === "LoadBalancer")
    .sort((a, b) => compareText(a.key, b.key))
    .map((service) => decideService(service, input));
  const layer2 = addressVerdicts(decided, input);
  const { bgp, conflicts } = peerRoutes(decided, input);
  const byIp = new Map(layer2.map((verdict) => [verdict.ip, verdict]));
  const services = decided.map((one) => serviceVerdict(one, byIp, input));
  return { layer2, bgp, services, conflicts };
}

function decideService(service: Service, input: AnnouncementInput): Decided {
  const { config, endpoints, nodes, members, node, ignoreExcludeLabel } = input;
  const ips = ingressIps(service).filter((ip) => ip !== undefined);
  const pool = ips.length === 0 ? undefined : poolOfIps(config.pools, ips);
  if (pool === undefined) return { service, ips, pool, l2: undefined, bgp: undefined };
  const shared = { service, endpoints: endpoints.of(service.key), nodes, ignoreExcludeLabel };
  const l2 = pool.l2.length === 0 ? undefined : electL2({ ...shared, ips, advertisements: pool.l2, members });
  return { service, ips, pool, l2, bgp: decideBgp({ ...shared, node, pool }) };
}

function addressVerdicts(decided: readonly Decided[], input: AnnouncementInput): AddressVerdict[] {
  const byAddress = new Map<Ip, Decided[]>();
  for (const one of decided) {
    if (one.l2 === undefined) continue;
    for (const ip of one.ips) {
      const present = byAddress.get(ip);
      if (present === undefined) byAddress.set(ip, [one]);
      else present.push(one);
    }
  }
  return [...byAddress].sort(([a], [b]) => compareIp(a, b)).map(([ip, sharers]) => addressVerdict(ip, sharers, input));
}

/**
 * Services on one address may have elected different nodes (endpoints under policy Local). One address has one owner: that
 * of the first Service, by key, that has one.
 */
function addressVerdict(
  ip: Ip,
  sharers: readonly Decided[],
  { node, mayAct = true }: AnnouncementInput,
): AddressVerdict {
  const leading = sharers.find(({ l2 }) => l2?.owner !== undefined) ?? sharers[0]!;
  const verdict = leading.l2!;
  const isElected = verdict.owner === node;
  const mine = isElected && mayAct;
  const here = sharers
    .filter(({ l2 }) => l2?.owner === node)
    .flatMap(({ l2 }) => l2?.advertisements ?? [])
    .filter((advertisement) => includesNode(advertisement, node));
  return {
    ip,
    address: formatIp(ip),
    services: sharers.map(({ service }) => service.key),
    owner: verdict.owner,
    mine,
    ...(mine ? l2Interfaces(here) : { allInterfaces: false, interfaces: [] }),
    reason: isElected && !mayAct ? "guard" : (verdict.reasons.get(node) ?? verdict.refusal ?? "not_a_member"),
    candidates: verdict.ranking.map((candidate) => candidate.node),
  };
}

function peerRoutes(
  decided: readonly Decided[],
  { node, nodes, nodeLabels, config }: AnnouncementInput,
): { bgp: Map<string, readonly Route[]>; conflicts: RouteConflict[] } {
  const advertised: Advertised[] = decided.flatMap(({ service, ips, bgp }) =>
    bgp === undefined ? [] : advertise(service.key, ips, bgp.advertisements),
  );
  const labels = { "kubernetes.io/hostname": node, ...nodeLabels, ...nodes.get(node)?.labels };
  const bgp = new Map<string, readonly Route[]>();
  const conflicts: RouteConflict[] = [];
  for (const peer of peersOf(config, labels)) {
    const found = routesFor(peer, advertised);
    bgp.set(peer.name, found.routes);
    conflicts.push(...found.conflicts);
  }
  return { bgp, conflicts };
}

function serviceVerdict(
  one: Decided,
  byIp: ReadonlyMap<Ip, AddressVerdict>,
  { node }: AnnouncementInput,
): ServiceVerdict {
  const { service, ips, pool, l2, bgp } = one;
  const missing = ips.length === 0 ? "no_address" : "no_pool";
  const [first] = ips;
  const address = l2 === undefined || first === undefined ? undefined : byIp.get(first);
  return {
    service: service.key,
    addresses: ips.map(formatIp),
    pool: pool?.name,
    layer2: {
      announces: address?.mine === true && l2?.owner === node,
      owner: address?.owner,
      reason: address?.reason ?? (pool === undefined ? missing : "no_advertisement"),
      reasons: Object.fromEntries(l2?.reasons ?? []),
    },
    bgp: { announces: bgp?.announces ?? false, reason: bgp?.reason ?? missing },
  };
}
