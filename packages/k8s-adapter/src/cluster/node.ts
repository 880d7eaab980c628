import { listOf, objectOf, textMapOf, textOf, valueAt, type JsonObject } from "../objects/json.js";
import type { Labels } from "./service.js";

export const EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

/** What vipkit looks at of a Node. */
export interface NodeFacts {
  readonly name: string;
  readonly labels: Labels;
  /** The condition NetworkUnavailable is True. */
  readonly networkUnavailable: boolean;
  /** The label that keeps load balancers off is there; its value does not count, as in MetalLB. */
  readonly excluded: boolean;
}

export function nodeFrom(object: JsonObject): NodeFacts {
  const labels = textMapOf(valueAt(object, ["metadata", "labels"]));
  const conditions = listOf(valueAt(object, ["status", "conditions"])).map(objectOf);
  return {
    name: textOf(valueAt(object, ["metadata", "name"])) ?? "",
    labels,
    networkUnavailable: conditions.some(({ type, status }) => type === "NetworkUnavailable" && status === "True"),
    excluded: Object.hasOwn(labels, EXCLUDE_LABEL),
  };
}
