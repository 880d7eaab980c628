import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FreeSet, type Offset } from "../src/index.js";

/** Lowest number from 0 up to `size` that is not in the set, or -1. */
function lowest(taken: ReadonlySet<Offset>, size: number): number {
  for (let at = 0; at < size; at += 1) if (!taken.has(at)) return at;
  return -1;
}

describe("FreeSet", () => {
  const steps = fc.array(fc.record({ next: fc.boolean(), at: fc.nat({ max: 2100 }) }), { maxLength: 300, size: "max" });

  test("agrees with a plain set, whatever is taken and given back in whatever order", () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 31, 33, 1025, 2100), steps, (size, list) => {
        const set = new FreeSet(size);
        const taken = new Set<Offset>();
        for (const { next, at } of list) {
          const position = next ? set.next() : at % size;
          if (position < 0) continue;
          expect(set.isFree(position)).toBe(!taken.has(position));
          if (taken.delete(position)) set.free(position);
          else {
            taken.add(position);
            set.take(position);
          }
          expect([set.next(), set.taken, set.isFull]).toEqual([lowest(taken, size), taken.size, taken.size === size]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("positions beyond 2^53 are kept exactly", () => {
    const set = new FreeSet(2 ** 128);
    const far = 2n ** 100n + 1n;
    set.take(far);
    expect([set.isFree(far), set.isFree(far - 1n), set.next(), set.taken]).toEqual([false, true, 0, 1]);
    set.free(far);
    expect([set.isFree(far), set.taken]).toEqual([true, 0]);
  });

  test("a hundred thousand holes are found in order", () => {
    const set = new FreeSet(2 ** 32);
    for (let at = 0; at < 200_000; at += 1) set.take(at);
    for (let at = 199_999; at > 0; at -= 2) set.free(at);
    const found: number[] = [];
    for (let i = 0; i < 100_000; i += 1) {
      found.push(set.next());
      set.take(set.next());
    }
    expect(found.every((at, i) => at === 2 * i + 1)).toBe(true);
    expect(set.next()).toBe(200_000);
  });
});
