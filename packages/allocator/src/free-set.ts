import { Bits } from "./bits.js";

/** A position inside a range, from 0. A bigint only where a number would not be exact (2^53 and above). */
export type Offset = number | bigint;

/** Highest position that the bit set covers; everything above is kept one by one. */
const NEAR = 0x1_0000_0000;

/**
 * Which positions of a range are free, at the same cost for four addresses and for 2^128, empty or full of holes.
 *
 * Below a frontier every position is either taken or a hole, and the holes are bits; from the frontier on everything is
 * free but the few that were taken out of order. The frontier moves up only when the position at it is taken, so memory
 * follows the number of addresses in use and never the size of the range.
 */
export class FreeSet {
  /** Number of positions; above 2^53 rounded, which is more than will ever be taken. */
  readonly size: number;
  #frontier = 0;
  readonly #holes = new Bits();
  readonly #far = new Set<Offset>();

  constructor(size: number) {
    this.size = size;
  }

  /** Number of positions taken. */
  get taken(): number {
    return this.#frontier - this.#holes.size + this.#far.size;
  }

  /** True if nothing is left. */
  get isFull(): boolean {
    return this.#holes.size === 0 && this.#frontier >= this.size;
  }

  isFree(at: Offset): boolean {
    return at < this.#frontier ? this.#holes.has(at as number) : !this.#far.has(at);
  }

  /** The lowest free position, or -1. It is not taken yet. */
  next(): number {
    const hole = this.#holes.lowest();
    if (hole >= 0) return hole;
    return this.#frontier < this.size && this.#frontier < NEAR ? this.#frontier : -1;
  }

  /** Takes a position that is free. */
  take(at: Offset): void {
    if (at < this.#frontier) {
      this.#holes.remove(at as number);
    } else if (at === this.#frontier) {
      this.#frontier += 1;
      while (this.#far.size > 0 && this.#far.delete(this.#frontier)) this.#frontier += 1;
    } else {
      this.#far.add(at);
    }
  }

  /** Gives back a position that was taken. */
  free(at: Offset): void {
    if (at < this.#frontier) this.#holes.add(at as number);
    else this.#far.delete(at);
  }
}
