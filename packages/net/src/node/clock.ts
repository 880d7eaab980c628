import { performance } from "node:perf_hooks";
import type { Clock } from "../machine/clock.js";
import type { Millis } from "../machine/machine.js";

/** The longest delay that setTimeout takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

function after(delayMs: Millis, wake: () => void): () => void {
  const due = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = due - performance.now();
    timer =
      left > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(wake, left > 0 ? Math.ceil(left) : 0);
  };
  arm();
  return () => {
    clearTimeout(timer);
  };
}

/** The machine's monotonic clock. `after` waits whole milliseconds, rounded up, and keeps the process alive meanwhile. */
export const systemClock: Clock = { now: () => performance.now(), after };
