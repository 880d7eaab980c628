import { readIpv4, type Ipv4 } from "@vipkit/net";
import { AttributeCode } from "./attribute-codes.js";
import { attributeValueEnd, attributeValueStart } from "./attribute-header.js";
import { ATTRIBUTE_RULES } from "./attribute-rules.js";
import type { AsSegment, LargeCommunity, PathAttribute } from "./attribute.js";
import { formatLargeCommunity, parseLargeCommunity } from "./communities.js";
import { readAttribute, readExtCommunities, readLargeCommunities, readSegments, readWords } from "./read-attribute.js";
import type { UpdateView } from "./update-view.js";

/** Where the attribute starts that counts: the first of its code, unless it is absent or discarded, which gives -1. */
function findAttribute(view: UpdateView, code: number): number {
  const { bytes, attributesEnd } = view;
  if (code < 32 && (view.present & ~view.discarded & (1 << code)) === 0) return -1;
  let at = view.withdrawnEnd + 2;
  while (at < attributesEnd) {
    if (bytes[at + 1] === code) return attributeValueStart(bytes, at, attributesEnd) < 0 ? -1 : at;
    at += (bytes[at]! & 0x10) === 0 ? 3 + bytes[at + 2]! : 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  return -1;
}

/** Start of the value whose attribute starts at `at`. The attribute is known to fit. */
function valueOf(bytes: Uint8Array, at: number): number {
  return at + ((bytes[at]! & 0x10) === 0 ? 3 : 4);
}

/** One number of 32 bits; undefined when the attribute is absent or, in a message treated as withdraw, has another length. */
function wordOf(view: UpdateView, code: number): number | undefined {
  const at = findAttribute(view, code);
  if (at < 0) return undefined;
  const value = valueOf(view.bytes, at);
  return attributeValueEnd(view.bytes, at, value) - value === 4 ? readIpv4(view.bytes, value) : undefined;
}

/** Reads the value of an attribute that its rule allows; undefined when it is absent, discarded or wrong. */
function valuesOf<T>(
  view: UpdateView,
  code: number,
  read: (bytes: Uint8Array, start: number, end: number) => T,
): T | undefined {
  const at = findAttribute(view, code);
  if (at < 0) return undefined;
  const { bytes } = view;
  const start = valueOf(bytes, at);
  const end = attributeValueEnd(bytes, at, start);
  if (view.verdict.action === "treat-as-withdraw" && !isReadable(view, code, start, end)) return undefined;
  return read(bytes, start, end);
}

/** Only messages treated as withdraw can hold values that break their rule and are not discarded. */
function isReadable({ bytes, context }: UpdateView, code: number, start: number, end: number): boolean {
  const rule = ATTRIBUTE_RULES[code];
  if (rule === undefined) return true;
  const length = end - start;
  if (length < rule.min || length > rule.max || length % rule.unit !== 0) return false;
  return rule.content === undefined || rule.content(bytes, start, end, context) === 0;
}

function readOctet(bytes: Uint8Array, start: number): number {
  return bytes[start]!;
}

function readSegments2(bytes: Uint8Array, start: number, end: number): AsSegment[] {
  return readSegments(bytes, start, end, 2);
}

function readSegments4(bytes: Uint8Array, start: number, end: number): AsSegment[] {
  return readSegments(bytes, start, end, 4);
}

/** 0 IGP, 1 EGP, 2 INCOMPLETE */
export function originOf(view: UpdateView): number | undefined {
  return valuesOf(view, AttributeCode.origin, readOctet);
}

export function asPathOf(view: UpdateView): AsSegment[] | undefined {
  return valuesOf(view, AttributeCode["as-path"], view.context.as4 ? readSegments4 : readSegments2);
}

/** NEXT_HOP, for the routes of the NLRI field; those of MP_REACH_NLRI have their own, see `announcedBy`. */
export function nextHopOf(view: UpdateView): Ipv4 | undefined {
  return wordOf(view, AttributeCode["next-hop"]);
}

export function medOf(view: UpdateView): number | undefined {
  return wordOf(view, AttributeCode.med);
}

export function localPrefOf(view: UpdateView): number | undefined {
  return wordOf(view, AttributeCode["local-pref"]);
}

export function otcOf(view: UpdateView): number | undefined {
  return wordOf(view, AttributeCode.otc);
}

export function originatorIdOf(view: UpdateView): Ipv4 | undefined {
  return wordOf(view, AttributeCode["originator-id"]);
}

export function communitiesOf(view: UpdateView): number[] | undefined {
  return valuesOf(view, AttributeCode.communities, readWords);
}

export function extCommunitiesOf(view: UpdateView): bigint[] | undefined {
  return valuesOf(view, AttributeCode["ext-communities"], readExtCommunities);
}

export function clusterListOf(view: UpdateView): Ipv4[] | undefined {
  return valuesOf(view, AttributeCode["cluster-list"], readWords);
}

/** Each community once (RFC 8092 section 5): repeated ones are left out. */
export function largeCommunitiesOf(view: UpdateView): LargeCommunity[] | undefined {
  const values = valuesOf(view, AttributeCode["large-communities"], readLargeCommunities);
  if (values === undefined || values.length < 2) return values;
  const seen = new Set<string>();
  for (const value of values) seen.add(formatLargeCommunity(value));
  return seen.size === values.length ? values : [...seen].map((text) => parseLargeCommunity(text));
}

/**
 * All attributes that count, read: repeated and discarded ones are left out, and unknown optional ones that are not transitive
 * (RFC 4271 section 5). Unknown transitive ones carry the Partial bit, ready to be passed on. Empty where the routes are treated
 * as withdrawn.
 */
export function attributesOf(view: UpdateView): PathAttribute[] {
  const attributes: PathAttribute[] = [];
  if (view.verdict.action === "treat-as-withdraw") return attributes;
  const { bytes, attributesEnd, context } = view;
  const seen = new Set<number>();
  let at = view.withdrawnEnd + 2;
  while (at < attributesEnd) {
    const value = valueOf(bytes, at);
    const end = attributeValueEnd(bytes, at, value);
    const flags = bytes[at]!;
    const code = bytes[at + 1]!;
    const isDiscarded = code < 32 && (view.discarded & (1 << code)) !== 0;
    const isUnknown = ATTRIBUTE_RULES[code] === undefined;
    if (!seen.has(code) && !isDiscarded && !(isUnknown && (flags & 0x40) === 0)) {
      attributes.push(readAttribute(isUnknown ? flags | 0x20 : flags, code, bytes, value, end, context));
    }
    seen.add(code);
    at = end;
  }
  return attributes;
}
