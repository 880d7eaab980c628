import { type Ip, type IpFamily, rangeSize, type Range } from "@vipkit/net";
import { Bits } from "./bits.js";
import type { ReadPool } from "./check-pools.js";
import type { ChoicePolicy, PoolConfig } from "./config.js";
import { FreeSet, type Offset } from "./free-set.js";
import type { Holding } from "./holding.js";
import { capacityOf } from "./pool-count.js";
import { sortRanges, withoutHoles } from "./ranges.js";
import { createReservation, type Reservation } from "./reservation.js";
import { RestingList, type Resting } from "./resting.js";
import { compileSelector, type Labels } from "./selector.js";
import type { SharedAddress, SharingGroup } from "./sharing.js";
import { SlotTable } from "./slot-table.js";

/** What stands on an address: its only holder, its sharing holders, or its memory of the last one. */
export type Slot = Holding | SharedAddress | Resting;

/** A run of addresses of a pool that are treated alike. */
export interface Segment extends Range {
  readonly side: Side;
  /** Position in its side: the order of use. */
  readonly index: number;
  readonly free: FreeSet;
  readonly slots: SlotTable<Slot>;
  /** Set when these addresses are reserved. */
  readonly reservation: Reservation | undefined;
}

/** One family of a pool. */
export interface Side {
  readonly pool: Pool;
  readonly family: IpFamily;
  readonly segments: readonly Segment[];
  /** Segments without reservation that have a free address. */
  readonly open: Bits;
  /** Segments that are reserved. */
  readonly reserved: readonly Segment[];
  /** Reservations that keep a number of addresses. */
  readonly promises: readonly Reservation[];
  readonly groups: Map<string, SharingGroup>;
  readonly resting: RestingList;
  /** As the counters give it: exact up to 2^63 - 1. */
  readonly capacity: bigint;
  /** Usable addresses that are not reserved one by one. */
  readonly openCapacity: number;
  /** Distinct addresses in use. */
  used: number;
  /** Those of them that are not reserved one by one. */
  openUsed: number;
}

/** What of a pool may change while its addresses stay where they are. */
export interface PoolRules {
  readonly config: PoolConfig;
  /** Position in the configuration: decides every tie. */
  readonly order: number;
  readonly name: string;
  readonly autoAssign: boolean;
  readonly drain: boolean;
  /** Undefined for a pool that is open to all. */
  readonly admits: ((namespace: string, labels: Labels) => boolean) | undefined;
  /** `pools` of leases with 1 and 2 addresses. */
  readonly names: readonly (readonly string[])[];
}

export interface Pool {
  rules: PoolRules;
  readonly avoidBuggyIPs: boolean;
  readonly policy: ChoicePolicy;
  readonly seed: number;
  readonly holdDownMs: number;
  readonly ipv4: Side;
  readonly ipv6: Side;
  /** Equal for pools whose addresses are laid out alike: what is held can stay where it is. */
  readonly shape: string;
}

type Piece = Range & { readonly reservation: Reservation | undefined };

/** Splits what is left of a range at its reserved parts, ascending. */
function piecesOf(range: Range, reserved: readonly Piece[]): Piece[] {
  const open = withoutHoles(range, reserved).map((part) => ({ ...part, reservation: undefined }));
  const inside = reserved.filter(
    (part) => typeof part.first === typeof range.first && part.first >= range.first && part.last <= range.last,
  );
  return sortRanges<Piece>([...open, ...inside]);
}

function reservedPieces(read: ReadPool, holes: readonly Range[], made: readonly Reservation[]): Piece[] {
  const pieces = read.reserved.flatMap((ranges, index) =>
    ranges.flatMap((range) => withoutHoles(range, holes)).map((part) => ({ ...part, reservation: made[index] })),
  );
  return sortRanges(pieces);
}

/** Merges excluded ranges, so that they are sorted and do not overlap. */
function mergeHoles(excluded: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const hole of sortRanges(excluded)) {
    const last = merged.at(-1);
    if (last !== undefined && typeof last.last === typeof hole.first && hole.first <= last.last) {
      if (hole.last > last.last) merged[merged.length - 1] = { first: last.first, last: hole.last };
    } else merged.push(hole);
  }
  return merged;
}

