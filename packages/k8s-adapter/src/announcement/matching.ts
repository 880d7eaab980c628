import { prefixContains, type Ip } from "@vipkit/net";
import type { Labels } from "../cluster/service.js";
import { matchesAny } from "../config/selector.js";
import type { PoolSettings, Selector } from "../config/types.js";

/** Advertisements that are for a Service with these labels: those that select it, and those that select nothing. */
export function forService<T extends { readonly serviceSelectors: readonly Selector[] }>(
  advertisements: readonly T[],
  labels: Labels,
): T[] {
  return advertisements.filter(
    ({ serviceSelectors }) => serviceSelectors.length === 0 || matchesAny(serviceSelectors, labels),
  );
}

/** The pool that has all of the addresses. */
export function poolOfIps(pools: ReadonlyMap<string, PoolSettings>, ips: readonly Ip[]): PoolSettings | undefined {
  for (const pool of pools.values()) {
    if (ips.every((ip) => pool.prefixes.some((prefix) => prefixContains(prefix, ip)))) return pool;
  }
  return undefined;
}
