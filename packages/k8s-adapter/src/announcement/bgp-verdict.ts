import type { EndpointFacts } from "../cluster/endpoints.js";
import type { NodeFacts } from "../cluster/node.js";
import type { Service } from "../cluster/service.js";
import { firstConflict, type ConflictPool } from "../config/advertisement-conflict.js";
import { includesNode } from "../config/node-scope.js";
import type { BgpSettings } from "../config/types.js";
import { forService } from "./matching.js";

/** Why a node advertises a Service by BGP (`advertised`), or why not. */
export type BgpReason =
  | "advertised"
  | "advertisement_not_for_node"
  | "no_advertisement"
  | "conflicting_advertisements"
  | "node_network_unavailable"
  | "node_excluded"
  | "no_local_endpoint"
  | "no_endpoints";

export interface BgpQuestion {
  readonly node: string;
  readonly service: Pick<Service, "labels" | "externalTrafficPolicy">;
  readonly pool: ConflictPool & { readonly bgp: readonly BgpSettings[] };
  readonly endpoints: readonly EndpointFacts[] | undefined;
  readonly nodes: ReadonlyMap<string, Pick<NodeFacts, "networkUnavailable" | "excluded">>;
  readonly ignoreExcludeLabel?: boolean | undefined;
}

export interface BgpVerdict {
  readonly announces: boolean;
  readonly reason: BgpReason;
  /** Those of the pool that are for this Service on this node; empty when nothing is announced. */
  readonly advertisements: readonly BgpSettings[];
}

/** Whether a node advertises a Service: each node by itself, several at once on purpose. */
export function decideBgp(question: BgpQuestion): BgpVerdict {
  const { node, service, pool } = question;
  const here = pool.bgp.filter((advertisement) => includesNode(advertisement, node));
  const advertisements = forService(here, service.labels);
  const refusal =
    here.length === 0 && pool.bgp.length > 0 ? "advertisement_not_for_node" : refuse(question, advertisements);
  if (refusal !== undefined) return { announces: false, reason: refusal, advertisements: [] };
  return { announces: true, reason: "advertised", advertisements };
}

function refuse(question: BgpQuestion, advertisements: readonly BgpSettings[]): BgpReason | undefined {
  const { node, service, pool, endpoints, nodes, ignoreExcludeLabel = false } = question;
  if (advertisements.length === 0) return "no_advertisement";
  if (firstConflict(pool, advertisements) !== undefined) return "conflicting_advertisements";
  const facts = nodes.get(node);
  if (facts?.networkUnavailable === true) return "node_network_unavailable";
  if (facts?.excluded === true && !ignoreExcludeLabel) return "node_excluded";
  if (endpoints === undefined) return undefined;
  const healthy = endpoints.filter(({ serves, hasAddress }) => serves && hasAddress);
  if (service.externalTrafficPolicy === "Local" && !healthy.some(({ node: at }) => at === node))
    return "no_local_endpoint";
  return healthy.length === 0 ? "no_endpoints" : undefined;
}
