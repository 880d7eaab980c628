import type { KnownAttribute, PathAttribute } from "./attribute.js";

/** Type codes of path attributes (IANA registry) by the `type` of `PathAttribute`. */
export const AttributeCode = {
  origin: 1,
  "as-path": 2,
  "next-hop": 3,
  med: 4,
  "local-pref": 5,
  "atomic-aggregate": 6,
  aggregator: 7,
  communities: 8,
  "originator-id": 9,
  "cluster-list": 10,
  "mp-reach": 14,
  "mp-unreach": 15,
  "ext-communities": 16,
  "as4-path": 17,
  "as4-aggregator": 18,
  "ipv6-ext-communities": 25,
  aigp: 26,
  "large-communities": 32,
  otc: 35,
} as const;

export const AttributeFlag = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const;

const WELL_KNOWN = AttributeFlag.transitive;
const OPTIONAL = AttributeFlag.optional;
const OPTIONAL_TRANSITIVE = AttributeFlag.optional | AttributeFlag.transitive;

/** The flags each attribute has by its RFC. */
export const ATTRIBUTE_FLAGS: Readonly<Record<KnownAttribute["type"], number>> = {
  origin: WELL_KNOWN,
  "as-path": WELL_KNOWN,
  "next-hop": WELL_KNOWN,
  med: OPTIONAL,
  "local-pref": WELL_KNOWN,
  "atomic-aggregate": WELL_KNOWN,
  aggregator: OPTIONAL_TRANSITIVE,
  communities: OPTIONAL_TRANSITIVE,
  "originator-id": OPTIONAL,
  "cluster-list": OPTIONAL,
  "mp-reach": OPTIONAL,
  "mp-unreach": OPTIONAL,
  "ext-communities": OPTIONAL_TRANSITIVE,
  "as4-path": OPTIONAL_TRANSITIVE,
  "as4-aggregator": OPTIONAL_TRANSITIVE,
  "ipv6-ext-communities": OPTIONAL_TRANSITIVE,
  aigp: OPTIONAL,
  "large-communities": OPTIONAL_TRANSITIVE,
  otc: OPTIONAL_TRANSITIVE,
};

export function attributeCode(attribute: PathAttribute): number {
  return attribute.type === "unknown" ? attribute.code : AttributeCode[attribute.type];
}
