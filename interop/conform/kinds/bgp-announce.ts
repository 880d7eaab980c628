import { decideBgp } from "@vipkit/k8s-adapter";
import { parseIp, parsePrefix, hostPrefix } from "@vipkit/net";
import { bgpAdvertisements } from "../shapes/advertisements.js";
import { endpointsOf, nodesOf, serviceOf } from "../shapes/service.js";

type Line = Readonly<Record<string, unknown>>;

/** `{node, advertisements, service, nodes?, endpoints?}` to `{announces, reason?}`. */
export const answer = (line: Line): object => {
  const service = (line.service ?? {}) as Line;
  const { cidrs = [] } = (line.pool ?? {}) as { readonly cidrs?: readonly string[] };
  const own = ((service.ips ?? []) as readonly string[]).map((ip) => hostPrefix(parseIp(ip)));
  const { announces, reason } = decideBgp({
    node: String(line.node),
    service: serviceOf("default/service", service),
    pool: {
      prefixes: cidrs.length > 0 ? cidrs.map((cidr) => parsePrefix(cidr)) : own,
      bgp: bgpAdvertisements(line.advertisements),
    },
    endpoints: endpointsOf(line.endpoints),
    nodes: nodesOf(line.nodes),
    ignoreExcludeLabel: line.ignoreExcludeLabel === true,
  });
  return announces ? { announces } : { announces, reason };
};
