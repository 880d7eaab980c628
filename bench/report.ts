/** One measured case, in the form that `npm run -s bench -- NAME --json` prints. */
export interface BenchResult {
  readonly bench: string;
  readonly case: string;
  readonly unit: "ns" | "us" | "ms" | "per_s" | "bytes" | "MB";
  /** The median of our rounds. */
  readonly value: number;
  /** How many operations or rounds the median stands on. */
  readonly n: number;
  readonly peer?: string;
  readonly peerVersion?: string;
  /** The peer's median, measured in the same run. */
  readonly peerValue?: number;
}

export interface BenchContext {
  /** Reports a case as soon as it is measured. */
  readonly report: (result: BenchResult) => void;
  /** Says on standard error what goes on, or which peer is missing and how to get it. */
  readonly note: (text: string) => void;
}

export type Bench = (context: BenchContext) => Promise<void>;

/** How many times better we are than the peer: above 1 is better, whatever the unit. */
export function ratioOf({ unit, value, peerValue }: BenchResult): number | undefined {
  if (peerValue === undefined) return undefined;
  return unit === "per_s" ? value / peerValue : peerValue / value;
}

/** The middle value; the lower one of two. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The smallest value that at least this share (0 to 1) of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("no values were measured");
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/**
 * Nanoseconds per call of `run`, one figure a round. `run` gets the number of calls to make and does the looping itself, so
 * that the loop is compiled together with what it calls.
 */
export function nanosecondsPerCall(
  run: (calls: number) => unknown,
  options: { readonly calls: number; readonly rounds?: number; readonly warmUps?: number },
): number[] {
  const { calls, rounds = 15, warmUps = 3 } = options;
  for (let i = 0; i < warmUps; i += 1) run(calls);
  return Array.from({ length: rounds }, () => {
    const start = process.hrtime.bigint();
    run(calls);
    return Number(process.hrtime.bigint() - start) / calls;
  });
}
