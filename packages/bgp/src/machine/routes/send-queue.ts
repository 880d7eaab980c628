import type { IpFamily } from "@vipkit/net";
import { encodeMessage } from "../../wire/encode-message.js";
import { endOfRib } from "../../wire/end-of-rib.js";
import type { Nlri } from "../../wire/nlri.js";
import { familyOfRoutes, nextHopOf, pathAttributesOf, type OutContext, type SkipReason } from "./attributes.js";
import { announceSome, createTemplate, hasAddPath, messageLimit, withdrawSome, type Template } from "./pack.js";
import type { RibOutCounts, RouteGroup, WantedRoute } from "./rib-out.js";
import type { RouteKey } from "./route.js";

type Skip = SkipReason | "attributes-too-long";

/** What one session still has to tell its peer, and what it has told. */
export interface SendQueue {
  /** The peer shall know this route. */
  want(key: RouteKey, wanted: WantedRoute): void;
  /** The peer shall not know this route any more. */
  unwant(key: RouteKey, wanted: WantedRoute): void;
  /** No wanted route has these attributes any more. */
  forget(group: RouteGroup): void;
  /** End-of-RIB follows what is pending in the family. */
  markEnd(family: IpFamily): void;
  /** While more of the set is on its way, nothing is said to be the end. */
  setPartial(partial: boolean): void;
  refresh(family: IpFamily, enhanced: boolean): void;
  drain(): void;
  withdrawAll(): void;
  next(maxBytes: number): Uint8Array | undefined;
  readonly idle: boolean;
  readonly advertised: number;
  readonly pending: number;
  readonly skipped: RibOutCounts["skipped"];
}

interface Told {
  readonly group: RouteGroup;
  readonly nlri: Nlri;
  /** Must be told again. Until then the peer holds it all the same, and must hear of it when it goes. */
  stale: boolean;
}

interface Lane {
  readonly family: IpFamily;
  /** Announcements, by attributes. */
  readonly announce: Map<RouteGroup, Map<RouteKey, Nlri>>;
  readonly withdraw: Map<RouteKey, Nlri>;
  /** Said before anything else. */
  readonly opening: Uint8Array[];
  /** Said when the lane is empty. */
  readonly closing: Uint8Array[];
  /** A peer that asks while it is being answered gets one more answer, however often it asks. */
  refresh: { readonly enhanced: boolean; again: boolean } | undefined;
}

interface Sending {
  readonly context: OutContext;
  readonly lanes: Readonly<Record<IpFamily, Lane>>;
  readonly told: Map<RouteKey, Told>;
  readonly templates: Map<RouteGroup, Template | Skip>;
  /** Routes that cannot be carried, with the reason. */
  readonly skipped: Map<RouteKey, Skip>;
  draining: boolean;
  partial: boolean;
}

/** What a new telling of a family goes by. */
interface Telling {
  readonly wanted: ReadonlyMap<RouteKey, WantedRoute>;
  /** In which queue a route that has not been told waits. */
  readonly waitingIn: Map<RouteKey, RouteGroup>;
}

function newLane(family: IpFamily): Lane {
  return { family, announce: new Map(), withdraw: new Map(), opening: [], closing: [], refresh: undefined };
}

function templateFor(sending: Sending, group: RouteGroup): Template | Skip {
  const known = sending.templates.get(group);
  if (known !== undefined) return known;
  const made = makeTemplate(sending, group);
  sending.templates.set(group, made);
  return made;
}

/** The longest prefix on the wire with a path identifier: 1 + 16 + 4 octets must fit behind the attributes. */
const LONGEST_NLRI = 21;

function makeTemplate({ context, draining }: Sending, { family, route }: RouteGroup): Template | Skip {
  if (!context.families.includes(family)) return "family-not-negotiated";
  const nextHops = nextHopOf(route, family, context);
  if (nextHops === undefined) return "no-next-hop";
  const attributes = pathAttributesOf(route, family, nextHops, context, draining);
  const template = createTemplate(family, nextHops, attributes, context.codec);
  return template.overhead + LONGEST_NLRI > messageLimit(context.codec) ? "attributes-too-long" : template;
}

