import { rangesOverlap, type Prefix, type Range } from "@vipkit/net";
import { booleanOf, integerOf, isObject, textsOf, valueAt } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { readAddressEntry, unusualRange } from "./address-entry.js";
import { compareText, type Gathered } from "./gather.js";
import { matchesAny, readSelectors, sortSelectors } from "./selector.js";
import { byName, readDistinct } from "./twins.js";
import type { PoolScope, PoolSettings } from "./types.js";

/** One entry of a pool's addresses. */
export interface AddressEntry {
  readonly text: string;
  readonly range: Range;
  readonly prefixes: readonly Prefix[];
  readonly object: SourceObject;
  readonly index: number;
}

/** A pool on its way to the configuration: what advertisements are checked against. */
export interface PoolDraft {
  readonly object: SourceObject;
  readonly entries: readonly AddressEntry[];
  readonly settings: Omit<PoolSettings, "l2" | "bgp">;
}

/** Pools sorted by name. */
export function readPools(gathered: Gathered, findings: Findings): ReadonlyMap<string, PoolDraft> {
  const drafts = new Map<string, PoolDraft>();
  for (const [name, object] of byName(gathered.pools, "pool", findings)) {
    drafts.set(name, readPool(name, object, gathered.namespaces, findings));
  }
  reportOverlaps([...drafts.values()], findings);
  return drafts;
}

function readPool(
  name: string,
  object: SourceObject,
  namespaces: readonly SourceObject[],
  findings: Findings,
): PoolDraft {
  const entries = readEntries(object, findings);
  return {
    object,
    entries,
    settings: {
      name,
      prefixes: entries.flatMap(({ prefixes }) => prefixes),
      autoAssign: booleanOf(valueAt(object.value, ["spec", "autoAssign"])) ?? true,
      avoidBuggyIPs: booleanOf(valueAt(object.value, ["spec", "avoidBuggyIPs"])) ?? false,
      allocateTo: readScope(object, namespaces, findings),
    },
  };
}

function readEntries(object: SourceObject, findings: Findings): AddressEntry[] {
  const path = ["spec", "addresses"];
  const texts = textsOf(valueAt(object.value, path));
  if (texts.length === 0) {
    findings.add(object, path, {
      code: "pool_empty",
      message: "the pool has no addresses",
      allowed: "at least one prefix or range",
      at: "key",
    });
  }
  const entries: AddressEntry[] = [];
  texts.forEach((text, index) => {
    const at = [...path, index];
    const entry = readAddressEntry(text);
    if (!entry.ok) {
      findings.add(object, at, entry);
      return;
    }
    const unusual = unusualRange(entry.range);
    if (unusual !== undefined) {
      findings.add(object, at, { code: "addresses_unusual", message: unusual, severity: "warning" });
    }
    entries.push({ text, range: entry.range, prefixes: entry.prefixes, object, index });
  });
  return entries;
}

function readScope(
  object: SourceObject,
  namespaces: readonly SourceObject[],
  findings: Findings,
): PoolScope | undefined {
  const path = ["spec", "serviceAllocation"];
  const value = valueAt(object.value, path);
  if (!isObject(value)) return undefined;
  const names = new Set(readDistinct(object, [...path, "namespaces"], findings));
  const read = (key: string): ReturnType<typeof readSelectors> =>
    readSelectors(object, [...path, key], value[key], findings);
  const namespaceSelectors = read("namespaceSelectors");
  const serviceSelectors = read("serviceSelectors");
  for (const { name, labels } of namespaces) if (matchesAny(namespaceSelectors, labels)) names.add(name);
  return {
    priority: integerOf(value.priority) ?? 0,
    namespaces: [...names].sort(compareText),
    serviceSelectors: sortSelectors(serviceSelectors),
    closed: namespaceSelectors.length > 0 && names.size === 0,
  };
}

/** Sorted by first address, every entry has to end before the next one starts: O(n log n). */
function reportOverlaps(pools: readonly PoolDraft[], findings: Findings): void {
  const entries = pools.flatMap((pool) => pool.entries);
  for (const family of ["number", "bigint"]) {
    const sorted = entries
      .map((entry, order) => ({ entry, order }))
      .filter(({ entry }) => typeof entry.range.first === family)
      .sort((a, b) => compareFirst(a.entry.range, b.entry.range) || a.order - b.order);
    let widest = sorted[0];
    for (const next of sorted.slice(1)) {
      if (widest !== undefined && rangesOverlap(widest.entry.range, next.entry.range)) {
        const [first, second] = widest.order < next.order ? [widest.entry, next.entry] : [next.entry, widest.entry];
        reportOverlap(first, second, findings);
      }
      if (widest === undefined || next.entry.range.last > widest.entry.range.last) widest = next;
    }
  }
}

function compareFirst(a: Range, b: Range): number {
  return a.first < b.first ? -1 : a.first > b.first ? 1 : 0;
}

function reportOverlap(first: AddressEntry, second: AddressEntry, findings: Findings): void {
  const { file, line } = first.object.locate(["spec", "addresses", first.index]);
  const place = line === 0 ? "" : ` (${file}, line ${line})`;
  findings.add(second.object, ["spec", "addresses", second.index], {
    code: "pool_overlap",
    message: `${second.text} overlaps ${first.text} of pool ${first.object.name}${place}`,
    allowed: "addresses that no other entry has",
  });
}
