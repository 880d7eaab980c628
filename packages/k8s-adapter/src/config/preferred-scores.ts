import type { Json } from "../objects/json.js";
import { createFindings, type Mistake } from "../objects/mistake.js";
import { objectFrom } from "../objects/source-object.js";
import { scorePreferences } from "./l2-advertisements.js";

/**
 * Weights of preferred nodes: for each of the eligible nodes the sum of the weights of the preferences that it meets. Zeros
 * are left out.
 * @param nodes Node objects
 * @param preferences as in `spec.preferredNodeSelectors`: `[{weight, preference}]`
 */
export function preferredScores(
  nodes: readonly unknown[],
  eligible: readonly string[],
  preferences: Json,
): { readonly scores: ReadonlyMap<string, number>; readonly mistakes: readonly Mistake[] } {
  const findings = createFindings();
  const objects = nodes.map((node) => objectFrom(node));
  return { scores: scorePreferences(objects, eligible, preferences, findings), mistakes: findings.mistakes };
}
