import { listOf, objectOf, textOf, textsOf, valueAt, type JsonObject } from "../objects/json.js";
import { createFindings, type Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { readAddressEntry } from "./address-entry.js";
import { parseCommunity } from "./community.js";
import { parseDurationMs } from "./duration.js";
import type { Gathered } from "./gather.js";
import { scopeOf } from "./node-scope.js";
import { matchesAny, readSelectors } from "./selector.js";

/** MetalLB's BGP implementations. vipkit has none of their limits; who wants to go back to one can check against it. */
export type Mode = "native" | "frr" | "frr-k8s";

/** What MetalLB in that mode would refuse, beyond the rules that hold always. */
export function checkMode(gathered: Gathered, mode: Mode, findings: Findings): void {
  if (mode === "native") checkNative(gathered, findings);
  else checkShared(gathered, findings);
  if (mode !== "frr-k8s") checkPrepend(gathered, mode, findings);
}

const NATIVE_LACKS: readonly (readonly [field: string, isSet: (value: JsonObject[string]) => boolean])[] = [
  ["bfdProfile", isText],
  ["keepaliveTime", (value) => typeof value === "string" && parseDurationMs(value) !== 0],
  ["vrf", isText],
  ["connectTime", (value) => typeof value === "string"],
  ["enableGracefulRestart", (value) => value === true],
  ["disableMP", (value) => value === true],
  ["dualStackAddressFamily", (value) => value === true],
  ["dynamicASN", isText],
  ["interface", isText],
  ["localASN", (value) => typeof value === "number" && value !== 0],
];

function isText(value: JsonObject[string]): boolean {
  return typeof value === "string" && value !== "";
}

function checkNative(gathered: Gathered, findings: Findings): void {
  for (const peer of gathered.peers) {
    const spec = objectOf(peer.value.spec);
    for (const [field, isSet] of NATIVE_LACKS) {
      if (!isSet(spec[field])) continue;
      findings.add(peer, ["spec", field], {
        code: "mode_native_peer",
        message: `${field} is not known to the native mode`,
      });
    }
  }
  for (const profile of gathered.bfdProfiles) {
    findings.add(profile, [], { code: "mode_native_bfd", message: "the native mode knows no BFD profiles" });
  }
  checkNativePools(gathered, findings);
  checkNativeCommunities(gathered, findings);
}

function checkNativePools({ pools, bgpAdvertisements }: Gathered, findings: Findings): void {
  for (const pool of pools) {
    if (!bgpAdvertisements.some((advertisement) => selects(advertisement, pool))) continue;
    textsOf(valueAt(pool.value, ["spec", "addresses"])).forEach((text, index) => {
      const entry = readAddressEntry(text);
      if (!entry.ok || typeof entry.range.first === "number") return;
      const message = "the native mode does not advertise IPv6 addresses";
      findings.add(pool, ["spec", "addresses", index], { code: "mode_native_ipv6", message });
    });
  }
}

/** Quietly: what is wrong with the selectors is reported by the rules that hold always. */
function selects(advertisement: SourceObject, pool: SourceObject): boolean {
  const spec = objectOf(advertisement.value.spec);
  const names = textsOf(spec.ipAddressPools);
  const selectors = readSelectors(advertisement, [], spec.ipAddressPoolSelectors, createFindings());
  const isAll = names.length === 0 && listOf(spec.ipAddressPoolSelectors).length === 0;
  return isAll || names.includes(pool.name) || matchesAny(selectors, pool.labels);
}

function checkNativeCommunities({ bgpAdvertisements, communities }: Gathered, findings: Findings): void {
  const message = "the native mode knows no large communities";
  for (const advertisement of bgpAdvertisements) {
    textsOf(valueAt(advertisement.value, ["spec", "communities"])).forEach((text, index) => {
      if (!isLarge(text)) return;
      findings.add(advertisement, ["spec", "communities", index], { code: "mode_native_large_community", message });
    });
  }
  for (const object of communities) {
    listOf(valueAt(object.value, ["spec", "communities"])).forEach((member, index) => {
      if (!isLarge(textOf(objectOf(member).value) ?? "")) return;
      findings.add(object, ["spec", "communities", index, "value"], { code: "mode_native_large_community", message });
    });
  }
}

function isLarge(text: string): boolean {
  const read = parseCommunity(text);
  return read.ok && read.community.kind === "large";
}

function checkPrepend({ bgpAdvertisements }: Gathered, mode: Mode, findings: Findings): void {
  for (const advertisement of bgpAdvertisements) {
    const count = valueAt(advertisement.value, ["spec", "asPathPrepend"]);
    if (typeof count !== "number" || count === 0) continue;
    findings.add(advertisement, ["spec", "asPathPrepend"], {
      code: "mode_as_path_prepend",
      message: `asPathPrepend is not known to mode ${mode}`,
    });
  }
}

/** Peers that may land on one node are peers of one router there. */
function checkShared({ peers, nodes }: Gathered, findings: Findings): void {
  const drafts = peers.map((peer) => {
    const spec = objectOf(peer.value.spec);
    const selectors = readSelectors(peer, [], spec.nodeSelectors, createFindings());
    return { peer, spec, names: scopeOf(nodes, selectors).nodes };
  });
  drafts.forEach((a, index) => {
    for (const b of drafts.slice(0, index)) {
      if (nodes.length > 0 && !a.names.some((name) => b.names.includes(name))) continue;
      reportShared(a.peer, a.spec, b.peer.name, b.spec, findings);
    }
  });
}

function reportShared(peer: SourceObject, a: JsonObject, other: string, b: JsonObject, findings: Findings): void {
  const text = (spec: JsonObject, field: string): string => textOf(spec[field]) ?? "";
  const end = (spec: JsonObject): string => text(spec, "peerAddress") || text(spec, "interface");
  const sameVrf = text(a, "vrf") === text(b, "vrf");
  const where = `peer ${other} on the same node`;
  if (text(a, "routerID") !== text(b, "routerID")) {
    findings.add(peer, ["spec", "routerID"], { code: "mode_frr_router_id", message: `routerID differs from ${where}` });
  }
  if (end(a) === end(b) && sameVrf) {
    findings.add(peer, ["spec", "peerAddress"], {
      code: "mode_frr_peer_twice",
      message: `the same router is ${where}`,
    });
  }
  if (a.myASN !== b.myASN && sameVrf) {
    findings.add(peer, ["spec", "myASN"], { code: "mode_frr_my_asn", message: `myASN differs from ${where}` });
  }
}
