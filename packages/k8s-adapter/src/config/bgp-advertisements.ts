import { canonicalJson, integerOf, objectOf, textsOf } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { advertisementConflict } from "./advertisement-conflict.js";
import { COMMUNITY_ALLOWED, compareCommunities, formatCommunity, parseCommunity, type Community } from "./community.js";
import type { Gathered } from "./gather.js";
import { scopeOf } from "./node-scope.js";
import { selectedPools } from "./pool-choice.js";
import type { PoolDraft } from "./pools.js";
import { readSelectors, sortSelectors } from "./selector.js";
import { readDistinct } from "./twins.js";
import type { BgpSettings } from "./types.js";

/** BGP advertisements by pool name, in the order written. */
export function readBgpAdvertisements(
  gathered: Gathered,
  pools: ReadonlyMap<string, PoolDraft>,
  aliases: ReadonlyMap<string, Community>,
  findings: Findings,
): ReadonlyMap<string, readonly BgpSettings[]> {
  reportEqual(gathered.bgpAdvertisements, findings);
  const byPool = new Map<string, BgpSettings[]>([...pools.keys()].map((name) => [name, []]));
  for (const object of gathered.bgpAdvertisements) {
    const settings = readAdvertisement(object, gathered.nodes, aliases, findings);
    for (const name of selectedPools(object, pools, findings)) {
      const present = byPool.get(name)!;
      reportAggregation(object, settings, pools.get(name)!, findings);
      reportConflicts(object, settings, pools.get(name)!, present, findings);
      present.push(settings);
    }
  }
  return byPool;
}

function readAdvertisement(
  object: SourceObject,
  nodes: readonly SourceObject[],
  aliases: ReadonlyMap<string, Community>,
  findings: Findings,
): BgpSettings {
  const spec = objectOf(object.value.spec);
  const read = (key: string): ReturnType<typeof readSelectors> =>
    readSelectors(object, ["spec", key], spec[key], findings);
  const settings: BgpSettings = {
    name: object.name,
    ...scopeOf(nodes, read("nodeSelectors")),
    aggregationLength: integerOf(spec.aggregationLength) ?? 32,
    aggregationLengthV6: integerOf(spec.aggregationLengthV6) ?? 128,
    localPref: integerOf(spec.localPref) ?? 0,
    asPathPrepend: integerOf(spec.asPathPrepend) ?? 0,
    communities: readCommunities(object, aliases, findings),
    peers: readDistinct(object, ["spec", "peers"], findings),
    serviceSelectors: sortSelectors(read("serviceSelectors")),
  };
  reportLengths(object, settings, findings);
  return settings;
}

function reportLengths(object: SourceObject, settings: BgpSettings, findings: Findings): void {
  const fields = [
    ["aggregationLength", 32],
    ["aggregationLengthV6", 128],
  ] as const;
  for (const [field, width] of fields) {
    const length = settings[field];
    if (length > width || length < 1) {
      findings.add(object, ["spec", field], {
        code: "aggregation_length",
        message: `${length} is not a length to aggregate to`,
        allowed: `1 to ${width}`,
      });
    }
    if (settings.serviceSelectors.length > 0 && length !== width) {
      findings.add(object, ["spec", field], {
        code: "aggregation_with_selectors",
        message: `${field} cannot be chosen together with serviceSelectors`,
        allowed: `${width}, or no serviceSelectors`,
      });
    }
  }
}

function readCommunities(
  object: SourceObject,
  aliases: ReadonlyMap<string, Community>,
  findings: Findings,
): readonly Community[] {
  readDistinct(object, ["spec", "communities"], findings);
  const communities = new Map<string, Community>();
  textsOf(objectOf(object.value.spec).communities).forEach((text, index) => {
    const alias = aliases.get(text);
    const read = alias === undefined ? parseCommunity(text) : ({ ok: true, community: alias } as const);
    if (read.ok) {
      communities.set(`${read.community.kind} ${formatCommunity(read.community)}`, read.community);
      return;
    }
    findings.add(object, ["spec", "communities", index], {
      code: read.code === "community_format" ? "community_unknown" : read.code,
      message: read.message,
      allowed: COMMUNITY_ALLOWED,
      ...(read.code === "community_format" ? { transient: true } : {}),
    });
  });
  return [...communities.values()].sort(compareCommunities);
}

/** An aggregate may not be smaller than every part of an address entry: then it would lie inside the entry. */
function reportAggregation(object: SourceObject, settings: BgpSettings, pool: PoolDraft, findings: Findings): void {
  for (const { text, prefixes } of pool.entries) {
    const isIpv4 = typeof prefixes[0]!.ip === "number";
    const field = isIpv4 ? "aggregationLength" : "aggregationLengthV6";
    const shortest = Math.min(...prefixes.map(({ length }) => length));
    if (settings[field] >= shortest) continue;
    findings.add(object, ["spec", field], {
      code: "aggregation_too_wide",
      message: `${settings[field]} is wider than ${text} of pool ${pool.object.name}`,
      allowed: `${shortest} to ${isIpv4 ? 32 : 128}`,
    });
  }
}

/** Those with service selectors are compared service by service, when it is known which of them meet. */
function reportConflicts(
  object: SourceObject,
  settings: BgpSettings,
  pool: PoolDraft,
  present: readonly BgpSettings[],
  findings: Findings,
): void {
  if (settings.serviceSelectors.length > 0) return;
  for (const other of present) {
    const conflict =
      other.serviceSelectors.length > 0 ? undefined : advertisementConflict(pool.settings, settings, other);
    if (conflict === undefined) continue;
    const field = conflict === "local_pref_conflict" ? "localPref" : "asPathPrepend";
    findings.add(object, ["spec", field], {
      code: conflict,
      message: `${field} differs from ${other.name}, which advertises the same prefixes of pool ${pool.object.name} to the same peers`,
      allowed: "the same value, or other peers, nodes or aggregation lengths",
      // Without any Node object nobody knows whether the two meet on a node. They are then compared when announcing.
      severity: settings.everyNode || other.everyNode ? "warning" : "error",
    });
  }
}

function reportEqual(objects: readonly SourceObject[], findings: Findings): void {
  const seen = new Set<string>();
  for (const object of objects) {
    const text = canonicalJson(object.value);
    if (seen.has(text)) {
      findings.add(object, [], {
        code: "advertisement_duplicate",
        message: `the BGPAdvertisement ${object.name} is given twice`,
      });
    }
    seen.add(text);
  }
}
