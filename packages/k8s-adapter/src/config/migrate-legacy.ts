import {
  booleanOf,
  integerOf,
  listOf,
  objectOf,
  textMapOf,
  textOf,
  textsOf,
  type Json,
  type JsonObject,
  type Path,
} from "../objects/json.js";
import { formatSeconds, parseDurationMs } from "./duration.js";
import { compareText } from "./gather.js";
import { dnsName } from "./dns-name.js";

/** An object made from the legacy body, and which part of the body each of its fields came from. */
export interface MigratedObject {
  readonly object: JsonObject;
  /** Pairs of a path in the object and the path in the body; the longest that fits decides. */
  readonly origins: readonly (readonly [Path, Path])[];
}

export interface MigrateOptions {
  /** Default `metallb-system`. */
  readonly namespace?: string | undefined;
  /** Keep pool and profile names that no Kubernetes object may have; Services refer to them. Default false. */
  readonly keepNames?: boolean | undefined;
}

interface Context {
  readonly namespace: string;
  readonly nameOf: (name: string) => string;
}

/**
 * The body of the legacy ConfigMap (MetalLB 0.8 to 0.12) as objects of the group metallb.io: peers, pools, BGP
 * advertisements, layer 2 advertisements, BFD profiles, communities. Values of a wrong type are left out.
 */
export function migrateLegacy(body: JsonObject, options: MigrateOptions = {}): MigratedObject[] {
  const { namespace = "metallb-system", keepNames = false } = options;
  const context: Context = { namespace, nameOf: keepNames ? (name) => name : dnsName };
  const pools = listOf(body["address-pools"]).map(objectOf);
  return [
    ...listOf(body.peers).map((peer, index) => migratePeer(objectOf(peer), index, context)),
    ...pools.map((pool, index) => migratePool(pool, index, context)),
    ...migrateBgpAdvertisements(pools, context),
    ...migrateL2Advertisements(pools, context),
    ...listOf(body["bfd-profiles"]).map((profile, index) => migrateProfile(objectOf(profile), index, context)),
    ...migrateCommunities(objectOf(body["bgp-communities"]), context),
  ];
}

function migrated(
  version: string,
  kind: string,
  name: string,
  spec: Readonly<Record<string, Json | undefined>>,
  { namespace }: Context,
  origins: readonly (readonly [Path, Path])[],
): MigratedObject {
  const given = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
  return { object: { apiVersion: `metallb.io/${version}`, kind, metadata: { name, namespace }, spec: given }, origins };
}

/** One pair for the object itself, one for each field that has another name. */
function originsOf(from: Path, fields: Readonly<Record<string, string>>): (readonly [Path, Path])[] {
  return [
    [[], from],
    [
      ["metadata", "name"],
      [...from, "name"],
    ],
    ...Object.entries(fields).map(([field, legacy]): [Path, Path] => [
      ["spec", field],
      [...from, legacy],
    ]),
  ];
}

const PEER_FIELDS = {
  myASN: "my-asn",
  peerASN: "peer-asn",
  peerAddress: "peer-address",
  sourceAddress: "source-address",
  peerPort: "peer-port",
  holdTime: "hold-time",
  keepaliveTime: "keepalive-time",
  routerID: "router-id",
  nodeSelectors: "node-selectors",
  password: "password",
  bfdProfile: "bfd-profile",
  ebgpMultiHop: "ebgp-multihop",
};

function migratePeer(peer: JsonObject, index: number, context: Context): MigratedObject {
  const profile = nonEmpty(peer["bfd-profile"]);
  const selectors = listOf(peer["node-selectors"]).map((selector) => migrateSelector(objectOf(selector)));
  const spec = {
    myASN: integerOf(peer["my-asn"]),
    peerASN: nonZero(peer["peer-asn"]),
    peerAddress: nonEmpty(peer["peer-address"]),
    sourceAddress: nonEmpty(peer["source-address"]),
    peerPort: nonZero(peer["peer-port"]),
    holdTime: wholeSeconds(nonEmpty(peer["hold-time"]) ?? "90s"),
    keepaliveTime: wholeSeconds(nonEmpty(peer["keepalive-time"])),
    routerID: nonEmpty(peer["router-id"]),
    nodeSelectors: selectors.length === 0 ? undefined : selectors,
    password: nonEmpty(peer.password),
    bfdProfile: profile === undefined ? undefined : context.nameOf(profile),
    ebgpMultiHop: booleanOf(peer["ebgp-multihop"]) === true ? true : undefined,
  };
  return migrated("v1beta2", "BGPPeer", `peer${index + 1}`, spec, context, originsOf(["peers", index], PEER_FIELDS));
}

function migrateSelector(selector: JsonObject): JsonObject {
  const matchLabels = textMapOf(selector["match-labels"]);
  const matchExpressions = listOf(selector["match-expressions"]).map((member): JsonObject => {
    const { key, operator, values } = objectOf(member);
    const texts = textsOf(values);
    return {
      key: textOf(key) ?? "",
      operator: textOf(operator) ?? "",
      ...(texts.length === 0 ? {} : { values: texts }),
    };
  });
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}

