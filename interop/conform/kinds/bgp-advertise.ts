import {
  advertise,
  advertisedTo,
  decideBgp,
  formatCommunity,
  poolOfIps,
  peersOf,
  type Advertised,
  type BgpSettings,
  type EndpointFacts,
  type NodeFacts,
  type PeerSettings,
  type PoolSettings,
  type Service,
} from "@vipkit/k8s-adapter";
import { canonicalIp, formatPrefix, parseRange, rangeToPrefixes, tryParseIp, VipkitError, type Ip } from "@vipkit/net";
import { bgpAdvertisements, selectorsOf } from "../shapes/advertisements.js";
import { endpointsOf, nodesOf, serviceOf } from "../shapes/service.js";

type Line = Readonly<Record<string, unknown>>;

interface Peer {
  readonly address: string;
  readonly settings: PeerSettings;
}

interface State {
  readonly node: string;
  peers: readonly Peer[];
  pools: ReadonlyMap<string, PoolSettings>;
  readonly nodes: Map<string, NodeFacts>;
  readonly services: Map<string, { readonly service: Service; readonly endpoints: readonly EndpointFacts[] }>;
}

/** `{node, steps}` to `{results: [{ads: {peer address: [...]}}]}`: what every peer with a session is told after each step. */
export const answer = (line: Line): object => {
  const state: State = { node: String(line.node), peers: [], pools: new Map(), nodes: new Map(), services: new Map() };
  return {
    results: ((line.steps ?? []) as readonly Line[]).map((step) => {
      apply(state, step);
      return { ads: adsOf(state) };
    }),
  };
};

function apply(state: State, step: Line): void {
  if (step.setConfig !== undefined) setConfig(state, step.setConfig as Line);
  if (step.setNode !== undefined) {
    const { name, ...facts } = step.setNode as Line;
    for (const [node, known] of nodesOf({ [String(name)]: facts })) state.nodes.set(node, known);
  }
  if (step.serviceKey === undefined) return;
  const key = step.serviceKey as string;
  if (step.service === null || step.service === undefined) state.services.delete(key);
  else {
    const service = serviceOf(key, step.service as Line);
    state.services.set(key, { service, endpoints: endpointsOf(step.endpoints) });
  }
}

function setConfig(state: State, config: Line): void {
  const peers = Object.entries((config.peers ?? {}) as Readonly<Record<string, Line>>);
  state.peers = peers.map(([name, { address, nodeSelectors }]) => {
    if (typeof address !== "string") throw new VipkitError("ERR_INPUT", `peer ${name} has no address`);
    const settings = { name, nodeSelectors: selectorsOf(nodeSelectors) } as unknown as PeerSettings;
    return { address: canonicalIp(address), settings };
  });
  const pools = Object.entries((config.pools ?? {}) as Readonly<Record<string, Line>>);
  state.pools = new Map(pools.map(([name, pool]) => [name, poolOf(name, pool)]));
}

function poolOf(name: string, { cidrs, bgp }: Line): PoolSettings {
  const prefixes = ((cidrs ?? []) as readonly string[]).flatMap((cidr) => rangeToPrefixes(parseRange(cidr)));
  const settings = { name, prefixes, autoAssign: true, avoidBuggyIPs: false, allocateTo: undefined, l2: [] };
  return { ...settings, bgp: bgpAdvertisements(bgp) };
}

function adsOf(state: State): Record<string, object[]> {
  const { node, nodes, peers } = state;
  const advertised = [...state.services.values()].flatMap((held) => advertisedBy(held, state));
  const running = peersOf(
    { peers: new Map(peers.map(({ settings }) => [settings.name, settings])) },
    nodes.get(node)?.labels ?? {},
  );
  const ads: Record<string, object[]> = {};
  for (const { address, settings } of peers) {
    if (running.includes(settings)) ads[address] = distinct(advertisedTo(settings.name, advertised));
  }
  return ads;
}

function advertisedBy(
  { service, endpoints }: { service: Service; endpoints: readonly EndpointFacts[] },
  state: State,
): Advertised[] {
  const { node, nodes, pools } = state;
  const ips = service.ingress.map(({ ip = "" }) => tryParseIp(ip)).filter((ip): ip is Ip => ip !== undefined);
  const pool = service.type === "LoadBalancer" && ips.length > 0 ? poolOfIps(pools, ips) : undefined;
  if (pool === undefined) return [];
  const advertisements: readonly BgpSettings[] = decideBgp({ node, service, pool, endpoints, nodes }).advertisements;
  return advertise(service.key, ips, advertisements);
}

function distinct(advertised: readonly Advertised[]): object[] {
  const shown = advertised.map(({ prefix, localPref, asPathPrepend, communities, peers }) => ({
    prefix: formatPrefix(prefix),
    ...(localPref === 0 ? {} : { localPref }),
    ...(asPathPrepend === 0 ? {} : { asPathPrepend }),
    ...(communities.length === 0 ? {} : { communities: communities.map(formatCommunity) }),
    ...(peers.length === 0 ? {} : { peers }),
  }));
  return [...new Map(shown.map((ad) => [JSON.stringify(ad), ad])).values()];
}
