import type { Clock } from "@vipkit/net";

/** A clock that moves when told, and wakes in order. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(): ManualClock {
  let now = 0;
  let turn = 0;
  const timers = new Map<number, { readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    after: (delayMs, wake) => {
      const id = (turn += 1);
      timers.set(id, { at: now + Math.max(0, delayMs), wake });
      return () => void timers.delete(id);
    },
    advance: (ms) => {
      const end = now + ms;
      for (;;) {
        const [first] = [...timers].sort(([i, a], [j, b]) => a.at - b.at || i - j);
        if (first === undefined || first[1].at > end) break;
        timers.delete(first[0]);
        now = Math.max(now, first[1].at);
        first[1].wake();
      }
      now = end;
    },
  };
}