function skipFor(sending: Sending, { group, nlri }: WantedRoute): Skip | undefined {
  const template = templateFor(sending, group);
  if (typeof template === "string") return template;
  const needsAddPath = nlri.pathId !== undefined && !hasAddPath(group.family, sending.context.codec);
  return needsAddPath ? "add-path-not-negotiated" : undefined;
}

function unqueue(lane: Lane, key: RouteKey, group: RouteGroup): void {
  const waiting = lane.announce.get(group);
  waiting?.delete(key);
  if (waiting?.size === 0) lane.announce.delete(group);
}

function withdrawTold(sending: Sending, lane: Lane, key: RouteKey): void {
  const told = sending.told.get(key);
  if (told !== undefined) lane.withdraw.set(key, told.nlri);
}

/** Announces unless the peer has been told exactly this. A route that moves between groups leaves its former queue. */
function want(sending: Sending, key: RouteKey, wanted: WantedRoute, waitingIn: Map<RouteKey, RouteGroup>): void {
  const { group, nlri } = wanted;
  const lane = sending.lanes[group.family];
  const former = waitingIn.get(key);
  if (former !== undefined && former !== group) unqueue(lane, key, former);
  waitingIn.delete(key);
  const skip = skipFor(sending, wanted);
  if (skip !== undefined) {
    sending.skipped.set(key, skip);
    withdrawTold(sending, lane, key);
    return;
  }
  sending.skipped.delete(key);
  lane.withdraw.delete(key);
  const told = sending.told.get(key);
  if (told?.group.key === group.key && !told.stale) {
    unqueue(lane, key, group);
    return;
  }
  let waiting = lane.announce.get(group);
  if (waiting === undefined) {
    waiting = new Map();
    lane.announce.set(group, waiting);
  }
  waiting.set(key, nlri);
  waitingIn.set(key, group);
}

function retell(
  sending: Sending,
  family: IpFamily,
  all: ReadonlyMap<RouteKey, WantedRoute>,
  waitingIn: Map<RouteKey, RouteGroup>,
): void {
  for (const [key, wanted] of all) {
    if (wanted.group.family !== family || sending.lanes[family].withdraw.has(key)) continue;
    const told = sending.told.get(key);
    if (told !== undefined) told.stale = true;
    want(sending, key, wanted, waitingIn);
  }
}

/** The marks of RFC 7313 section 4.1 around a refresh: 1 begins, 2 ends. */
function refreshMark(sending: Sending, family: IpFamily, subtype: number): Uint8Array {
  return encodeMessage({ type: "route-refresh", family: familyOfRoutes(family), subtype }, sending.context.codec);
}

function beginRefresh(sending: Sending, lane: Lane, enhanced: boolean, { wanted, waitingIn }: Telling): void {
  const { family } = lane;
  lane.refresh = { enhanced, again: false };
  if (enhanced) lane.opening.push(refreshMark(sending, family, 1));
  retell(sending, family, wanted, waitingIn);
  if (enhanced) lane.closing.push(refreshMark(sending, family, 2));
}

/** Everything of a lane has been told: an answer to the peer's request is complete. @returns true when there is another */
function continueRefresh(sending: Sending, lane: Lane, telling: Telling): boolean {
  const { refresh } = lane;
  if (refresh === undefined || sending.partial) return false;
  lane.refresh = undefined;
  if (refresh.again) beginRefresh(sending, lane, refresh.enhanced, telling);
  return refresh.again;
}

