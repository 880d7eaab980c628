import { attributeValueEnd, attributeValueStart } from "./attribute-header.js";
import { isUselessNextHop, VALUE_ERROR } from "./attribute-checks.js";
import { AttributeCode } from "./attribute-codes.js";
import { ATTRIBUTE_RULES, hasWrongLength, type AttributeRule } from "./attribute-rules.js";
import type { ReceiveContext } from "./context.js";
import { hasFamily } from "./family.js";
import { HeaderSubcode, NotificationCode, UpdateSubcode } from "./notification-codes.js";
import { arePrefixesValid } from "./prefixes.js";
import { WITHDRAWN_START, type UpdateView } from "./update-view.js";
import { ACCEPT, isStronger, type VerdictAction } from "./verdict.js";

type Draft = { -readonly [Key in keyof UpdateView]: UpdateView[Key] } & { seenRare: boolean };

const { origin: ORIGIN, "as-path": AS_PATH, "next-hop": NEXT_HOP, "local-pref": LOCAL_PREF } = AttributeCode;
const { "mp-reach": MP_REACH, "mp-unreach": MP_UNREACH } = AttributeCode;
const NO_OCTETS = new Uint8Array(0);
/** NOTIFICATION data never makes that message longer than 4096 octets. */
const MAX_DATA = 4096 - 21;

/** Codes from 64 on that the message under judgement has shown, a bit each; cleared when the first of them comes. */
const SEEN_RARE = new Int32Array(8);

/**
 * Judges a whole UPDATE whose header has been checked (RFC 7606). Reads every octet that a decision needs and allocates
 * nothing but the view. The view of a message that resets the session is good for its verdict only.
 */
export function judgeUpdate(bytes: Uint8Array, context: ReceiveContext): UpdateView {
  const draft: Draft = {
    type: "update",
    bytes,
    context,
    verdict: ACCEPT,
    withdrawnEnd: WITHDRAWN_START,
    attributesEnd: WITHDRAWN_START + 2,
    present: 0,
    presentHigh: 0,
    seenRare: false,
    discarded: 0,
    nextHop: -1,
    mpReach: -1,
    mpReachEnd: -1,
    mpUnreach: -1,
    mpUnreachEnd: -1,
  };
  if (!findFields(draft)) return draft;
  const onlyMpUnreach = judgeAttributes(draft);
  const addPath = hasFamily(context.addPath.receive, 1, 1);
  if (
    !arePrefixesValid(bytes, WITHDRAWN_START, draft.withdrawnEnd, 32, addPath) ||
    !arePrefixesValid(bytes, draft.attributesEnd, bytes.length, 32, addPath)
  ) {
    // RFC 7606 section 5.3: routes that cannot be told apart cannot be withdrawn.
    decide(draft, "reset", UpdateSubcode.invalidNetworkField, undefined, NO_OCTETS);
    return draft;
  }
  judgeRoutes(draft, onlyMpUnreach);
  return draft;
}

/** Finds the three fields; false when their lengths contradict each other (RFC 4271 section 6.3, RFC 7606 section 3). */
function findFields(draft: Draft): boolean {
  const { bytes } = draft;
  const end = bytes.length;
  if (end < WITHDRAWN_START + 2) {
    const data = bytes.slice(16, 18);
    const subcode = HeaderSubcode.badMessageLength;
    draft.verdict = { action: "reset", code: NotificationCode.messageHeaderError, subcode, data, attribute: undefined };
    return false;
  }
  const withdrawnEnd = WITHDRAWN_START + ((bytes[19]! << 8) | bytes[20]!);
  if (withdrawnEnd + 2 <= end) {
    draft.withdrawnEnd = withdrawnEnd;
    draft.attributesEnd = withdrawnEnd + 2 + ((bytes[withdrawnEnd]! << 8) | bytes[withdrawnEnd + 1]!);
    if (draft.attributesEnd <= end) return true;
  }
  decide(draft, "reset", UpdateSubcode.malformedAttributeList, undefined, NO_OCTETS);
  return false;
}

/** Keeps the strongest action (RFC 7606 section 3 h); among equals the first. */
function decide(
  draft: Draft,
  action: VerdictAction,
  subcode: number,
  attribute: number | undefined,
  data: Uint8Array,
): void {
  if (!isStronger(action, draft.verdict.action)) return;
  draft.verdict = { action, code: NotificationCode.updateMessageError, subcode, data, attribute };
}

/** Walks over the attributes. Answers whether there is nothing beside MP_UNREACH_NLRI. */
function judgeAttributes(draft: Draft): boolean {
  const { bytes, attributesEnd: end, context } = draft;
  let onlyMpUnreach = true;
  let present = 0;
  let presentHigh = 0;
  for (let at = draft.withdrawnEnd + 2; at < end;) {
    const value = attributeValueStart(bytes, at, end);
    if (value < 0) {
      // RFC 7606 section 4: the NLRI are found all the same, by the total length.
      decide(draft, "treat-as-withdraw", UpdateSubcode.malformedAttributeList, undefined, NO_OCTETS);
      onlyMpUnreach = false;
      break;
    }
    const next = attributeValueEnd(bytes, at, value);
    const code = bytes[at + 1]!;
    const bit = 1 << code;
    if (code !== MP_UNREACH) onlyMpUnreach = false;
    let isFirst: boolean;
    if (code < 32) {
      isFirst = (present & bit) === 0;
      present |= bit;
    } else if (code < 64) {
      isFirst = (presentHigh & bit) === 0;
      presentHigh |= bit;
    } else isFirst = isFirstRare(draft, code);
    const rule = ATTRIBUTE_RULES[code];
    if (isFirst && rule !== undefined && isSound(rule, bytes[at]!, next - value, context.ibgp)) {
      if (rule.places) notePlace(draft, code, value, next);
      if (rule.content !== undefined) judgeContent(draft, rule, at, value, next);
    } else if (isFirst) judgeUnsound(draft, at, value, next);
    else judgeRepetition(draft, code);
    at = next;
  }
  draft.present = present;
  draft.presentHigh = presentHigh;
  return onlyMpUnreach;
}

