import { createDueQueue, type Clock, type Millis } from "@vipkit/net";

interface Waiting {
  wake: (() => void) | undefined;
}

/** A clock that serves any number of waiting machines with one timer of another clock. */
export interface SharedClock extends Clock {
  /** The latest that a timer has fired. */
  readonly maxLagMs: Millis;
}

export function createSharedClock(clock: Clock): SharedClock {
  const queue = createDueQueue<Waiting>();
  let armedFor: Millis = Infinity;
  let cancel: () => void = () => undefined;
  let maxLagMs: Millis = 0;
  let running = false;

  const arm = (): void => {
    // Those that were called off need no timer.
    while (queue.first !== undefined && queue.first.wake === undefined) queue.pop();
    if (running || queue.due === armedFor) return;
    cancel();
    armedFor = queue.due;
    cancel = armedFor === Infinity ? () => undefined : clock.after(armedFor - clock.now(), run);
  };
  const run = (): void => {
    const now = clock.now();
    maxLagMs = Math.max(maxLagMs, now - armedFor);
    armedFor = Infinity;
    running = true;
    try {
      while (queue.due <= now) queue.pop()!.wake?.();
    } finally {
      running = false;
      arm();
    }
  };
  return {
    now: () => clock.now(),
    after: (delayMs, wake) => {
      const waiting: Waiting = { wake };
      const due = clock.now() + Math.max(0, delayMs);
      queue.push(due, waiting);
      if (due < armedFor) arm();
      return () => {
        waiting.wake = undefined;
        if (queue.first === waiting) arm();
      };
    },
    get maxLagMs(): Millis {
      return maxLagMs;
    },
  };
}
