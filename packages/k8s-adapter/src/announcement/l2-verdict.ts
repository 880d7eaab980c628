import { explainMetallb, type Ranked } from "@vipkit/leader";
import type { Ip } from "@vipkit/net";
import { hasRequest } from "../allocation/annotations.js";
import type { EndpointFacts } from "../cluster/endpoints.js";
import type { NodeFacts } from "../cluster/node.js";
import type { Service } from "../cluster/service.js";
import { compareText } from "../config/gather.js";
import { includesNode } from "../config/node-scope.js";
import type { L2Settings } from "../config/types.js";
import { forService } from "./matching.js";

/** Why a node announces a Service at layer 2 (`elected`), or why not. */
export type L2Reason =
  | "elected"
  | "not_elected"
  | "no_endpoints"
  | "no_local_endpoint"
  | "shared_ip_with_service_selectors"
  | "no_advertisement"
  | "advertisement_not_for_node"
  | "node_network_unavailable"
  | "node_excluded"
  | "not_a_member";

/** What decides about one Service at layer 2. */
export interface L2Question {
  readonly service: Pick<Service, "labels" | "annotations" | "externalTrafficPolicy">;
  /** In the order of the status: the first one is the key of the election. */
  readonly ips: readonly Ip[];
  readonly advertisements: readonly L2Settings[];
  /** Undefined: nothing is known about endpoints, and they do not count. */
  readonly endpoints: readonly EndpointFacts[] | undefined;
  readonly nodes: ReadonlyMap<string, Pick<NodeFacts, "networkUnavailable" | "excluded">>;
  /** Undefined: membership is off, every known node is a candidate. */
  readonly members: readonly string[] | undefined;
  readonly ignoreExcludeLabel?: boolean | undefined;
}

export interface L2Verdict {
  readonly owner: string | undefined;
  /** In the order of the election, with what decided it. */
  readonly ranking: readonly Ranked[];
  /** Every known node and every member, sorted by name. */
  readonly reasons: ReadonlyMap<string, L2Reason>;
  /** Why nobody announces; undefined when somebody does. */
  readonly refusal: L2Reason | undefined;
  /** Those that are for the Service. */
  readonly advertisements: readonly L2Settings[];
}

/**
 * Elects the node that announces a Service. Every node must come to the same result, so nothing in it depends on who asks:
 * advertisements that are for the Service count even where they are not for the own node.
 */
export function electL2(question: L2Question): L2Verdict {
  const { service, ips, endpoints, nodes, members } = question;
  const advertisements = forService(question.advertisements, service.labels);
  const known = [...new Set([...nodes.keys(), ...(members ?? [])])].sort(compareText);
  const refusal = refuseAll(question, advertisements);
  const present = new Set(members ?? nodes.keys());
  const reasons = new Map<string, L2Reason>();
  const candidates: string[] = [];
  for (const node of known) {
    const reason = refusal ?? refuseNode(node, present, advertisements, question);
    if (reason === undefined) candidates.push(node);
    else reasons.set(node, reason);
  }
  const [ip] = ips;
  const election =
    ip === undefined ? undefined : explainMetallb(candidates, { key: "", ip, scores: scoresOf(advertisements) });
  for (const node of candidates) reasons.set(node, node === election?.owner ? "elected" : "not_elected");
  return {
    owner: election?.owner,
    ranking: election?.ranking ?? [],
    reasons: new Map([...reasons].sort(([a], [b]) => compareText(a, b))),
    refusal: election?.owner !== undefined ? undefined : (refusal ?? whyNobody(reasons, endpoints)),
    advertisements,
  };
}

/** What keeps every node from announcing. */
function refuseAll({ service, endpoints }: L2Question, advertisements: readonly L2Settings[]): L2Reason | undefined {
  if (endpoints?.some(({ serves }) => serves) === false) return "no_endpoints";
  const hasSelectors = advertisements.some(({ serviceSelectors }) => serviceSelectors.length > 0);
  if (hasSelectors && hasRequest(service.annotations, "allow-shared-ip")) return "shared_ip_with_service_selectors";
  return advertisements.length === 0 ? "no_advertisement" : undefined;
}

function refuseNode(
  node: string,
  present: ReadonlySet<string>,
  advertisements: readonly L2Settings[],
  { service, endpoints, nodes, ignoreExcludeLabel = false }: L2Question,
): L2Reason | undefined {
  if (!advertisements.some((advertisement) => includesNode(advertisement, node))) return "advertisement_not_for_node";
  if (!present.has(node)) return "not_a_member";
  const facts = nodes.get(node);
  if (facts?.networkUnavailable === true) return "node_network_unavailable";
  if (facts?.excluded === true && !ignoreExcludeLabel) return "node_excluded";
  if (service.externalTrafficPolicy !== "Local" || endpoints === undefined) return undefined;
  return endpoints.some(({ serves, node: at }) => serves && at === node) ? undefined : "no_local_endpoint";
}

/** Nobody is a candidate: the reason that the most nodes have, the first in the alphabet among equals. */
function whyNobody(reasons: ReadonlyMap<string, L2Reason>, endpoints: readonly EndpointFacts[] | undefined): L2Reason {
  const counts = new Map<L2Reason, number>();
  for (const reason of reasons.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const [most] = [...counts].sort(([a, m], [b, n]) => n - m || compareText(a, b));
  return most?.[0] ?? (endpoints === undefined ? "not_a_member" : "no_endpoints");
}

/** Weights of all advertisements that are for the Service, added up. */
function scoresOf(advertisements: readonly L2Settings[]): Record<string, number> {
  const scores = new Map<string, number>();
  for (const { preferredNodes } of advertisements) {
    for (const [node, weight] of preferredNodes) scores.set(node, (scores.get(node) ?? 0) + weight);
  }
  return Object.fromEntries(scores);
}

/** The interfaces to announce on: the union over the advertisements, all when one of them names none. */
export function l2Interfaces(advertisements: readonly Pick<L2Settings, "allInterfaces" | "interfaces">[]): {
  readonly allInterfaces: boolean;
  readonly interfaces: readonly string[];
} {
  if (advertisements.some(({ allInterfaces }) => allInterfaces)) return { allInterfaces: true, interfaces: [] };
  const names = new Set(advertisements.flatMap(({ interfaces }) => interfaces));
  return { allInterfaces: false, interfaces: [...names].sort(compareText) };
}
