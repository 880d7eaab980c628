const WORD = 32;

function emptyLevels(bits: number): Uint32Array[] {
  const levels: Uint32Array[] = [];
  let words = bits;
  do {
    words = Math.ceil(words / WORD);
    levels.push(new Uint32Array(words));
  } while (words > 1);
  return levels;
}

/**
 * A set of small numbers (0 to 2^32 - 1) that answers "which is the lowest?" in constant time: one bit a member, and above
 * each 32 words one word that says which of them are not empty. It grows to the highest number ever added.
 */
export class Bits {
  #capacity = 1024;
  #levels: Uint32Array[] = emptyLevels(1024);
  #size = 0;

  /** How many members. */
  get size(): number {
    return this.#size;
  }

  has(index: number): boolean {
    return index < this.#capacity && (this.#levels[0]![index >>> 5]! & (1 << (index & 31))) !== 0;
  }

  /** Adds a number; one that is there already changes nothing. */
  add(index: number): void {
    if (index >= this.#capacity) this.#grow(index);
    if (this.has(index)) return;
    this.#size += 1;
    let at = index;
    for (const words of this.#levels) {
      const word = at >>> 5;
      const before = words[word]!;
      words[word] = before | (1 << (at & 31));
      if (before !== 0) return;
      at = word;
    }
  }

  /** Removes a number; one that is not there changes nothing. */
  remove(index: number): void {
    if (!this.has(index)) return;
    this.#size -= 1;
    let at = index;
    for (const words of this.#levels) {
      const word = at >>> 5;
      words[word] = words[word]! & ~(1 << (at & 31));
      if (words[word] !== 0) return;
      at = word;
    }
  }

  /** The lowest member, or -1. */
  lowest(): number {
    if (this.#size === 0) return -1;
    let at = 0;
    for (let level = this.#levels.length - 1; level >= 0; level -= 1) {
      const word = this.#levels[level]![at]!;
      at = at * WORD + (31 - Math.clz32(word & -word));
    }
    return at;
  }

  #grow(index: number): void {
    while (this.#capacity <= index) this.#capacity *= 2;
    const old = this.#levels;
    this.#levels = emptyLevels(this.#capacity);
    this.#levels[0]!.set(old[0]!);
    for (let level = 1; level < this.#levels.length; level += 1) {
      const below = this.#levels[level - 1]!;
      const words = this.#levels[level]!;
      for (let at = 0; at < below.length; at += 1) {
        if (below[at] !== 0) words[at >>> 5] = words[at >>> 5]! | (1 << (at & 31));
      }
    }
  }
}
