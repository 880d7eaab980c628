import type { Prefix } from "@vipkit/net";
import type { BgpSettings } from "./types.js";

export type Conflict = "local_pref_conflict" | "as_path_prepend_conflict";

/** What the pool that both advertisements are for consists of. */
export interface ConflictPool {
  readonly prefixes: readonly Prefix[];
}

/**
 * Two advertisements that would hand one router the same prefix with different preferences: undefined when they agree, or
 * differ in aggregation for every family of the pool, or share no peer, or share no node.
 */
export function advertisementConflict(pool: ConflictPool, a: BgpSettings, b: BgpSettings): Conflict | undefined {
  const code =
    a.localPref !== b.localPref
      ? "local_pref_conflict"
      : a.asPathPrepend !== b.asPathPrepend
        ? "as_path_prepend_conflict"
        : undefined;
  return code !== undefined && overlap(pool, a, b) ? code : undefined;
}

/** The first conflict among the advertisements, in their order. */
export function firstConflict(
  pool: ConflictPool,
  advertisements: readonly BgpSettings[],
): { readonly code: Conflict; readonly between: readonly [string, string] } | undefined {
  for (const [index, a] of advertisements.entries()) {
    for (const b of advertisements.slice(index + 1)) {
      const code = advertisementConflict(pool, a, b);
      if (code !== undefined) return { code, between: [a.name, b.name] };
    }
  }
  return undefined;
}

function overlap({ prefixes }: ConflictPool, a: BgpSettings, b: BgpSettings): boolean {
  const sharesPrefix = prefixes.some(({ ip }) =>
    typeof ip === "number"
      ? a.aggregationLength === b.aggregationLength
      : a.aggregationLengthV6 === b.aggregationLengthV6,
  );
  const sharesPeer = a.peers.length === 0 || b.peers.length === 0 || a.peers.some((peer) => b.peers.includes(peer));
  return sharesPrefix && sharesPeer && sharesNode(a, b);
}

function sharesNode(a: BgpSettings, b: BgpSettings): boolean {
  if (a.everyNode && b.everyNode) return true;
  if (a.everyNode || b.everyNode) return a.nodes.length + b.nodes.length > 0;
  return a.nodes.some((node) => b.nodes.includes(node));
}
