/** A BGP community: standard (RFC 1997) as one number, large (RFC 8092) as three. */
export type Community =
  | { readonly kind: "standard"; readonly u32: number }
  | { readonly kind: "large"; readonly global: number; readonly local1: number; readonly local2: number };

export type ReadCommunity =
  | { readonly ok: true; readonly community: Community }
  /** `community_format`: not written as a community at all, perhaps an alias. `community_value`: a part is out of range. */
  | { readonly ok: false; readonly code: "community_format" | "community_value"; readonly message: string };

export const COMMUNITY_ALLOWED =
  "NUMBER:NUMBER with both from 0 to 65535, large:NUMBER:NUMBER:NUMBER with all from 0 to 4294967295, or the name of an alias";

/** Reads `64512:1` or `large:1:2:3`. Well-known names are no part of MetalLB's language: aliases give names. */
export function parseCommunity(text: string): ReadCommunity {
  const parts = text.split(":");
  if (parts.length === 2) {
    const [high, low] = parts.map((part) => numberUpTo(part, 0xffff));
    if (high === undefined || low === undefined) return wrongValue(text);
    return { ok: true, community: { kind: "standard", u32: high * 0x1_0000 + low } };
  }
  if (parts.length === 4) {
    const [global, local1, local2] = parts.slice(1).map((part) => numberUpTo(part, 0xffff_ffff));
    if (parts[0] !== "large" || global === undefined || local1 === undefined || local2 === undefined) {
      return wrongValue(text);
    }
    return { ok: true, community: { kind: "large", global, local1, local2 } };
  }
  return { ok: false, code: "community_format", message: `"${text}" is neither a community nor a known alias` };
}

function numberUpTo(text: string, max: number): number | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

function wrongValue(text: string): ReadCommunity {
  return { ok: false, code: "community_value", message: `"${text}" has a part that no community can hold` };
}

/** `64512:1` or, of a large one, `1:2:3`. */
export function formatCommunity(community: Community): string {
  if (community.kind === "standard") return `${community.u32 >>> 16}:${community.u32 & 0xffff}`;
  return `${community.global}:${community.local1}:${community.local2}`;
}

/** By number; a standard community counts as a large one with two zeros behind it, and comes first where both are equal. */
export function compareCommunities(a: Community, b: Community): number {
  const [x, y] = [wide(a), wide(b)];
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || x[3] - y[3];
}

function wide(community: Community): readonly [number, number, number, number] {
  if (community.kind === "standard") return [community.u32, 0, 0, 0];
  return [community.global, community.local1, community.local2, 1];
}
