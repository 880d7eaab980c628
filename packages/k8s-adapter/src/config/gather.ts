import type { SourceObject } from "../objects/source-object.js";

/** The objects of one configuration by kind, in the order they came. */
export interface Gathered {
  readonly pools: readonly SourceObject[];
  readonly l2Advertisements: readonly SourceObject[];
  readonly bgpAdvertisements: readonly SourceObject[];
  readonly peers: readonly SourceObject[];
  readonly bfdProfiles: readonly SourceObject[];
  readonly communities: readonly SourceObject[];
  readonly nodes: readonly SourceObject[];
  readonly namespaces: readonly SourceObject[];
  readonly secrets: readonly SourceObject[];
}

export function gather(objects: readonly SourceObject[]): Gathered {
  const of = (kind: string): SourceObject[] => objects.filter((object) => object.kind === kind);
  return {
    pools: of("IPAddressPool"),
    l2Advertisements: of("L2Advertisement"),
    bgpAdvertisements: of("BGPAdvertisement"),
    peers: of("BGPPeer"),
    bfdProfiles: of("BFDProfile"),
    communities: of("Community"),
    nodes: of("Node"),
    namespaces: of("Namespace"),
    secrets: of("Secret"),
  };
}

/** By code unit, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
