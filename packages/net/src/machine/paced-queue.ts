import type { Machine, Millis } from "./machine.js";
import type { TokenBucket } from "./token-bucket.js";

export interface PacedInput<T> {
  readonly type: "push";
  readonly values: readonly T[];
}

export interface PacedQueueOptions {
  readonly pacers: readonly TokenBucket[];
  /** What does not fit is not kept. */
  readonly limit: number;
}

/** Lets values out in order, no faster than every one of the buckets allows. */
export function createPacedQueue<T>({ pacers, limit }: PacedQueueOptions): Machine<PacedInput<T>, T> {
  let waiting: T[] = [];
  let next = 0;
  let deadline: Millis = Infinity;

  const run = (now: Millis): readonly T[] => {
    const out: T[] = [];
    deadline = Infinity;
    while (next < waiting.length) {
      const wait = Math.max(0, ...pacers.map((pacer) => pacer.waitMs(now)));
      if (wait > 0) {
        deadline = now + Math.max(wait, 1);
        return out;
      }
      for (const pacer of pacers) pacer.take(now);
      out.push(waiting[next]!);
      next += 1;
    }
    waiting = [];
    next = 0;
    return out;
  };

  return {
    handle: (input, now) => {
      if (input.type === "push") {
        if (next > 0) waiting = waiting.slice(next);
        next = 0;
        waiting.push(...input.values.slice(0, Math.max(0, limit - waiting.length)));
      }
      return run(now);
    },
    get deadline() {
      return deadline;
    },
  };
}
