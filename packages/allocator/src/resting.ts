import type { Offset } from "./free-set.js";
import type { Segment } from "./pool.js";

/** A released address that is not free for everybody yet, or that waits for its turn. */
export class Resting {
  readonly segment: Segment;
  readonly at: Offset;
  /** Who had it last. */
  readonly owner: string;
  /** Before this time only the last owner may have it. */
  readonly until: number;
  before: Resting | undefined;
  after: Resting | undefined;

  constructor(segment: Segment, at: Offset, owner: string, until: number) {
    this.segment = segment;
    this.at = at;
    this.owner = owner;
    this.until = until;
  }
}

/** Resting addresses in the order of their release, and by last owner. Every step costs the same at any length. */
export class RestingList {
  #oldest: Resting | undefined;
  #newest: Resting | undefined;
  #size = 0;
  readonly #byOwner = new Map<string, Set<Resting>>();

  get size(): number {
    return this.#size;
  }

  get oldest(): Resting | undefined {
    return this.#oldest;
  }

  add(entry: Resting): void {
    entry.before = this.#newest;
    entry.after = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.after = entry;
    this.#newest = entry;
    this.#size += 1;
    const own = this.#byOwner.get(entry.owner);
    if (own === undefined) this.#byOwner.set(entry.owner, new Set([entry]));
    else own.add(entry);
  }

  remove(entry: Resting): void {
    if (entry.before === undefined) this.#oldest = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === undefined) this.#newest = entry.before;
    else entry.after.before = entry.before;
    this.#size -= 1;
    const own = this.#byOwner.get(entry.owner);
    own?.delete(entry);
    if (own?.size === 0) this.#byOwner.delete(entry.owner);
  }

  /** What this owner released, oldest first. */
  of(owner: string): Iterable<Resting> {
    return this.#byOwner.get(owner) ?? [];
  }

  *[Symbol.iterator](): IterableIterator<Resting> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.after) yield entry;
  }
}
