import type { Holding } from "./holding.js";

/** Entries without a holding that are kept at least before they are cleared out. */
const SPARE = 1024;

/**
 * Holdings by owner. An owner that leaves keeps its empty entry for a while: engines' maps leave a dead entry in the chain for
 * every delete and walk all of them when the same key comes back, which in a large map that is rarely rebuilt made a claim
 * of a returning owner a hundred times slower.
 */
export class HoldingTable {
  #entries = new Map<string, Holding | undefined>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(owner: string): Holding | undefined {
    return this.#entries.get(owner);
  }

  has(owner: string): boolean {
    return this.#entries.get(owner) !== undefined;
  }

  set(owner: string, holding: Holding): void {
    if (this.#entries.get(owner) === undefined) this.#size += 1;
    this.#entries.set(owner, holding);
  }

  delete(owner: string): void {
    if (this.#entries.get(owner) === undefined) return;
    this.#entries.set(owner, undefined);
    this.#size -= 1;
    if (this.#entries.size > 2 * this.#size + SPARE) this.#clearOut();
  }

  *values(): IterableIterator<Holding> {
    for (const holding of this.#entries.values()) if (holding !== undefined) yield holding;
  }

  #clearOut(): void {
    const live = new Map<string, Holding | undefined>();
    for (const [owner, holding] of this.#entries) if (holding !== undefined) live.set(owner, holding);
    this.#entries = live;
  }
}
