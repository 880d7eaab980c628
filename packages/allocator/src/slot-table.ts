import type { Offset } from "./free-set.js";

const PAGE = 32;
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
  readonly #pages = new Map<number, Page<T>>();
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
    }
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
    if (page.live === 0) this.#pages.delete(index);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const page of this.#pages.values()) {
      for (const item of page.items) if (item !== undefined) yield item;
    }
    yield* this.#far.values();
  }
}
