import { valueAt } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import type { PoolDraft } from "./pools.js";
import { matchesAny, readSelectors } from "./selector.js";
import { readDistinct } from "./twins.js";

/**
 * Names of the pools that an advertisement is for: those it names and those whose labels its selectors match; all of them
 * when it says neither. Sorted as `pools` is. A name without a pool is no error, the pool may come later.
 */
export function selectedPools(
  object: SourceObject,
  pools: ReadonlyMap<string, PoolDraft>,
  findings: Findings,
): readonly string[] {
  const names = readDistinct(object, ["spec", "ipAddressPools"], findings);
  const path = ["spec", "ipAddressPoolSelectors"];
  const selectors = readSelectors(object, path, valueAt(object.value, path), findings);
  names.forEach((name, index) => {
    if (pools.has(name)) return;
    findings.add(object, ["spec", "ipAddressPools", index], {
      code: "pool_unknown",
      message: `there is no IPAddressPool with the name ${name}`,
      severity: "warning",
    });
  });
  const isAll = names.length === 0 && selectors.length === 0;
  return [...pools]
    .filter(([name, draft]) => isAll || names.includes(name) || matchesAny(selectors, draft.object.labels))
    .map(([name]) => name);
}
