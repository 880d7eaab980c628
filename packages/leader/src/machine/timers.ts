import type { Millis } from "@vipkit/net";

/** One thing that is due at a time. */
export interface Timer {
  at: Millis;
  readonly run: () => void;
  /** Where it is in the heap; -1 when it is not waiting. */
  slot: number;
}

/** What is due when, earliest first. No clock of its own: `run` is told the time. */
export interface Timers {
  readonly next: Millis;
  schedule(at: Millis, run: () => void): Timer;
  cancel(timer: Timer | undefined): void;
  /** Runs all that is due, in order of time, what they schedule for now included. */
  run(now: Millis): void;
  /** Moves everything that waits into the future by so much. */
  postpone(byMs: Millis): void;
}

export function createTimers(): Timers {
  const heap: Timer[] = [];

  const put = (timer: Timer, slot: number): void => {
    heap[slot] = timer;
    timer.slot = slot;
  };
  const up = (timer: Timer): void => {
    let slot = timer.slot;
    while (slot > 0) {
      const parent = heap[(slot - 1) >> 1]!;
      if (parent.at <= timer.at) break;
      put(parent, slot);
      slot = (slot - 1) >> 1;
    }
    put(timer, slot);
  };
  const down = (timer: Timer): void => {
    let slot = timer.slot;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (heap[child]!.at >= timer.at) break;
      put(heap[child]!, slot);
      slot = child;
    }
    put(timer, slot);
  };
  const remove = (timer: Timer): void => {
    const last = heap.pop()!;
    if (last !== timer) {
      put(last, timer.slot);
      up(last);
      down(last);
    }
    timer.slot = -1;
  };

  return {
    get next() {
      return heap[0]?.at ?? Infinity;
    },
    schedule: (at, run) => {
      const timer: Timer = { at, run, slot: heap.length };
      heap.push(timer);
      up(timer);
      return timer;
    },
    cancel: (timer) => {
      if (timer !== undefined && timer.slot >= 0) remove(timer);
    },
    run: (now) => {
      for (let first = heap[0]; first !== undefined && first.at <= now; first = heap[0]) {
        remove(first);
        first.run();
      }
    },
    // The order stays as it is when all move by the same.
    postpone: (byMs) => {
      for (const timer of heap) timer.at += byMs;
    },
  };
}
