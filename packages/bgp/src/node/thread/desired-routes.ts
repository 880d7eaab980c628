import { familyOf, type Prefix } from "@vipkit/net";
import { attributesKey } from "../../machine/routes/attributes.js";
import { routeKey, type Route, type RouteKey } from "../../machine/routes/route.js";
import type { RouteBatch } from "./messages.js";

/** Changes that go over in one piece. More would keep the other side from its timers for too long. */
const PIECE = 10_000;

interface Paths {
  readonly prefix: Prefix;
  /** One for each path identifier; empty when the prefix shall be gone. */
  readonly routes: readonly Route[];
}

/**
 * The routes that a caller wants, on this side of a thread. Only what differs goes over, and while a piece is on its way,
 * later changes of a prefix replace earlier ones: memory is bounded by the set, however slow the other side is.
 */
export interface DesiredRoutes {
  readonly replace: (routes: Iterable<Route>) => void;
  readonly announce: (routes: Iterable<Route>) => void;
  readonly withdraw: (prefixes: Iterable<Prefix>) => void;
  /** The next piece of changes; undefined when there is none. */
  readonly take: () => { readonly withdraw: readonly Prefix[]; readonly announce: readonly RouteBatch[] } | undefined;
}

interface Change extends Paths {
  /** A path that the other side may know is gone: it forgets all of them before it hears what is left. */
  readonly forget: boolean;
}

interface Desired {
  readonly wanted: Map<RouteKey, Paths>;
  /** What the other side has not been told. */
  readonly changed: Map<RouteKey, Change>;
}

function keyOf(route: Route): string {
  return `${route.pathId ?? 0}|${attributesKey(route, familyOf(route.prefix.ip))}`;
}

function isSame(a: readonly Route[], b: readonly Route[]): boolean {
  return a.length === b.length && a.every((route, at) => route === b[at] || keyOf(route) === keyOf(b[at]!));
}

function put({ wanted, changed }: Desired, key: RouteKey, paths: Paths): void {
  const before = wanted.get(key)?.routes ?? [];
  if (paths.routes.length === 0) wanted.delete(key);
  else wanted.set(key, paths);
  if (isSame(before, paths.routes)) return;
  const gone = before.some(({ pathId = 0 }) => !paths.routes.some((one) => (one.pathId ?? 0) === pathId));
  changed.set(key, { ...paths, forget: gone || changed.get(key)?.forget === true });
}

/** The paths with this one among them, in the order in which they first came. */
function withPath(routes: readonly Route[], route: Route): readonly Route[] {
  const id = route.pathId ?? 0;
  const at = routes.findIndex(({ pathId = 0 }) => pathId === id);
  return at < 0 ? [...routes, route] : routes.map((one, index) => (index === at ? route : one));
}

function replace(desired: Desired, routes: Iterable<Route>): void {
  const next = new Map<RouteKey, Paths>();
  for (const route of routes) {
    const key = routeKey(route.prefix);
    const among = next.get(key);
    next.set(key, { prefix: route.prefix, routes: among === undefined ? [route] : withPath(among.routes, route) });
  }
  for (const [key, { prefix }] of desired.wanted) if (!next.has(key)) put(desired, key, { prefix, routes: [] });
  for (const [key, paths] of next) put(desired, key, paths);
}

/** Groups routes by all but their prefix, in the order of their first appearance. */
function batched(routes: readonly Route[]): RouteBatch[] {
  const batches = new Map<string, { route: Omit<Route, "prefix">; prefixes: Prefix[] }>();
  for (const one of routes) {
    const key = keyOf(one);
    const batch = batches.get(key);
    const { prefix, ...route } = one;
    if (batch === undefined) batches.set(key, { route, prefixes: [prefix] });
    else batch.prefixes.push(prefix);
  }
  return [...batches.values()];
}

function take({ changed }: Desired): ReturnType<DesiredRoutes["take"]> {
  if (changed.size === 0) return undefined;
  const withdraw: Prefix[] = [];
  const announce: Route[] = [];
  for (const [key, { prefix, routes, forget }] of changed) {
    if (withdraw.length + announce.length >= PIECE) break;
    changed.delete(key);
    // A path that is forgotten and announced with the same words in one piece is not told to the peer again.
    if (forget) withdraw.push(prefix);
    announce.push(...routes);
  }
  return { withdraw, announce: batched(announce) };
}

export function createDesiredRoutes(): DesiredRoutes {
  const desired: Desired = { wanted: new Map(), changed: new Map() };
  return {
    replace: (routes) => replace(desired, routes),
    announce: (routes) => {
      for (const route of routes) {
        const key = routeKey(route.prefix);
        const before = desired.wanted.get(key)?.routes ?? [];
        put(desired, key, { prefix: route.prefix, routes: withPath(before, route) });
      }
    },
    withdraw: (prefixes) => {
      for (const prefix of prefixes) {
        const key = routeKey(prefix);
        if (desired.wanted.has(key)) put(desired, key, { prefix, routes: [] });
      }
    },
    take: () => take(desired),
  };
}