/** Flags and length are those of the rule: nothing but the content is left to look at. */
function isSound(rule: AttributeRule, flags: number, length: number, ibgp: boolean): boolean {
  return (flags & 0xc0) === rule.flags && !hasWrongLength(rule, length) && (ibgp || !rule.internalOnly);
}

/** Remembers where the attributes stand that routes are made of. */
function notePlace(draft: Draft, code: number, value: number, end: number): void {
  if (code === NEXT_HOP) draft.nextHop = value;
  else if (code === MP_REACH) {
    draft.mpReach = value;
    draft.mpReachEnd = end;
  } else {
    draft.mpUnreach = value;
    draft.mpUnreachEnd = end;
  }
}

function isFirstRare(draft: Draft, code: number): boolean {
  if (!draft.seenRare) SEEN_RARE.fill(0);
  draft.seenRare = true;
  const word = code >>> 5;
  const bit = 1 << code;
  if ((SEEN_RARE[word]! & bit) !== 0) return false;
  SEEN_RARE[word]! |= bit;
  return true;
}

/** RFC 7606 section 3 g: the first one counts, except that the routes' own attributes may come once only. */
function judgeRepetition(draft: Draft, code: number): void {
  const action = code === MP_REACH || code === MP_UNREACH ? "reset" : "attribute-discard";
  decide(draft, action, UpdateSubcode.malformedAttributeList, code, NO_OCTETS);
}

/** An attribute that is unknown, or whose flags, sender or length break its rule. */
function judgeUnsound(draft: Draft, at: number, value: number, end: number): void {
  const { bytes, context } = draft;
  const flags = bytes[at]!;
  const code = bytes[at + 1]!;
  const rule = ATTRIBUTE_RULES[code];
  if (rule === undefined) {
    // Unknown and not optional (RFC 4271 section 6.3); unknown optional ones stay as they are (section 5).
    if (flags < 0x80) blame(draft, "reset", UpdateSubcode.unrecognizedWellKnownAttribute, at, end);
    return;
  }
  if ((flags & 0xc0) !== rule.flags) blame(draft, rule.onFlags, UpdateSubcode.attributeFlagsError, at, end);
  if (rule.internalOnly && !context.ibgp) {
    blame(draft, "attribute-discard", UpdateSubcode.malformedAttributeList, at, end);
    return;
  }
  if (hasWrongLength(rule, end - value)) {
    blame(draft, rule.onError, rule.lengthSubcode, at, end);
    return;
  }
  if (rule.places) notePlace(draft, code, value, end);
  if (rule.content !== undefined) judgeContent(draft, rule, at, value, end);
}

function judgeContent(draft: Draft, rule: AttributeRule, at: number, value: number, end: number): void {
  const wrong = rule.content!(draft.bytes, value, end, draft.context);
  if (wrong === 0) return;
  blame(draft, (wrong & VALUE_ERROR) === 0 ? rule.onError : rule.onValue, wrong & 0xff, at, end);
}

/** Decides because of the attribute from `at` to `end`, which is the NOTIFICATION's data (RFC 4271 section 6.3). */
function blame(draft: Draft, action: VerdictAction, subcode: number, at: number, end: number): void {
  const code = draft.bytes[at + 1]!;
  if (action === "attribute-discard") draft.discarded |= 1 << code;
  decide(draft, action, subcode, code, draft.bytes.slice(at, Math.min(end, at + MAX_DATA)));
}

/** What follows from the attributes together with the routes. */
function judgeRoutes(draft: Draft, onlyMpUnreach: boolean): void {
  const { bytes, attributesEnd, context } = draft;
  const hasNlri = attributesEnd < bytes.length;
  if (!hasNlri && !announcesByMpReach(draft)) {
    // RFC 7606 section 5.2: no route is announced, so it is not certain that the routes have been found.
    if (draft.verdict.action === "treat-as-withdraw" && !onlyMpUnreach)
      draft.verdict = { ...draft.verdict, action: "reset" };
    return;
  }
  const required =
    (1 << ORIGIN) | (1 << AS_PATH) | (hasNlri ? 1 << NEXT_HOP : 0) | (context.ibgp ? 1 << LOCAL_PREF : 0);
  const missing = required & ~draft.present;
  if (missing !== 0) {
    // RFC 7606 section 3 d
    const code = 31 - Math.clz32(missing & -missing);
    const subcode = UpdateSubcode.missingWellKnownAttribute;
    decide(draft, "treat-as-withdraw", subcode, code, Uint8Array.of(code));
  } else if (hasNlri) judgeNextHop(draft);
}

function announcesByMpReach({ bytes, mpReach, mpReachEnd }: Draft): boolean {
  return mpReach >= 0 && mpReach + 5 + bytes[mpReach + 3]! < mpReachEnd;
}

/** A route to nobody is ignored (RFC 4271 section 6.3): the one it replaces is gone all the same. */
function judgeNextHop(draft: Draft): void {
  const { bytes, nextHop } = draft;
  if (nextHop < 0 || !isUselessNextHop(bytes, nextHop, 4)) return;
  const at = nextHop - ((bytes[nextHop - 3]! & 0xc0) === 0x40 && bytes[nextHop - 2] === NEXT_HOP ? 3 : 4);
  blame(draft, "treat-as-withdraw", UpdateSubcode.invalidNextHopAttribute, at, nextHop + 4);
}