function createSide(pool: Pool, family: IpFamily, pieces: readonly Piece[], promises: readonly Reservation[]): Side {
  const own = pieces.filter(({ first }) => (typeof first === "number") === (family === "ipv4"));
  const open = own.filter(({ reservation }) => reservation === undefined);
  const segments: Segment[] = [];
  const side: Side = {
    pool,
    family,
    segments,
    open: new Bits(),
    reserved: [],
    promises,
    groups: new Map(),
    resting: new RestingList(),
    capacity: capacityOf(own, pool.avoidBuggyIPs),
    openCapacity: Number(capacityOf(open, pool.avoidBuggyIPs)),
    used: 0,
    openUsed: 0,
  };
  own.forEach(({ first, last, reservation }, index) => {
    const free = new FreeSet(Number(rangeSize({ first, last })));
    segments.push({ first, last, side, index, free, slots: new SlotTable(), reservation });
    if (reservation === undefined) side.open.add(index);
  });
  return Object.assign(side, { reserved: segments.filter(({ reservation }) => reservation !== undefined) });
}

function admission({ allocateTo }: PoolConfig): PoolRules["admits"] {
  if (allocateTo === undefined) return undefined;
  const { namespaces = [], serviceSelectors = [], closed = false } = allocateTo;
  const names = new Set(namespaces);
  const selectors = serviceSelectors.map(compileSelector);
  return (namespace, labels) =>
    !closed &&
    (names.size === 0 || names.has(namespace)) &&
    (selectors.length === 0 || selectors.some((selects) => selects(labels)));
}

/** Everything that decides where addresses stand and how they are chosen, and nothing else. */
function shapeOf(config: PoolConfig, pieces: readonly Piece[]): string {
  const ranges = pieces.map(({ first, last }) => `${first}-${last}`);
  const { avoidBuggyIPs = false, policy = "first-fit", seed = 0, reservations = [], holdDownMs = 0 } = config;
  return JSON.stringify([ranges, avoidBuggyIPs, policy, seed, reservations, holdDownMs]);
}

function rulesOf(config: PoolConfig, order: number): PoolRules {
  const { name, autoAssign = true, drain = false } = config;
  return { config, order, name, autoAssign, drain, admits: admission(config), names: [[name], [name, name]] };
}

interface Layout {
  readonly pieces: readonly Piece[];
  readonly made: readonly Reservation[];
}

function layOut(read: ReadPool): Layout {
  const made = (read.config.reservations ?? []).map((entry) => createReservation(entry.for, entry.count ?? 0));
  const holes = mergeHoles(read.excluded);
  const reserved = reservedPieces(read, holes, made);
  return {
    made,
    pieces: read.ranges.flatMap((range) => withoutHoles(range, holes)).flatMap((range) => piecesOf(range, reserved)),
  };
}

/** The pool at work. `reuse` finds a pool of the same shape, which then goes on under the new rules with all it holds. */
export function createPool(read: ReadPool, order: number, reuse: (shape: string) => Pool | undefined): Pool {
  const { config } = read;
  const { pieces, made } = layOut(read);
  const rules = rulesOf(config, order);
  const shape = shapeOf(config, pieces);
  const same = reuse(shape);
  if (same !== undefined) return Object.assign(same, { rules });
  const promised = (family: IpFamily): Reservation[] =>
    made.filter(
      (_, index) =>
        config.reservations?.[index]?.addresses === undefined && config.reservations?.[index]?.family === family,
    );
  const { avoidBuggyIPs = false, policy = "first-fit", seed = 0, holdDownMs = 0 } = config;
  const bare = { rules, avoidBuggyIPs, policy, seed, holdDownMs, shape } as Pool;
  return Object.assign(bare, {
    ipv4: createSide(bare, "ipv4", pieces, promised("ipv4")),
    ipv6: createSide(bare, "ipv6", pieces, promised("ipv6")),
  });
}

/** Where an address of the segment stands in it. */
export function offsetIn(segment: Segment, ip: Ip): Offset {
  if (typeof ip === "number") return ip - (segment.first as number);
  const offset = ip - (segment.first as bigint);
  return offset <= 9_007_199_254_740_991n ? Number(offset) : offset;
}

export function ipAt(segment: Segment, at: Offset): Ip {
  return typeof segment.first === "number" ? segment.first + (at as number) : segment.first + BigInt(at);
}