/** One message, withdrawals first: what is gone must not attract traffic. */
function nextMessage(sending: Sending, lane: Lane, waitingIn: Map<RouteKey, RouteGroup>): Uint8Array | undefined {
  const { codec } = sending.context;
  if (lane.opening.length > 0) return lane.opening.shift();
  if (lane.withdraw.size > 0) {
    const { keys, bytes } = withdrawSome(lane.family, lane.withdraw, codec);
    for (const key of keys) sending.told.delete(key);
    return bytes;
  }
  for (const [group, waiting] of lane.announce) {
    const template = templateFor(sending, group);
    if (typeof template === "string") {
      lane.announce.delete(group);
      continue;
    }
    const { keys, nlri, bytes } = announceSome(template, waiting, codec);
    keys.forEach((key, at) => {
      sending.told.set(key, { group, nlri: nlri[at]!, stale: false });
      waitingIn.delete(key);
    });
    if (waiting.size === 0) lane.announce.delete(group);
    return bytes;
  }
  return sending.partial ? undefined : lane.closing.shift();
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function next(sending: Sending, maxBytes: number, telling: Telling): Uint8Array | undefined {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const lane of Object.values(sending.lanes)) {
    while (length < maxBytes) {
      const bytes = nextMessage(sending, lane, telling.waitingIn);
      if (bytes === undefined) {
        if (!continueRefresh(sending, lane, telling)) break;
        continue;
      }
      pieces.push(bytes);
      length += bytes.length;
    }
  }
  return pieces.length === 0 ? undefined : join(pieces, length);
}

function laneSize(lane: Lane): number {
  let size = lane.withdraw.size;
  for (const waiting of lane.announce.values()) size += waiting.size;
  return size;
}

function withdrawAll(sending: Sending): void {
  for (const lane of Object.values(sending.lanes)) {
    lane.announce.clear();
    lane.opening.length = 0;
    lane.closing.length = 0;
    lane.refresh = undefined;
  }
  for (const [key, { group, nlri }] of sending.told) sending.lanes[group.family].withdraw.set(key, nlri);
}

function countSkipped(skipped: ReadonlyMap<RouteKey, Skip>): RibOutCounts["skipped"] {
  const counts: Partial<Record<Skip, number>> = {};
  for (const reason of skipped.values()) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

export function createSendQueue(context: OutContext, wanted: ReadonlyMap<RouteKey, WantedRoute>): SendQueue {
  const sending: Sending = {
    context,
    lanes: { ipv4: newLane("ipv4"), ipv6: newLane("ipv6") },
    told: new Map(),
    templates: new Map(),
    skipped: new Map(),
    draining: false,
    partial: false,
  };
  const waitingIn = new Map<RouteKey, RouteGroup>();
  const telling: Telling = { wanted, waitingIn };
  const lanes = Object.values(sending.lanes);
  return {
    want: (key, route) => want(sending, key, route, waitingIn),
    unwant: (key, { group }) => {
      const lane = sending.lanes[group.family];
      unqueue(lane, key, waitingIn.get(key) ?? group);
      waitingIn.delete(key);
      sending.skipped.delete(key);
      withdrawTold(sending, lane, key);
    },
    forget: (group) => sending.templates.delete(group),
    markEnd: (family) => {
      sending.lanes[family].closing.push(encodeMessage(endOfRib(familyOfRoutes(family)), context.codec));
    },
    setPartial: (partial) => {
      sending.partial = partial;
    },
    refresh: (family, enhanced) => {
      const lane = sending.lanes[family];
      if (!context.families.includes(family)) return;
      if (lane.refresh === undefined) beginRefresh(sending, lane, enhanced, telling);
      else lane.refresh.again = true;
    },
    drain: () => {
      sending.draining = true;
      sending.templates.clear();
      for (const family of context.families) retell(sending, family, wanted, waitingIn);
    },
    withdrawAll: () => {
      withdrawAll(sending);
      waitingIn.clear();
    },
    next: (maxBytes) => next(sending, maxBytes, telling),
    get idle(): boolean {
      return lanes.every((lane) => laneSize(lane) + lane.opening.length + lane.closing.length === 0);
    },
    get advertised(): number {
      return sending.told.size;
    },
    get pending(): number {
      return lanes.reduce((sum, lane) => sum + laneSize(lane), 0);
    },
    get skipped(): RibOutCounts["skipped"] {
      return countSkipped(sending.skipped);
    },
  };
}
