import type { SourceObject } from "../objects/source-object.js";
import { compareText } from "./gather.js";
import { matchesAny } from "./selector.js";
import type { NodeScope, Selector } from "./types.js";

/** The nodes that any of the selectors matches; without selectors all of them. */
export function scopeOf(nodes: readonly SourceObject[], selectors: readonly Selector[]): NodeScope {
  const chosen = selectors.length === 0 ? nodes : nodes.filter(({ labels }) => matchesAny(selectors, labels));
  return {
    nodes: chosen.map(({ name }) => name).sort(compareText),
    everyNode: selectors.length === 0 && nodes.length === 0,
  };
}

/** True if the advertisement is open to the node. */
export function includesNode({ nodes, everyNode }: NodeScope, node: string): boolean {
  return everyNode || nodes.includes(node);
}
