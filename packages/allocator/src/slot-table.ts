import type { Offset } from "./free-set.js";

const PAGE = 32;

/** Empty pages that are kept at least. */
const SPARE = 256;

const NEAR = 0x1_0000_0000;

interface Page<T> {
  live: number;
  readonly items: (T | undefined)[];
}

/**
 * What stands on which position of a range. Neighbours share a page of 32, so a densely used range costs little more than
 * one pointer an address; a lone address far out costs one page or, above 2^32, one map entry.
 */
export class SlotTable<T> {
  #pages = new Map<number, Page<T>>();
  #empty = 0;
  readonly #far = new Map<Offset, T>();

  get(at: Offset): T | undefined {
    if (at >= NEAR) return this.#far.get(at);
    return this.#pages.get((at as number) >>> 5)?.items[(at as number) & 31];
  }

  set(at: Offset, item: T): void {
    if (at >= NEAR) {
      this.#far.set(at, item);
      return;
    }
    const index = (at as number) >>> 5;
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = { live: 0, items: new Array<T | undefined>(PAGE).fill(undefined) };
      this.#pages.set(index, page);
      this.#empty += 1;
    }
    if (page.live === 0) this.#empty -= 1;
    if (page.items[(at as number) & 31] === undefined) page.live += 1;
    page.items[(at as number) & 31] = item;
  }

  delete(at: Offset): void {
    if (at >= NEAR) {
      this.#far.delete(at);
      return;
    }
    const index = (at as number) >>> 5;
    const page = this.#pages.get(index);
    if (page?.items[(at as number) & 31] === undefined) return;
    page.items[(at as number) & 31] = undefined;
    page.live -= 1;
    if (page.live > 0) return;
    this.#empty += 1;
    if (this.#empty > SPARE && this.#empty * 2 > this.#pages.size) this.#clearOut();
  }

  /** Pages are not dropped one by one: a map slows down for a key that is deleted and comes back again and again. */
  #clearOut(): void {
    const live = new Map<number, Page<T>>();
    for (const [index, page] of this.#pages) if (page.live > 0) live.set(index, page);
    this.#pages = live;
    this.#empty = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const page of this.#pages.values()) {
      for (const item of page.items) if (item !== undefined) yield item;
    }
    yield* this.#far.values();
  }
}
