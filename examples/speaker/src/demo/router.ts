import { listenForPeers } from "@vipkit/bgp/node";
import { formatIp, formatPrefix, isIpv4, isLinkLocal, parseIp, parseIpv4, type Host, type Prefix } from "@vipkit/net";
import { BGP_PORT, NODE_ASN, NODES, ROUTER, ROUTER_ASN } from "./cluster.js";
import type { RouterRoute } from "./stage.js";

/** A passive BGP speaker that keeps what it is told: one listener for each family, one session for each node. */
export async function startRouter(host: Host, changed: (routes: RouterRoute[]) => void): Promise<void> {
  const ways = new Map<string, Map<string, string>>();
  const waysTo = (prefix: Prefix): Map<string, string> => {
    const key = formatPrefix(prefix);
    const hops = ways.get(key) ?? new Map<string, string>();
    ways.set(key, hops);
    return hops;
  };
  const tell = (): void => {
    const table = [...ways].filter(([, hops]) => hops.size > 0);
    changed(table.map(([prefix, hops]) => ({ prefix, nextHops: [...new Set(hops.values())].sort() })));
  };
  const forget = (peer: string): void => {
    for (const hops of ways.values()) hops.delete(peer);
    tell();
  };
  for (const local of [ROUTER.ipv4, ROUTER.ipv6].map(parseIp)) {
    const family = isIpv4(local) ? "ipv4" : "ipv6";
    const listener = await listenForPeers({
      host,
      local: { ip: local, port: BGP_PORT },
      peers: NODES.map((node) => ({
        name: `${node.name}-${family}`,
        localAsn: ROUTER_ASN,
        peerAsn: NODE_ASN,
        remote: { ip: parseIp(node[family]), port: BGP_PORT },
        routerId: parseIpv4(ROUTER.ipv4),
        passive: true,
        holdTimeSeconds: 3,
        families: [family],
      })),
      onUpdate: (update, peer) => {
        for (const { nextHops, nlri } of update.announced) {
          const hop = nextHops.find((ip) => !isLinkLocal(ip));
          for (const prefix of hop === undefined ? [] : nlri) waysTo(prefix).set(peer.name, formatIp(hop!));
        }
        for (const { nlri } of update.withdrawn) for (const prefix of nlri) waysTo(prefix).delete(peer.name);
        tell();
      },
    });
    for (const peer of listener.peers.values()) {
      peer.onEvent((event) => {
        if (event.type === "down") forget(peer.name);
      });
    }
  }
}
