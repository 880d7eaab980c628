import { ipFromBytes, readIpv4, type Ip } from "@vipkit/net";
import { hasFamily, IPV4_UNICAST, prefixWidth, type Family } from "./family.js";
import type { UpdateMessage } from "./message.js";
import type { Nlri } from "./nlri.js";
import { countNlri, type NlriSpan } from "./prefix-cursor.js";
import { readNlri } from "./read-nlri.js";
import { WITHDRAWN_START, type UpdateView } from "./update-view.js";

/** Routes with the next hops they came with: one address, or a global and a link-local one; none for families not read. */
export interface AnnouncedSpan extends NlriSpan {
  readonly nextHops: readonly Ip[];
}

function spanOf(view: UpdateView, family: Family, start: number, end: number): NlriSpan {
  const { afi, safi } = family;
  const addPath = hasFamily(view.context.addPath.receive, afi, safi);
  return { family, width: prefixWidth(afi, safi), addPath, bytes: view.bytes, start, end };
}

function familyAt(bytes: Uint8Array, at: number): Family {
  return { afi: (bytes[at]! << 8) | bytes[at + 1]!, safi: bytes[at + 2]! };
}

function mpReachSpan(view: UpdateView): NlriSpan | undefined {
  const { bytes, mpReach, mpReachEnd } = view;
  if (mpReach < 0) return undefined;
  const start = mpReach + 5 + bytes[mpReach + 3]!;
  return start < mpReachEnd ? spanOf(view, familyAt(bytes, mpReach), start, mpReachEnd) : undefined;
}

function mpNextHops({ bytes, mpReach }: UpdateView, width: number): Ip[] {
  const start = mpReach + 4;
  const length = bytes[mpReach + 3]!;
  if (width === 0) return [];
  if (length === 4) return [readIpv4(bytes, start)];
  const hops: Ip[] = [];
  for (let at = start; at < start + length; at += 16) hops.push(ipFromBytes(bytes.subarray(at, at + 16)));
  return hops;
}

function nlriSpan(view: UpdateView): NlriSpan | undefined {
  const { bytes, attributesEnd } = view;
  return attributesEnd < bytes.length ? spanOf(view, IPV4_UNICAST, attributesEnd, bytes.length) : undefined;
}

// Written out: a spread costs more than the rest of the message.
function announced({ family, width, addPath, bytes, start, end }: NlriSpan, nextHops: readonly Ip[]): AnnouncedSpan {
  return { family, width, addPath, bytes, start, end, nextHops };
}

/** What the message announces after its verdict: nothing when its routes are treated as withdrawn. */
export function announcedBy(view: UpdateView): AnnouncedSpan[] {
  const spans: AnnouncedSpan[] = [];
  if (view.verdict.action === "treat-as-withdraw") return spans;
  const nlri = nlriSpan(view);
  if (nlri !== undefined) spans.push(announced(nlri, [readIpv4(view.bytes, view.nextHop)]));
  const reach = mpReachSpan(view);
  if (reach !== undefined) spans.push(announced(reach, mpNextHops(view, reach.width)));
  return spans;
}

/** What the message withdraws after its verdict, the routes that are treated as withdrawn included (RFC 7606 section 2). */
export function withdrawnBy(view: UpdateView): NlriSpan[] {
  const spans: NlriSpan[] = [];
  const { bytes, mpUnreach, mpUnreachEnd, withdrawnEnd } = view;
  if (withdrawnEnd > WITHDRAWN_START) spans.push(spanOf(view, IPV4_UNICAST, WITHDRAWN_START, withdrawnEnd));
  if (mpUnreach >= 0 && mpUnreach + 3 < mpUnreachEnd) {
    spans.push(spanOf(view, familyAt(bytes, mpUnreach), mpUnreach + 3, mpUnreachEnd));
  }
  if (view.verdict.action !== "treat-as-withdraw") return spans;
  for (const span of [nlriSpan(view), mpReachSpan(view)]) if (span !== undefined) spans.push(span);
  return spans;
}

/** The routes of a span as objects, one each. */
export function nlriOf({ width, addPath, bytes, start, end }: NlriSpan): Nlri[] {
  return width === 0 ? [] : readNlri(bytes, start, end, width, addPath);
}

export interface UpdateRoutes {
  readonly announced: readonly {
    readonly family: Family;
    readonly nextHops: readonly Ip[];
    readonly nlri: readonly Nlri[];
  }[];
  readonly withdrawn: readonly { readonly family: Family; readonly nlri: readonly Nlri[] }[];
}

/** All routes of the message after its verdict, by family. */
export function routesOf(view: UpdateView): UpdateRoutes {
  return {
    announced: announcedBy(view).map((span) => ({ family: span.family, nextHops: span.nextHops, nlri: nlriOf(span) })),
    withdrawn: withdrawnBy(view).map((span) => ({ family: span.family, nlri: nlriOf(span) })),
  };
}

/** How many routes the message announces and withdraws after its verdict. Makes no object for a route. */
export function countRoutes(view: UpdateView): { readonly announced: number; readonly withdrawn: number } {
  const sum = (spans: readonly NlriSpan[]): number => spans.reduce((count, span) => count + countNlri(span), 0);
  return { announced: sum(announcedBy(view)), withdrawn: sum(withdrawnBy(view)) };
}

function isView(update: UpdateMessage | UpdateView): update is UpdateView {
  return "bytes" in update;
}

/** The family whose End-of-RIB the message is (RFC 4724 section 2); undefined when it is none. */
export function endOfRibOf(update: UpdateMessage | UpdateView): Family | undefined {
  if (isView(update)) {
    const { bytes, withdrawnEnd, attributesEnd, mpUnreach, mpUnreachEnd } = update;
    if (bytes.length === 23) return IPV4_UNICAST;
    const attributesStart = withdrawnEnd + 2;
    const isAlone = mpUnreach >= 0 && mpUnreachEnd === attributesEnd && mpUnreach - attributesStart <= 4;
    const isEmpty =
      mpUnreachEnd - mpUnreach === 3 && attributesEnd === bytes.length && withdrawnEnd === WITHDRAWN_START;
    return isAlone && isEmpty ? familyAt(bytes, mpUnreach) : undefined;
  }
  const { withdrawn, attributes, nlri } = update;
  if (withdrawn.length + nlri.length > 0 || attributes.length > 1) return undefined;
  const only = attributes[0];
  if (only === undefined) return IPV4_UNICAST;
  if (only.type !== "mp-unreach" || only.nlri.length + (only.rawNlri?.length ?? 0) > 0) return undefined;
  return only.family;
}
