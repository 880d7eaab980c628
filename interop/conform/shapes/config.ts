import { formatCommunity } from "@vipkit/k8s-adapter";
import type {
  BfdProfile,
  BgpSettings,
  Config,
  L2Settings,
  PeerSettings,
  PoolSettings,
  Selector,
} from "@vipkit/k8s-adapter";
import { formatIp, formatPrefix, type Ip } from "@vipkit/net";

const texts = (selectors: readonly Selector[]): string[] => selectors.map(({ text }) => text);
const address = (ip: Ip | undefined): string => (ip === undefined ? "" : formatIp(ip));
const given = <T extends { readonly length: number }>(name: string, list: T): Record<string, T> =>
  list.length === 0 ? {} : { [name]: list };

/** A configuration in the form of the door. */
export function configShape({ pools, peers, bfdProfiles }: Config): object {
  const scoped = [...pools.values()].filter(({ allocateTo }) => allocateTo !== undefined);
  const byNamespace = new Map<string, string[]>();
  for (const { name, allocateTo } of scoped) {
    for (const namespace of allocateTo?.namespaces ?? []) {
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), name]);
    }
  }
  return {
    pools: Object.fromEntries([...pools].map(([name, pool]) => [name, poolShape(pool)])),
    peers: Object.fromEntries([...peers].map(([name, peer]) => [name, peerShape(peer)])),
    bfdProfiles: Object.fromEntries([...bfdProfiles].map(([name, profile]) => [name, profileShape(profile)])),
    poolsByNamespace: Object.fromEntries(byNamespace),
    poolsByServiceSelector: scoped.filter((pool) => scopeSelectors(pool).length > 0).map(({ name }) => name),
  };
}

function poolShape(pool: PoolSettings): object {
  const { prefixes, autoAssign, avoidBuggyIPs, allocateTo, l2, bgp } = pool;
  const scope = {
    priority: allocateTo?.priority,
    namespaces: allocateTo?.namespaces,
    serviceSelectors: scopeSelectors(pool),
  };
  return {
    cidrs: prefixes.map(formatPrefix),
    ...{ autoAssign, avoidBuggyIPs },
    bgp: bgp.map(bgpShape),
    l2: l2.map(l2Shape),
    ...(allocateTo === undefined ? {} : { serviceAllocation: scope }),
  };
}

/** A scope without any limit is open to all Services. */
function scopeSelectors({ allocateTo }: PoolSettings): string[] {
  if (allocateTo === undefined) return [];
  const { namespaces, serviceSelectors, closed } = allocateTo;
  return namespaces.length === 0 && serviceSelectors.length === 0 && !closed ? [""] : texts(serviceSelectors);
}

function bgpShape(settings: BgpSettings): object {
  const { name, aggregationLength, aggregationLengthV6, localPref, asPathPrepend, communities, nodes, peers } =
    settings;
  return {
    ...{ name, aggregationLength, aggregationLengthV6, localPref },
    ...(asPathPrepend === 0 ? {} : { asPathPrepend }),
    communities: communities.map(formatCommunity),
    nodes,
    ...given("peers", peers),
    ...given("serviceSelectors", texts(settings.serviceSelectors)),
  };
}

function l2Shape({ nodes, allInterfaces, interfaces, serviceSelectors, preferredNodes }: L2Settings): object {
  return {
    ...{ nodes, allInterfaces },
    ...given("interfaces", interfaces),
    ...given("serviceSelectors", texts(serviceSelectors)),
    ...(preferredNodes.size === 0 ? {} : { preferredNodes: Object.fromEntries(preferredNodes) }),
  };
}

function peerShape(peer: PeerSettings): object {
  const { name, myAsn, peerAsn, dynamicAsn, localAsn, port, nodeSelectors, passwordSource, passwordRef } = peer;
  const { holdTimeSeconds, keepaliveTimeSeconds, connectTimeSeconds } = peer;
  const { enableGracefulRestart, ebgpMultiHop, disableMP, dualStackAddressFamily } = peer;
  return {
    ...{ name, myASN: myAsn, peerASN: peerAsn, dynamicASN: dynamicAsn ?? "", localASN: localAsn },
    peerAddress: address(peer.address),
    interface: peer.interface ?? "",
    sourceAddress: address(peer.sourceAddress),
    peerPort: port,
    ...{ holdTimeSeconds, keepaliveTimeSeconds, connectTimeSeconds },
    routerID: address(peer.routerId),
    nodeSelectors: nodeSelectors.length === 0 ? [""] : texts(nodeSelectors),
    secretPassword: passwordSource === "secret" ? (peer.password ?? "") : "",
    passwordRef: passwordRef ?? { name: "", namespace: "" },
    bfdProfile: peer.bfdProfile ?? "",
    vrf: peer.vrf ?? "",
    ...{ enableGracefulRestart, ebgpMultiHop, disableMP, dualStackAddressFamily },
  };
}

function profileShape(profile: BfdProfile): object {
  const { name, echoMode, passiveMode, detectMultiplier } = profile;
  return {
    ...{ name, echoMode, passiveMode, detectMultiplier },
    receiveInterval: profile.receiveIntervalMs,
    transmitInterval: profile.transmitIntervalMs,
    echoInterval: profile.echoIntervalMs,
    minimumTtl: profile.minimumTtl,
  };
}
