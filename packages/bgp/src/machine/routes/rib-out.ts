import { familyOf, type IpFamily, type Prefix } from "@vipkit/net";
import type { Nlri } from "../../wire/nlri.js";
import { attributesKey, hasSameAttributes, type OutContext, type SkipReason } from "./attributes.js";
import { routeKey, type Route, type RouteKey } from "./route.js";
import { createSendQueue, type SendQueue } from "./send-queue.js";

/** Routes with equal attributes: they share UPDATEs. */
export interface RouteGroup {
  readonly key: string;
  readonly family: IpFamily;
  /** Any route of the group: it stands for the attributes. */
  readonly route: Route;
  /** Wanted routes that are in the group. */
  members: number;
}

export interface WantedRoute {
  readonly group: RouteGroup;
  readonly nlri: Nlri;
  /** What the caller handed over: handing over the same object again costs nothing. */
  readonly route: Route;
  /** The number of the last whole set that held it. */
  generation: number;
}

export interface RibOutCounts {
  /** Routes that the caller wants. */
  readonly wanted: number;
  /** Routes that the peer has been told (as far as the bytes have been made). */
  readonly advertised: number;
  /** Announcements and withdrawals still to be told. */
  readonly pending: number;
  /** Wanted routes that this session cannot carry, by reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason | "attributes-too-long", number>>>;
}

/**
 * Adj-RIB-Out by desired state: callers say which routes they want, and what comes out is the difference to what the peer
 * has been told. It outlives sessions; a new session is told everything.
 */
export interface RibOut {
  /** The whole set that is wanted from now on. @returns how many routes have changed */
  replace(routes: Iterable<Route>): number;
  /** Adds or replaces some. */
  announce(routes: Iterable<Route>): number;
  /** Removes all paths of some prefixes. */
  withdraw(prefixes: Iterable<Prefix>): number;
  /** A session is established: everything is told again, and then End-of-RIB for each family (RFC 4724 section 4.1). */
  open(context: OutContext): void;
  /** The session is gone. */
  close(): void;
  /** The peer asks for a family once more (RFC 2918); with marks around it when `enhanced` (RFC 7313). */
  refresh(family: IpFamily, enhanced: boolean): void;
  /** From now on routes carry the graceful shutdown community (RFC 8326). */
  drain(): void;
  /** Takes back everything that was told; what is wanted stays wanted for a later session. */
  withdrawAll(): void;
  /** More of the wanted set is to come: until then no End-of-RIB is said (RFC 4724 section 4.1 wants it after the whole). */
  setPartial(partial: boolean): void;
  /** The next messages, at most about `maxBytes` octets of them in one piece; undefined when nothing is pending. */
  next(maxBytes: number): Uint8Array | undefined;
  readonly idle: boolean;
  readonly counts: RibOutCounts;
}

interface Book {
  readonly wanted: Map<RouteKey, WantedRoute>;
  readonly groups: Map<string, RouteGroup>;
  /** The group that was looked up last, while it has members. */
  latest: RouteGroup | undefined;
  /** Path identifiers other than 0, by prefix: only prefixes that have some. */
  readonly paths: Map<RouteKey, Set<RouteKey>>;
  queue: SendQueue | undefined;
  /** Number of the whole set that was handed over last. */
  generation: number;
  partial: boolean;
}

function groupFor(book: Book, route: Route): RouteGroup {
  const family = familyOf(route.prefix.ip);
  const { latest } = book;
  if (latest?.family === family && hasSameAttributes(latest.route, route)) return latest;
  const key = attributesKey(route, family);
  let group = book.groups.get(key);
  if (group === undefined) {
    group = { key, family, route, members: 0 };
    book.groups.set(key, group);
  }
  book.latest = group;
  return group;
}

function leaveGroup(book: Book, group: RouteGroup): void {
  group.members -= 1;
  if (group.members > 0) return;
  book.groups.delete(group.key);
  if (book.latest === group) book.latest = undefined;
  book.queue?.forget(group);
}

function nlriOf({ prefix, pathId }: Route): Nlri {
  return pathId === undefined || pathId === 0 ? prefix : { ip: prefix.ip, length: prefix.length, pathId };
}

function put(book: Book, route: Route, key: RouteKey): boolean {
  const { generation } = book;
  const before = book.wanted.get(key);
  if (before?.route === route) {
    before.generation = generation;
    return false;
  }
  const group = groupFor(book, route);
  if (before?.group === group) {
    book.wanted.set(key, { ...before, route, generation });
    return false;
  }
  group.members += 1;
  const wanted = { group, nlri: nlriOf(route), route, generation };
  book.wanted.set(key, wanted);
  if (typeof key === "string") rememberPath(book, route.prefix, key);
  book.queue?.want(key, wanted);
  if (before !== undefined) leaveGroup(book, before.group);
  return true;
}

function rememberPath(book: Book, prefix: Prefix, key: RouteKey): void {
  const base = routeKey(prefix);
  const paths = book.paths.get(base) ?? new Set();
  book.paths.set(base, paths.add(key));
}

function remove(book: Book, key: RouteKey): boolean {
  const before = book.wanted.get(key);
  if (before === undefined) return false;
  book.wanted.delete(key);
  if (typeof key === "string") {
    const base = routeKey(before.route.prefix);
    const paths = book.paths.get(base);
    paths?.delete(key);
    if (paths?.size === 0) book.paths.delete(base);
  }
  book.queue?.unwant(key, before);
  leaveGroup(book, before.group);
  return true;
}

function replace(book: Book, routes: Iterable<Route>): number {
  book.generation += 1;
  let changed = 0;
  for (const route of routes) if (put(book, route, routeKey(route.prefix, route.pathId))) changed += 1;
  for (const [key, { generation }] of book.wanted) {
    if (generation !== book.generation && remove(book, key)) changed += 1;
  }
  return changed;
}

function announce(book: Book, routes: Iterable<Route>): number {
  let changed = 0;
  for (const route of routes) if (put(book, route, routeKey(route.prefix, route.pathId))) changed += 1;
  return changed;
}

function withdraw(book: Book, prefixes: Iterable<Prefix>): number {
  let changed = 0;
  for (const prefix of prefixes) {
    const base = routeKey(prefix);
    for (const key of [base, ...(book.paths.get(base) ?? [])]) if (remove(book, key)) changed += 1;
  }
  return changed;
}

export function createRibOut(): RibOut {
  const book: Book = {
    wanted: new Map(),
    groups: new Map(),
    latest: undefined,
    paths: new Map(),
    queue: undefined,
    generation: 0,
    partial: false,
  };
  return {
    replace: (routes) => replace(book, routes),
    announce: (routes) => announce(book, routes),
    withdraw: (prefixes) => withdraw(book, prefixes),
    open: (context) => {
      book.queue = createSendQueue(context, book.wanted);
      book.queue.setPartial(book.partial);
      for (const [key, wanted] of book.wanted) book.queue.want(key, wanted);
      for (const family of context.families) book.queue.markEnd(family);
    },
    close: () => {
      book.queue = undefined;
    },
    refresh: (family, enhanced) => book.queue?.refresh(family, enhanced),
    drain: () => book.queue?.drain(),
    setPartial: (partial) => {
      book.partial = partial;
      book.queue?.setPartial(partial);
    },
    withdrawAll: () => book.queue?.withdrawAll(),
    next: (maxBytes) => book.queue?.next(maxBytes),
    get idle(): boolean {
      return book.queue?.idle ?? true;
    },
    get counts(): RibOutCounts {
      const { queue } = book;
      return {
        wanted: book.wanted.size,
        advertised: queue?.advertised ?? 0,
        pending: queue?.pending ?? 0,
        skipped: queue?.skipped ?? {},
      };
    },
  };
}
