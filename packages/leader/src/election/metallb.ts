import { sha256 } from "@noble/hashes/sha2";
import { formatIp, parseIp, toHex, unmapIp, type Ip } from "@vipkit/net";
import { utf8Bytes } from "../wire/utf8.js";

/** Something that one node shall own: a service, or an address. */
export interface ElectionKey {
  /** Your name for it. */
  readonly key: string;
  /** The first address of the service; what shares it goes to the same node. */
  readonly ip: Ip | string;
  /** Only these may own it, as far as they are candidates at all; absent: all may. */
  readonly candidates?: readonly string[] | undefined;
  /** Weight of preference by node; absent is 0. Higher goes first. */
  readonly scores?: Readonly<Record<string, number>> | undefined;
}

/** One candidate's place. `hash` is hex; the lowest wins among equal scores. */
export interface Ranked {
  readonly node: string;
  readonly score: number;
  readonly hash: string;
}

/** Who owns the key, the whole order, and the rule that decided between the first two. */
export interface ElectionExplanation {
  readonly owner: string | undefined;
  readonly ranking: readonly Ranked[];
  readonly reason: "no_candidates" | "only_candidate" | "score" | "hash";
}

/** A policy gives every key an owner, or none where there is no candidate. The order of `candidates` does not matter. */
export type ElectionPolicy = (
  candidates: readonly string[],
  keys: readonly ElectionKey[],
  previous?: ReadonlyMap<string, string | undefined>,
) => Map<string, string | undefined>;

/**
 * MetalLB's order: score, high first, then SHA-256 of `node#address` compared octet by octet, low first. Every node comes to
 * the same answer alone, a node that goes moves only what it owned, and one that comes takes its share back at once.
 */
export function rankMetallb(
  ip: Ip | string,
  candidates: readonly string[],
  scores: Readonly<Record<string, number>> = {},
): string[] {
  return ranked(ip, candidates, scores).map(({ node }) => node);
}

/** Elects by `rankMetallb`. `previous` plays no part: this policy has no memory. */
export const electMetallb: ElectionPolicy = (candidates, keys) =>
  new Map(keys.map((key) => [key.key, explainMetallb(candidates, key).owner]));

/** The election of one key with the facts behind it. */
export function explainMetallb(candidates: readonly string[], key: ElectionKey): ElectionExplanation {
  const allowed = key.candidates === undefined ? undefined : new Set(key.candidates);
  const eligible = allowed === undefined ? candidates : candidates.filter((node) => allowed.has(node));
  const ranking = ranked(key.ip, eligible, key.scores ?? {});
  const [first, second] = ranking;
  if (first === undefined) return { owner: undefined, ranking, reason: "no_candidates" };
  if (second === undefined) return { owner: first.node, ranking, reason: "only_candidate" };
  return { owner: first.node, ranking, reason: first.score === second.score ? "hash" : "score" };
}

function ranked(ip: Ip | string, candidates: readonly string[], scores: Readonly<Record<string, number>>): Ranked[] {
  // IPv4-mapped IPv6 addresses are printed as IPv4 by MetalLB.
  const address = formatIp(unmapIp(typeof ip === "string" ? parseIp(ip) : ip));
  return [...new Set(candidates)]
    .map((node) => ({
      node,
      score: Object.hasOwn(scores, node) ? scores[node]! : 0,
      hash: toHex(sha256(utf8Bytes(`${node}#${address}`))),
    }))
    .sort((a, b) => b.score - a.score || (a.hash < b.hash ? -1 : 1));
}
