import { electL2 } from "@vipkit/k8s-adapter";
import { parseIp } from "@vipkit/net";
import { l2Advertisements } from "../shapes/advertisements.js";
import { endpointsOf, nodesOf, serviceOf } from "../shapes/service.js";

/** Who of the nodes listed announces, and why the others do not. */
export const answer = (line: Readonly<Record<string, unknown>>): object => {
  const nodes = nodesOf(line.nodes);
  const { owner, reasons } = electL2({
    service: serviceOf("default/service", (line.service ?? {}) as Record<string, unknown>),
    ips: ((line.ips ?? []) as readonly string[]).map(parseIp),
    advertisements: l2Advertisements(line.advertisements),
    endpoints: endpointsOf(line.endpoints),
    nodes,
    members: (line.speakers as readonly string[] | null | undefined) ?? undefined,
    ignoreExcludeLabel: line.ignoreExcludeLabel === true,
  });
  const others = [...reasons].filter(([node]) => nodes.has(node) && node !== owner);
  return { announcers: owner !== undefined && nodes.has(owner) ? [owner] : [], reasons: Object.fromEntries(others) };
};
