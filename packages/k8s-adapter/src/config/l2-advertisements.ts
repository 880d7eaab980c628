import { canonicalJson, integerOf, listOf, objectOf, type Json } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import { objectFrom, type SourceObject } from "../objects/source-object.js";
import { compareText, type Gathered } from "./gather.js";
import { includesNode, scopeOf } from "./node-scope.js";
import { selectedPools } from "./pool-choice.js";
import type { PoolDraft } from "./pools.js";
import { matchesAny, readSelector, readSelectors, sortSelectors } from "./selector.js";
import type { L2Settings, NodeScope } from "./types.js";

/** Layer 2 advertisements by pool name. Equal ones count once, unless they carry preferences: those add up. */
export function readL2Advertisements(
  gathered: Gathered,
  pools: ReadonlyMap<string, PoolDraft>,
  findings: Findings,
): ReadonlyMap<string, readonly L2Settings[]> {
  const byPool = new Map<string, L2Settings[]>([...pools.keys()].map((name) => [name, []]));
  for (const object of gathered.l2Advertisements) {
    const settings = readAdvertisement(object, gathered.nodes, findings);
    for (const pool of selectedPools(object, pools, findings)) {
      const present = byPool.get(pool)!;
      if (settings.preferredNodes.size > 0 || !present.some((other) => isSame(other, settings))) present.push(settings);
    }
  }
  return byPool;
}

function readAdvertisement(object: SourceObject, nodes: readonly SourceObject[], findings: Findings): L2Settings {
  const spec = objectOf(object.value.spec);
  const read = (key: string): ReturnType<typeof readSelectors> =>
    readSelectors(object, ["spec", key], spec[key], findings);
  const scope = scopeOf(nodes, read("nodeSelectors"));
  const interfaces = [...new Set(listOf(spec.interfaces).filter((name) => typeof name === "string"))].sort(compareText);
  return {
    name: object.name,
    ...scope,
    allInterfaces: interfaces.length === 0,
    interfaces,
    serviceSelectors: sortSelectors(read("serviceSelectors")),
    preferredNodes: preferenceScores(object, spec.preferredNodeSelectors, nodes, scope, findings),
  };
}

/** Summed weights of the preferences that a node meets, for nodes that the advertisement is open to. Zeros left out. */
function preferenceScores(
  object: SourceObject,
  value: Json | undefined,
  nodes: readonly SourceObject[],
  scope: NodeScope,
  findings: Findings,
): ReadonlyMap<string, number> {
  const scores = new Map<string, number>();
  listOf(value).forEach((member, index) => {
    const { weight, preference } = objectOf(member);
    const path = ["spec", "preferredNodeSelectors", index, "preference"];
    const selector = preference === undefined ? undefined : readSelector(object, path, preference, findings);
    if (selector === undefined) return;
    for (const { name, labels } of nodes) {
      if (!includesNode(scope, name) || !matchesAny([selector], labels)) continue;
      scores.set(name, (scores.get(name) ?? 0) + (integerOf(weight) ?? 0));
    }
  });
  return new Map([...scores].filter(([, score]) => score > 0).sort(([a], [b]) => compareText(a, b)));
}

function isSame(a: L2Settings, b: L2Settings): boolean {
  return a.preferredNodes.size === 0 && contentOf(a) === contentOf(b);
}

function contentOf({ nodes, everyNode, interfaces, serviceSelectors }: L2Settings): string {
  return canonicalJson({ nodes, everyNode, interfaces, selectors: serviceSelectors.map(({ text }) => text) });
}

/** Preference weights alone: of the eligible nodes, by the selectors given. Zeros left out, sorted by name. */
export function scorePreferences(
  nodes: readonly SourceObject[],
  eligible: readonly string[],
  preferences: Json,
  findings: Findings,
): ReadonlyMap<string, number> {
  const object = objectFrom({ kind: "L2Advertisement" });
  return preferenceScores(object, preferences, nodes, { nodes: eligible, everyNode: false }, findings);
}
