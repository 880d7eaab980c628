import { branch, jump, OP, type FilterInstruction } from "./filter-program.js";
import type { NumberRange } from "./number-ranges.js";

/** Ends a tree in a leaf that is not in any range; its distance is known when the tree is whole. */
const OUTSIDE = jump(0);
/** Conditional jumps reach this far; longer ways go over an unconditional one. */
const FARTHEST = 255;

/** The code that decides between the intervals `from`..`to` of the number line cut at `cuts`; odd intervals lie inside. */
function decide(cuts: readonly number[], from: number, to: number, inside: FilterInstruction): FilterInstruction[] {
  if (from === to) return [from % 2 === 1 ? inside : OUTSIDE];
  const middle = (from + to) >>> 1;
  const below = decide(cuts, from, middle, inside);
  const above = decide(cuts, middle + 1, to, inside);
  const cut = cuts[middle]!;
  const test =
    below.length <= FARTHEST
      ? [branch(OP.jumpIfAtLeast, cut, below.length, 0)]
      : [branch(OP.jumpIfAtLeast, cut, 0, 1), jump(below.length)];
  return [...test, ...below, ...above];
}

/**
 * Code that ends in `inside` when the accumulator lies in one of the ranges and goes on behind itself when not. A binary
 * search: about four instructions a range, and as many comparisons per frame as the number of ranges has bits.
 * @param ranges ascending and apart
 */
export function rangeTree(ranges: readonly NumberRange[], inside: FilterInstruction): FilterInstruction[] {
  const cuts: number[] = [];
  for (const { first, last } of ranges) cuts.push(first, last + 1);
  // Nothing lies below 0 and nothing above 2^32 - 1: those cuts would always, or never, hold.
  const from = cuts[0] === 0 ? 1 : 0;
  const to = cuts.at(-1) === 0x1_0000_0000 ? cuts.length - 1 : cuts.length;
  const code = decide(cuts, from, to, inside);
  return code.map((step, i) => (step === OUTSIDE ? jump(code.length - i - 1) : step));
}
