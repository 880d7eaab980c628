import type { Offset } from "./free-set.js";
import type { Quota } from "./quota.js";
import type { Segment } from "./pool.js";
import type { Labels } from "./selector.js";

/** A place for an address. */
export interface Spot {
  readonly segment: Segment;
  readonly at: Offset;
}

/** What claims have in common; holdings with equal profiles share one object. */
export interface Profile {
  /** No keys and no labels: one object for all that are alike. */
  readonly plain: boolean;
  readonly ports: readonly string[];
  readonly sharingKey: string;
  readonly backendKey: string;
  /** Key of the sharing group; undefined for claims that never share. */
  readonly groupKey: string | undefined;
  readonly namespace: string;
  readonly labels: Labels;
  /** The quotas that count it. */
  quotas: readonly Quota[];
  users: number;
}

/** A lease as it is kept. The first address stands in the object itself: most leases have one. */
export interface Holding {
  readonly owner: string;
  readonly profile: Profile;
  segment: Segment;
  at: Offset;
  more: readonly Spot[] | undefined;
  readonly manyPools: boolean;
}

export function spotsOf(holding: Holding): readonly Spot[] {
  return holding.more === undefined ? [holding] : [holding, ...holding.more];
}
