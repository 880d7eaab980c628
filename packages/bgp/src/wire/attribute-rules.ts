import { ATTRIBUTE_FLAGS, AttributeCode } from "./attribute-codes.js";
import type { KnownAttribute } from "./attribute.js";
import {
  checkAggregator,
  checkAigp,
  checkAs4Aggregator,
  checkAs4Path,
  checkAsPath,
  checkMpReach,
  checkMpUnreach,
  checkOrigin,
  type ContentCheck,
} from "./attribute-checks.js";
import { UpdateSubcode } from "./notification-codes.js";
import type { VerdictAction } from "./verdict.js";

/** What RFC 7606 section 7, and the RFCs of later attributes, say about one attribute: the check and the action. */
export interface AttributeRule {
  readonly type: KnownAttribute["type"];
  readonly code: number;
  /** The optional and transitive bits it must have. */
  readonly flags: number;
  /** What other flags call for (RFC 7606 section 3 c, unless the attribute's own RFC says otherwise). */
  readonly onFlags: VerdictAction;
  /** Octets of the value: at least, at most, and a multiple of. */
  readonly min: number;
  readonly max: number;
  readonly unit: number;
  /** Subcode of a wrong length. */
  readonly lengthSubcode: number;
  /** Looks at the value once its length is right. */
  readonly content: ContentCheck | undefined;
  /** What a wrong length or content calls for. */
  readonly onError: VerdictAction;
  /** What a value calls for that can be read but must not be used. */
  readonly onValue: VerdictAction;
  /** Routes are made of it: next hop and multiprotocol routes. */
  readonly places: boolean;
  /** From an external peer it is discarded whatever it says. */
  readonly internalOnly: boolean;
}

interface RuleRow {
  readonly min: number;
  readonly max: number;
  readonly unit?: number;
  readonly onError: VerdictAction;
  readonly onFlags?: VerdictAction;
  readonly onValue?: VerdictAction;
  readonly lengthSubcode?: number;
  readonly content?: ContentCheck;
  readonly internalOnly?: boolean;
}

const ANY = 0xffff;
const OPTIONAL_ERROR = UpdateSubcode.optionalAttributeError;

// The section that decides stands behind each row.
const ROWS: Readonly<Record<KnownAttribute["type"], RuleRow>> = {
  origin: { min: 1, max: 1, content: checkOrigin, onError: "treat-as-withdraw" }, // RFC 7606 7.1
  "as-path": { min: 0, max: ANY, content: checkAsPath, onError: "treat-as-withdraw" }, // RFC 7606 7.2, RFC 7607 2
  "next-hop": { min: 4, max: 4, onError: "treat-as-withdraw" }, // RFC 7606 7.3
  med: { min: 4, max: 4, onError: "treat-as-withdraw" }, // RFC 7606 7.4
  "local-pref": { min: 4, max: 4, onError: "treat-as-withdraw", internalOnly: true }, // RFC 7606 7.5
  "atomic-aggregate": { min: 0, max: 0, onError: "attribute-discard" }, // RFC 7606 7.6
  aggregator: { min: 6, max: 8, unit: 2, content: checkAggregator, onError: "attribute-discard" }, // RFC 7606 7.7
  communities: { min: 4, max: ANY, unit: 4, onError: "treat-as-withdraw" }, // RFC 7606 7.8
  "originator-id": { min: 4, max: 4, onError: "treat-as-withdraw", internalOnly: true }, // RFC 7606 7.9
  "cluster-list": { min: 4, max: ANY, unit: 4, onError: "treat-as-withdraw", internalOnly: true }, // RFC 7606 7.10
  // RFC 7606 7.11; RFC 4271 6.3 for a next hop that is nobody's address
  "mp-reach": {
    min: 5,
    max: ANY,
    content: checkMpReach,
    onError: "reset",
    onValue: "treat-as-withdraw",
    lengthSubcode: OPTIONAL_ERROR,
  },
  // RFC 7606 7.12
  "mp-unreach": { min: 3, max: ANY, content: checkMpUnreach, onError: "reset", lengthSubcode: OPTIONAL_ERROR },
  "ext-communities": { min: 8, max: ANY, unit: 8, onError: "treat-as-withdraw" }, // RFC 7606 7.14
  "as4-path": { min: 0, max: ANY, content: checkAs4Path, onError: "attribute-discard" }, // RFC 6793 6
  "as4-aggregator": { min: 8, max: 8, content: checkAs4Aggregator, onError: "attribute-discard" }, // RFC 6793 6
  "ipv6-ext-communities": { min: 20, max: ANY, unit: 20, onError: "treat-as-withdraw" }, // RFC 7606 7.15
  aigp: { min: 0, max: ANY, content: checkAigp, onError: "attribute-discard", onFlags: "attribute-discard" }, // RFC 7311 3.2
  "large-communities": { min: 12, max: ANY, unit: 12, onError: "treat-as-withdraw" }, // RFC 8092 6
  otc: { min: 4, max: 4, onError: "treat-as-withdraw" }, // RFC 9234 5
};

// All rules are made by one function, so that the walk over a message meets one shape of object.
function ruleOf(type: KnownAttribute["type"], row: RuleRow): AttributeRule {
  return {
    type,
    code: AttributeCode[type],
    flags: ATTRIBUTE_FLAGS[type],
    onFlags: row.onFlags ?? "treat-as-withdraw",
    min: row.min,
    max: row.max,
    unit: row.unit ?? 1,
    lengthSubcode: row.lengthSubcode ?? UpdateSubcode.attributeLengthError,
    content: row.content,
    onError: row.onError,
    onValue: row.onValue ?? row.onError,
    places: type === "next-hop" || type === "mp-reach" || type === "mp-unreach",
    internalOnly: row.internalOnly ?? false,
  };
}

/** The rules by attribute code; undefined for codes that this codec does not read. */
export const ATTRIBUTE_RULES: readonly (AttributeRule | undefined)[] = (() => {
  const rules: (AttributeRule | undefined)[] = Array.from({ length: 256 }, () => undefined);
  for (const [type, row] of Object.entries(ROWS) as [KnownAttribute["type"], RuleRow][]) {
    rules[AttributeCode[type]] = ruleOf(type, row);
  }
  return rules;
})();

/** True when the length of the value breaks the rule. */
export function hasWrongLength(rule: AttributeRule, length: number): boolean {
  return length < rule.min || length > rule.max || (rule.unit !== 1 && length % rule.unit !== 0);
}
