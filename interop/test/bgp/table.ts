import { parseIp, parsePrefix, type Host, type Ipv4 } from "@vipkit/net";
import { formatPrefix } from "@vipkit/net";
import type { PeerConfig, Route } from "@vipkit/bgp";
import type { ReceivedUpdate } from "@vipkit/bgp/node";
import { linuxHost } from "@vipkit/link/node";
import type { Daemon, DaemonConfig, DaemonNeighbor } from "../support/daemon.js";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";
import type { DaemonKind } from "./daemons.js";

export const OUR_IPV4 = "192.0.2.1";
export const OUR_IPV6 = "2001:db8::1";
export const THEIR_IPV4 = "192.0.2.2";
export const THEIR_IPV6 = "2001:db8::2";
export const OUR_ASN = 65001;
export const THEIR_ASN = 65002;

/** A lab with two namespaces: ours, and that of a daemon. */
export interface Table {
  readonly lab: Lab;
  readonly us: LabNode;
  readonly them: LabNode;
  readonly host: Host;
  close(): Promise<void>;
}

export function layTable(): Table {
  const lab = createLab();
  const us = lab.addNode("us", [`${OUR_IPV4}/24`, `${OUR_IPV6}/64`]);
  const them = lab.addNode("them", [`${THEIR_IPV4}/24`, `${THEIR_IPV6}/64`]);
  return { lab, us, them, host: linuxHost({ namespace: us.namespace }), close: () => lab.close() };
}

export function seat(
  table: Table,
  kind: DaemonKind,
  neighbor: Partial<DaemonNeighbor> = {},
  config: Partial<DaemonConfig> = {},
): Promise<Daemon> {
  return kind.start(table.lab, table.them, {
    asn: THEIR_ASN,
    routerId: THEIR_IPV4,
    local: { ipv4: THEIR_IPV4, ipv6: THEIR_IPV6 },
    networks: ["10.200.0.0/24", "2001:db8:200::/64"],
    neighbors: [{ address: OUR_IPV4, asn: OUR_ASN, ...neighbor }],
    ...config,
  });
}

export function ourConfig(more: Partial<PeerConfig> = {}): PeerConfig {
  return {
    name: "them",
    localAsn: OUR_ASN,
    peerAsn: THEIR_ASN,
    remote: { ip: parseIp(THEIR_IPV4), port: 179 },
    source: parseIp(OUR_IPV4),
    routerId: parseIp(OUR_IPV4) as Ipv4,
    nextHops: { ipv4: parseIp(OUR_IPV4) as Ipv4, ipv6: parseIp(OUR_IPV6) },
    idleHold: { firstMs: 200, maxMs: 1000 },
    connectRetrySeconds: 2,
    ...more,
  };
}

export function route(prefix: string, more: Partial<Route> = {}): Route {
  return { prefix: parsePrefix(prefix), ...more };
}

/** Keeps what a peer tells us: prefixes. */
export function createHeard(): { readonly prefixes: Set<string>; readonly onUpdate: (update: ReceivedUpdate) => void } {
  const prefixes = new Set<string>();
  return {
    prefixes,
    onUpdate: ({ announced, withdrawn }) => {
      for (const { nlri } of withdrawn) for (const one of nlri) prefixes.delete(formatPrefix(one));
      for (const { nlri } of announced) for (const one of nlri) prefixes.add(formatPrefix(one));
    },
  };
}