/** Cut to seconds, as MetalLB does; text that is no duration stays as it is and is refused where durations are read. */
function wholeSeconds(text: string | undefined): string | undefined {
  const ms = text === undefined ? undefined : parseDurationMs(text);
  return ms === undefined || ms < 0 ? text : formatSeconds(Math.trunc(ms / 1000));
}

const POOL_FIELDS = { addresses: "addresses", autoAssign: "auto-assign", avoidBuggyIPs: "avoid-buggy-ips" };

function migratePool(pool: JsonObject, index: number, context: Context): MigratedObject {
  const spec = {
    addresses: textsOf(pool.addresses),
    autoAssign: booleanOf(pool["auto-assign"]),
    avoidBuggyIPs: booleanOf(pool["avoid-buggy-ips"]) === true ? true : undefined,
  };
  const name = context.nameOf(textOf(pool.name) ?? "");
  return migrated("v1beta1", "IPAddressPool", name, spec, context, originsOf(["address-pools", index], POOL_FIELDS));
}

const ADVERTISEMENT_FIELDS = {
  aggregationLength: "aggregation-length",
  aggregationLengthV6: "aggregation-length-v6",
  localPref: "localpref",
  communities: "communities",
};

/** One object for each advertisement, and an empty one for a bgp pool that has none. Numbered over all pools. */
function migrateBgpAdvertisements(pools: readonly JsonObject[], context: Context): MigratedObject[] {
  const made: MigratedObject[] = [];
  const add = (pool: JsonObject, advertisement: JsonObject, from: Path): void => {
    const communities = textsOf(advertisement.communities);
    const spec = {
      aggregationLength: integerOf(advertisement["aggregation-length"]),
      aggregationLengthV6: integerOf(advertisement["aggregation-length-v6"]),
      localPref: nonZero(advertisement.localpref),
      communities: communities.length === 0 ? undefined : communities,
      ipAddressPools: [context.nameOf(textOf(pool.name) ?? "")],
    };
    const name = `bgpadvertisement${made.length + 1}`;
    made.push(migrated("v1beta1", "BGPAdvertisement", name, spec, context, originsOf(from, ADVERTISEMENT_FIELDS)));
  };
  pools.forEach((pool, index) => {
    const advertisements = listOf(pool["bgp-advertisements"]);
    advertisements.forEach((advertisement, at) =>
      add(pool, objectOf(advertisement), ["address-pools", index, "bgp-advertisements", at]),
    );
    if (advertisements.length === 0 && pool.protocol === "bgp") add(pool, {}, ["address-pools", index]);
  });
  return made;
}

function migrateL2Advertisements(pools: readonly JsonObject[], context: Context): MigratedObject[] {
  const layer2 = pools.map((pool, index) => ({ pool, index })).filter(({ pool }) => pool.protocol === "layer2");
  return layer2.map(({ pool, index }, count) => {
    const spec = { ipAddressPools: [context.nameOf(textOf(pool.name) ?? "")] };
    const origins = originsOf(["address-pools", index], {});
    return migrated("v1beta1", "L2Advertisement", `l2advertisement${count + 1}`, spec, context, origins);
  });
}

const PROFILE_FIELDS = {
  receiveInterval: "receive-interval",
  transmitInterval: "transmit-interval",
  detectMultiplier: "detect-multiplier",
  echoInterval: "echo-interval",
  echoMode: "echo-mode",
  passiveMode: "passive-mode",
  minimumTtl: "minimum-ttl",
};

function migrateProfile(profile: JsonObject, index: number, context: Context): MigratedObject {
  const spec = Object.fromEntries(
    Object.entries(PROFILE_FIELDS).map(([field, legacy]) => [field, profile[legacy] ?? undefined]),
  );
  const flags = {
    echoMode: booleanOf(profile["echo-mode"]) ?? false,
    passiveMode: booleanOf(profile["passive-mode"]) ?? false,
  };
  const name = context.nameOf(textOf(profile.name) ?? "");
  const origins = originsOf(["bfd-profiles", index], PROFILE_FIELDS);
  return migrated("v1beta1", "BFDProfile", name, { ...spec, ...flags }, context, origins);
}

function migrateCommunities(aliases: JsonObject, context: Context): MigratedObject[] {
  const names = Object.keys(aliases).sort(compareText);
  if (names.length === 0) return [];
  const communities = names.map((name) => ({ name, value: textOf(aliases[name]) ?? "" }));
  const origins: (readonly [Path, Path])[] = [[[], ["bgp-communities"]]];
  names.forEach((name, index) =>
    origins.push([
      ["spec", "communities", index],
      ["bgp-communities", name],
    ]),
  );
  return [migrated("v1beta1", "Community", "communities", { communities }, context, origins)];
}

function nonEmpty(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function nonZero(value: Json | undefined): number | undefined {
  const number = integerOf(value);
  return number === 0 ? undefined : number;
}
