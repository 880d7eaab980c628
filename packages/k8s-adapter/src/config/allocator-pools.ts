import type { PoolConfig } from "@vipkit/allocator";
import { formatPrefix } from "@vipkit/net";
import { matchesAny } from "./selector.js";
import type { Config, PeerSettings } from "./types.js";

/** The pools as the allocator takes them, sorted by name. */
export function poolsForAllocator({ pools }: Pick<Config, "pools">): PoolConfig[] {
  return [...pools.values()].map(({ name, prefixes, autoAssign, avoidBuggyIPs, allocateTo }) => ({
    name,
    addresses: prefixes.map(formatPrefix),
    autoAssign,
    avoidBuggyIPs,
    ...(allocateTo === undefined
      ? {}
      : {
          allocateTo: {
            priority: allocateTo.priority,
            namespaces: allocateTo.namespaces,
            serviceSelectors: allocateTo.serviceSelectors.map(({ selector }) => selector),
            closed: allocateTo.closed,
          },
        }),
  }));
}

/** The peers that a node with these labels keeps sessions with, sorted by name. */
export function peersOf({ peers }: Pick<Config, "peers">, labels: Readonly<Record<string, string>>): PeerSettings[] {
  return [...peers.values()].filter(
    ({ nodeSelectors }) => nodeSelectors.length === 0 || matchesAny(nodeSelectors, labels),
  );
}
