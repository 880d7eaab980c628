import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeRanges, rangesOf } from "../../src/wire/number-ranges.js";

const numbers = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xffff_ffff })), {
  maxLength: 60,
});

describe("rangesOf", () => {
  test("holds exactly the numbers, in as few ranges as there are gaps", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const ranges = rangesOf(values);
        const held = ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
        expect(held).toEqual([...new Set(values)].sort((a, b) => a - b));
        for (let i = 1; i < ranges.length; i += 1) expect(ranges[i]!.first).toBeGreaterThan(ranges[i - 1]!.last + 1);
      }),
    );
  });

  test("knows both ends of the number line", () => {
    expect(rangesOf([0xffff_ffff, 0, 0xffff_fffe])).toEqual([
      { first: 0, last: 0 },
      { first: 0xffff_fffe, last: 0xffff_ffff },
    ]);
  });
});

describe("mergeRanges", () => {
  test("never loses a number and never has more ranges than allowed", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 8 }), (values, limit) => {
        const merged = mergeRanges(rangesOf(values), limit);
        expect(merged.length).toBeLessThanOrEqual(limit);
        for (const value of values) {
          expect(merged.some(({ first, last }) => value >= first && value <= last)).toBe(true);
        }
      }),
    );
  });

  test("fills the smallest gaps first", () => {
    expect(mergeRanges(rangesOf([1, 3, 100, 1000, 1004]), 3)).toEqual([
      { first: 1, last: 3 },
      { first: 100, last: 100 },
      { first: 1000, last: 1004 },
    ]);
  });
});
