import type { Offset } from "./free-set.js";
import type { Holding } from "./holding.js";
import type { Segment } from "./pool.js";

const BUCKET = 256;
const COUNTED = 16;

/** An address whose holder has a sharing key: who is on it, with which ports. All holders have the keys of the group. */
export class SharedAddress {
  readonly segment: Segment;
  readonly at: Offset;
  readonly group: SharingGroup;
  readonly holders: Set<Holding> = new Set<Holding>();
  readonly ports: Map<string, Holding> = new Map<string, Holding>();
  bucket: Bucket | undefined;

  constructor(segment: Segment, at: Offset, group: SharingGroup) {
    this.segment = segment;
    this.at = at;
    this.group = group;
  }

  join(holding: Holding): void {
    this.holders.add(holding);
    for (const port of holding.profile.ports) {
      this.ports.set(port, holding);
      countPort(this.bucket, port, 1);
    }
  }

  leave(holding: Holding): void {
    this.holders.delete(holding);
    for (const port of holding.profile.ports) {
      this.ports.delete(port);
      countPort(this.bucket, port, -1);
    }
  }

  /** The first of these ports that somebody has here. */
  clash(ports: readonly string[]): string | undefined {
    return ports.find((port) => this.ports.has(port));
  }
}

/** A run of a group's addresses, in order; `counts` says how many of them have a port, once there are many. */
export interface Bucket {
  members: SharedAddress[];
  counts: Map<string, number> | undefined;
}

function countPort(bucket: Bucket | undefined, port: string, step: number): void {
  if (bucket?.counts === undefined) return;
  const count = (bucket.counts.get(port) ?? 0) + step;
  if (count === 0) bucket.counts.delete(port);
  else bucket.counts.set(port, count);
}

function countAll(members: readonly SharedAddress[]): Map<string, number> | undefined {
  if (members.length < COUNTED) return undefined;
  const counts = new Map<string, number>();
  for (const { ports } of members) for (const port of ports.keys()) counts.set(port, (counts.get(port) ?? 0) + 1);
  return counts;
}

/** By place in the pool: configured order of ranges, then ascending. */
function isBefore(a: { segment: Segment; at: Offset }, b: { segment: Segment; at: Offset }): boolean {
  return a.segment === b.segment ? a.at < b.at : a.segment.index < b.segment.index;
}

/** First index whose entry is not before `spot`. */
function place(spot: SharedAddress, length: number, entry: (index: number) => SharedAddress): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(entry(middle), spot)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The addresses of one pool and family that are shared under one pair of keys, in order. A search for the first address
 * where given ports are free skips whole buckets in which one of the ports is taken everywhere.
 */
export class SharingGroup {
  readonly key: string;
  readonly sharingKey: string;
  readonly backendKey: string;
  readonly #buckets: Bucket[] = [];

  constructor(key: string, sharingKey: string, backendKey: string) {
    this.key = key;
    this.sharingKey = sharingKey;
    this.backendKey = backendKey;
  }

  get isEmpty(): boolean {
    return this.#buckets.length === 0;
  }

  add(spot: SharedAddress): void {
    const buckets = this.#buckets;
    const after = place(spot, buckets.length, (index) => buckets[index]!.members[0]!);
    let bucket = buckets[Math.max(0, after - 1)];
    if (bucket === undefined) {
      bucket = { members: [], counts: undefined };
      buckets.push(bucket);
    }
    const { members } = bucket;
    members.splice(
      place(spot, members.length, (index) => members[index]!),
      0,
      spot,
    );
    spot.bucket = bucket;
    if (members.length > BUCKET) this.#split(bucket);
    else if (members.length === COUNTED) bucket.counts = countAll(members);
  }

  remove(spot: SharedAddress): void {
    const { bucket } = spot;
    if (bucket === undefined) return;
    const { members } = bucket;
    for (const port of spot.ports.keys()) countPort(bucket, port, -1);
    members.splice(
      place(spot, members.length, (index) => members[index]!),
      1,
    );
    spot.bucket = undefined;
    if (members.length === 0) this.#buckets.splice(this.#buckets.indexOf(bucket), 1);
  }

  /** The first address where none of the ports is taken and which `allowed` accepts. */
  first(ports: readonly string[], allowed: (spot: SharedAddress) => boolean): SharedAddress | undefined {
    for (const { members, counts } of this.#buckets) {
      if (counts !== undefined && ports.some((port) => counts.get(port) === members.length)) continue;
      const found = members.find((spot) => spot.clash(ports) === undefined && allowed(spot));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #split(bucket: Bucket): void {
    const upper: Bucket = { members: bucket.members.splice(bucket.members.length >>> 1), counts: undefined };
    for (const spot of upper.members) spot.bucket = upper;
    bucket.counts = countAll(bucket.members);
    upper.counts = countAll(upper.members);
    this.#buckets.splice(this.#buckets.indexOf(bucket) + 1, 0, upper);
  }
}
