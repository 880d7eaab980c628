import { branch, jump, OP, type FilterInstruction } from "./filter-program.js";
import type { NumberRange } from "./number-ranges.js";

/** Ends a tree for what is not in any range; its distance is known when the tree is whole. */
const OUTSIDE = jump(0);
/** Comparisons that share two exits: a conditional jump reaches 255 instructions. */
const MOST_SHARING = 250;

/** The part of the number line between the cuts before `from` and after `to - 1`; odd intervals lie inside a range. */
interface Part {
  readonly cuts: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** How many comparisons a part takes: one for each cut in it. */
function sizeOf({ from, to }: Part): number {
  return to - from;
}

function halvesOf({ cuts, from, to }: Part): { readonly cut: number; readonly below: Part; readonly above: Part } {
  const middle = (from + to) >>> 1;
  return { cut: cuts[middle]!, below: { cuts, from, to: middle }, above: { cuts, from: middle + 1, to } };
}

/** Writes the comparisons of a small part from `at` on; they end in the exits, of which the one for inside is at `exit`. */
function compare(part: Part, at: number, exit: number, code: FilterInstruction[]): void {
  const { cut, below, above } = halvesOf(part);
  const start = (half: Part, next: number): number => (sizeOf(half) > 0 ? next : half.from % 2 === 1 ? exit : exit + 1);
  const belowAt = start(below, at + 1);
  const aboveAt = start(above, at + 1 + sizeOf(below));
  code.push(branch(OP.jumpIfAtLeast, cut, aboveAt - at - 1, belowAt - at - 1));
  if (sizeOf(below) > 0) compare(below, belowAt, exit, code);
  if (sizeOf(above) > 0) compare(above, aboveAt, exit, code);
}

function decide(part: Part, inside: FilterInstruction): FilterInstruction[] {
  if (sizeOf(part) === 0) return [part.from % 2 === 1 ? inside : OUTSIDE];
  if (sizeOf(part) <= MOST_SHARING) {
    const code: FilterInstruction[] = [];
    compare(part, 0, sizeOf(part), code);
    return [...code, inside, OUTSIDE];
  }
  const { cut, below, above } = halvesOf(part);
  const first = decide(below, inside);
  return [branch(OP.jumpIfAtLeast, cut, 0, 1), jump(first.length), ...first, ...decide(above, inside)];
}

/**
 * Code that ends in `inside` when the accumulator lies in one of the ranges and goes on behind itself when not. A binary
 * search: about two instructions a range, and as many comparisons per frame as the number of ranges has bits.
 * @param ranges ascending and apart
 */
export function rangeTree(ranges: readonly NumberRange[], inside: FilterInstruction): FilterInstruction[] {
  const cuts: number[] = [];
  for (const { first, last } of ranges) cuts.push(first, last + 1);
  // Nothing lies below 0 and nothing above 2^32 - 1: those cuts would always, or never, hold.
  const from = cuts[0] === 0 ? 1 : 0;
  const to = cuts.at(-1) === 0x1_0000_0000 ? cuts.length - 1 : cuts.length;
  const code = decide({ cuts, from, to }, inside);
  return code.map((step, i) => (step === OUTSIDE ? jump(code.length - i - 1) : step));
}
