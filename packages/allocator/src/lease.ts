import { ipsOf } from "./assign.js";
import type { Lease } from "./claim.js";
import { spotsOf, type Holding } from "./holding.js";

function poolsOf(holding: Holding): readonly string[] {
  const { names } = holding.segment.side.pool.rules;
  if (holding.more === undefined) return names[0]!;
  if (!holding.manyPools && holding.more.length === 1) return names[1]!;
  return spotsOf(holding).map(({ segment }) => segment.side.pool.rules.name);
}

/** What an owner holds, for the outside. It does not change afterwards. */
export function leaseFrom(holding: Holding): Lease {
  const { owner, profile, segment } = holding;
  return {
    owner,
    pool: segment.side.pool.rules.name,
    ips: ipsOf(holding),
    pools: poolsOf(holding),
    ports: profile.ports,
    sharingKey: profile.sharingKey,
    backendKey: profile.backendKey,
    namespace: profile.namespace,
    labels: profile.labels,
  };
}
