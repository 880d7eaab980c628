import { familyOf, type Prefix } from "@vipkit/net";
import { attributesKey, hasSameAttributes } from "../../machine/routes/attributes.js";
import { routeKey, type Route, type RouteKey } from "../../machine/routes/route.js";
import type { RouteBatch, ThreadOrder } from "./messages.js";
import { packPrefixRows } from "./packed-prefixes.js";

/** Changes that go over in one piece. More would keep the other side from its timers for too long. */
const PIECE = 10_000;

/** What a `change` says: first the withdrawals. */
export type RoutePiece = Pick<ThreadOrder & { type: "change" }, "withdraw" | "announce" | "more">;

/**
 * The routes that a caller wants, on this side of a thread. Only what differs goes over, and while a piece is on its way,
 * later changes of a prefix replace earlier ones: memory is bounded by the set, however slow the other side is.
 */
export interface DesiredRoutes {
  readonly replace: (routes: Iterable<Route>) => void;
  readonly announce: (routes: Iterable<Route>) => void;
  readonly withdraw: (prefixes: Iterable<Prefix>) => void;
  /** The next piece of changes; undefined when there is none. */
  readonly take: () => RoutePiece | undefined;
}

/** One prefix. */
interface Entry {
  readonly key: RouteKey;
  readonly prefix: Prefix;
  /** One for each path identifier; empty when the prefix shall be gone. */
  routes: readonly Route[];
  /** The number of the last whole set that held it. */
  generation: number;
  /** Waits to go over. */
  waits: boolean;
  /** A path that the other side may know is gone: it forgets all of them before it hears what is left. */
  forget: boolean;
}

interface Desired {
  readonly entries: Map<RouteKey, Entry>;
  /** In the order of their first change. */
  waiting: Entry[];
  generation: number;
}

const NONE: readonly Route[] = [];

function isSamePath(a: Route, b: Route): boolean {
  return (a.pathId ?? 0) === (b.pathId ?? 0);
}

function isSameRoute(a: Route, b: Route): boolean {
  return a === b || (isSamePath(a, b) && hasSameAttributes(a, b));
}

function entryFor({ entries }: Desired, prefix: Prefix): Entry {
  const key = routeKey(prefix);
  let entry = entries.get(key);
  if (entry === undefined) {
    entry = { key, prefix, routes: NONE, generation: 0, waits: false, forget: false };
    entries.set(key, entry);
  }
  return entry;
}

/** Notes that an entry had other routes before, if they were others. */
function changed({ waiting }: Desired, entry: Entry, before: readonly Route[]): void {
  const { routes } = entry;
  if (before.length === routes.length && before.every((one, at) => isSameRoute(one, routes[at]!))) return;
  entry.forget ||= before.some((one) => !routes.some((other) => isSamePath(one, other)));
  if (entry.waits) return;
  entry.waits = true;
  waiting.push(entry);
}

/** The paths with this one among them, in the order in which they first came. */
function withPath(routes: readonly Route[], route: Route): readonly Route[] {
  const at = routes.findIndex((one) => isSamePath(one, route));
  return at < 0 ? [...routes, route] : routes.map((one, index) => (index === at ? route : one));
}

function replace(desired: Desired, routes: Iterable<Route>): void {
  desired.generation += 1;
  const { entries, generation } = desired;
  const touched: Entry[] = [];
  const before: (readonly Route[])[] = [];
  for (const route of routes) {
    const entry = entryFor(desired, route.prefix);
    if (entry.generation === generation) entry.routes = withPath(entry.routes, route);
    else {
      entry.generation = generation;
      touched.push(entry);
      before.push(entry.routes);
      entry.routes = [route];
    }
  }
  touched.forEach((entry, at) => changed(desired, entry, before[at]!));
  for (const entry of entries.values()) if (entry.generation !== generation) empty(desired, entry);
}

function empty(desired: Desired, entry: Entry): void {
  const before = entry.routes;
  entry.routes = NONE;
  changed(desired, entry, before);
}

function announce(desired: Desired, routes: Iterable<Route>): void {
  for (const route of routes) {
    const entry = entryFor(desired, route.prefix);
    const before = entry.routes;
    entry.routes = withPath(before, route);
    changed(desired, entry, before);
  }
}

/** All but the prefix, and nothing that a caller may have put beside it: what has functions could not cross. */
function wordsOf(route: Route): RouteBatch["route"] {
  const { nextHop, localPref, med, communities, largeCommunities, extCommunities, asPathPrepend, origin, pathId } =
    route;
  return { nextHop, localPref, med, communities, largeCommunities, extCommunities, asPathPrepend, origin, pathId };
}

interface Batch {
  readonly first: Route;
  readonly prefixes: Prefix[];
}

/** Groups routes by all but their prefix, in the order of their first appearance. */
function batched(routes: readonly Route[]): RouteBatch[] {
  const batches = new Map<string, Batch>();
  let latest: Batch | undefined;
  for (const one of routes) {
    if (latest === undefined || !isSameRoute(latest.first, one)) {
      const key = `${one.pathId ?? 0}|${attributesKey(one, familyOf(one.prefix.ip))}`;
      latest = batches.get(key) ?? { first: one, prefixes: [] };
      batches.set(key, latest);
    }
    latest.prefixes.push(one.prefix);
  }
  return [...batches.values()].map(({ first, prefixes }) => ({
    route: wordsOf(first),
    prefixes: packPrefixRows(prefixes),
  }));
}

function take(desired: Desired): RoutePiece | undefined {
  const { entries, waiting } = desired;
  if (waiting.length === 0) return undefined;
  desired.waiting = waiting.length > PIECE ? waiting.splice(PIECE) : [];
  const withdraw: Prefix[] = [];
  const routes: Route[] = [];
  for (const entry of waiting) {
    // A path that is forgotten and announced with the same words in one piece is not told to the peer again.
    if (entry.forget) withdraw.push(entry.prefix);
    for (const route of entry.routes) routes.push(route);
    entry.waits = false;
    entry.forget = false;
    if (entry.routes.length === 0) entries.delete(entry.key);
  }
  return { withdraw: packPrefixRows(withdraw), announce: batched(routes), more: desired.waiting.length > 0 };
}

export function createDesiredRoutes(): DesiredRoutes {
  const desired: Desired = { entries: new Map(), waiting: [], generation: 0 };
  return {
    replace: (routes) => replace(desired, routes),
    announce: (routes) => announce(desired, routes),
    withdraw: (prefixes) => {
      for (const prefix of prefixes) {
        const entry = desired.entries.get(routeKey(prefix));
        if (entry !== undefined) empty(desired, entry);
      }
    },
    take: () => take(desired),
  };
}
