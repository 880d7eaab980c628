import { ParseError } from "@vipkit/net";
import type { LargeCommunity } from "./attribute.js";

/** Communities with a meaning of their own (IANA registry of well-known communities). */
export const WellKnownCommunity = {
  "graceful-shutdown": 0xffff_0000, // RFC 8326
  "accept-own": 0xffff_0001, // RFC 7611
  "llgr-stale": 0xffff_0006, // RFC 9494
  "no-llgr": 0xffff_0007, // RFC 9494
  blackhole: 0xffff_029a, // RFC 7999
  "no-export": 0xffff_ff01, // RFC 1997
  "no-advertise": 0xffff_ff02, // RFC 1997
  "no-export-subconfed": 0xffff_ff03, // RFC 1997
  "no-peer": 0xffff_ff04, // RFC 3765
} as const;

export type WellKnownCommunityName = keyof typeof WellKnownCommunity;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(WellKnownCommunity).map(([name, value]) => [value, name]),
);

/** The name of a well-known community. */
export function communityName(community: number): WellKnownCommunityName | undefined {
  return NAMES.get(community) as WellKnownCommunityName | undefined;
}

/** `high:low` in decimal. */
export function formatCommunity(community: number): string {
  return `${community >>> 16}:${community & 0xffff}`;
}

function numbers(text: string, count: number, limit: number): number[] | undefined {
  const parts = text.split(":");
  if (parts.length !== count || !parts.every((part) => /^(?:0|[1-9]\d{0,9})$/.test(part))) return undefined;
  const found = parts.map(Number);
  return found.every((value) => value <= limit) ? found : undefined;
}

/** Reads `high:low` or the name of a well-known community. @throws ParseError `ERR_COMMUNITY` */
export function parseCommunity(text: string): number {
  if (Object.hasOwn(WellKnownCommunity, text)) return WellKnownCommunity[text as WellKnownCommunityName];
  const found = numbers(text, 2, 0xffff);
  if (found === undefined) {
    const allowed = "two numbers from 0 to 65535 as in 64512:100, or a name such as no-export";
    throw new ParseError("ERR_COMMUNITY", `"${text}" is not a community`, { found: text, allowed });
  }
  return found[0]! * 0x1_0000 + found[1]!;
}

/** `global:local1:local2` in decimal (RFC 8092 section 4). */
export function formatLargeCommunity({ global, local1, local2 }: LargeCommunity): string {
  return `${global}:${local1}:${local2}`;
}

/** Reads `global:local1:local2`. @throws ParseError `ERR_LARGE_COMMUNITY` */
export function parseLargeCommunity(text: string): LargeCommunity {
  const found = numbers(text, 3, 0xffff_ffff);
  if (found === undefined) {
    const allowed = "three numbers from 0 to 4294967295 as in 64512:1:2";
    throw new ParseError("ERR_LARGE_COMMUNITY", `"${text}" is not a large community`, { found: text, allowed });
  }
  return { global: found[0]!, local1: found[1]!, local2: found[2]! };
}

/** By the three numbers in order. */
export function compareLargeCommunities(a: LargeCommunity, b: LargeCommunity): number {
  return a.global - b.global || a.local1 - b.local1 || a.local2 - b.local2;
}
