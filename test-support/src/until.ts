export interface UntilOptions {
  /** Give up after this long. */
  readonly timeoutMs?: number;
  /** Ask this often. */
  readonly everyMs?: number;
  /** What is waited for, for the error message. */
  readonly what?: string;
}

/**
 * Waits for something in the outside world (a daemon, an interface): asks until the answer is neither undefined nor false.
 * Machines are never waited for: their time is virtual.
 */
export async function until<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 10_000, everyMs = 50, what = "the condition" }: UntilOptions = {},
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let failure: unknown;
  for (;;) {
    try {
      failure = undefined;
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= end) {
      throw new Error(`${what} did not come true within ${timeoutMs} ms`, { cause: failure });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
