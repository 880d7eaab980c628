/** Unsigned 32-bit numbers from `first` to `last`, both included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** The fewest ranges that hold exactly these numbers, ascending. */
export function rangesOf(numbers: Iterable<number>): NumberRange[] {
  const sorted = Float64Array.from(new Set(numbers)).sort();
  const ranges: { first: number; last: number }[] = [];
  let open: { first: number; last: number } | undefined;
  for (const value of sorted) {
    if (open !== undefined && value === open.last + 1) open.last = value;
    else {
      open = { first: value, last: value };
      ranges.push(open);
    }
  }
  return ranges;
}

/**
 * At most `limit` ranges that hold at least what these hold: the smallest gaps between neighbours are filled, so that as few
 * foreign numbers as possible get in. `ranges` are ascending and apart; `limit` is at least 1.
 */
export function mergeRanges(ranges: readonly NumberRange[], limit: number): NumberRange[] {
  if (ranges.length <= limit) return [...ranges];
  const gaps = ranges.slice(1).map((range, i) => ({ before: i + 1, size: range.first - ranges[i]!.last }));
  // Ties go to the earlier gap, so the same addresses always make the same program.
  gaps.sort((a, b) => b.size - a.size || a.before - b.before);
  const cuts = gaps
    .slice(0, limit - 1)
    .map(({ before }) => before)
    .sort((a, b) => a - b);
  const starts = [0, ...cuts];
  return starts.map((start, i) => ({
    first: ranges[start]!.first,
    last: ranges[(starts[i + 1] ?? ranges.length) - 1]!.last,
  }));
}
