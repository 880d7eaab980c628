/** Numbers that follow from a seed alone, so that a run can be repeated. Not for keys or nonces. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** A whole number from 0 up to, but not including, `bound`. */
  below(bound: number): number;
}

/** @param seed any 32-bit number */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    // A Weyl sequence with a mixing step: 2^32 states, each visited once.
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return { next, below: (bound) => Math.floor(next() * bound) };
}

/** Up to `count` different items that pass, in random order. Looks at each item at most once. */
export function pickRandom<T>(random: Random, items: readonly T[], count: number, passes: (item: T) => boolean): T[] {
  const pool = items.filter(passes);
  const picked: T[] = [];
  while (picked.length < count && pool.length > 0) {
    const at = random.below(pool.length);
    picked.push(pool[at]!);
    pool[at] = pool.at(-1)!;
    pool.pop();
  }
  return picked;
}

/** Puts the items in random order, in place. */
export function shuffle(random: Random, items: unknown[]): void {
  for (let i = items.length - 1; i > 0; i -= 1) {
    const at = random.below(i + 1);
    [items[i], items[at]] = [items[at], items[i]];
  }
}
