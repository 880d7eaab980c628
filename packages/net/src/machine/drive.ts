import type { Clock } from "./clock.js";
import { TICK, type Machine, type Millis, type Tick } from "./machine.js";

/** A machine that is connected to a clock and to whoever performs its effects. */
export interface Driver<Input> {
  /** Hands an input to the machine and performs what comes out. */
  send(input: Input): void;
  /** No more ticks, and inputs are ignored from now on. */
  stop(): void;
}

/**
 * Connects a machine to a clock: performs its effects in order and ticks it at its deadlines. Inputs sent while effects are
 * being performed wait their turn, so a machine never sees itself called from inside.
 */
export function drive<Input, Effect>(
  machine: Machine<Input, Effect>,
  clock: Clock,
  perform: (effect: Effect) => void,
): Driver<Input> {
  const waiting: (Input | Tick)[] = [];
  let running = false;
  let stopped = false;
  let due: Millis = Infinity;
  let cancel: () => void = () => undefined;

  const wake = (): void => {
    due = Infinity;
    accept(TICK);
  };
  const arm = (): void => {
    if (stopped || machine.deadline === due) return;
    cancel();
    due = machine.deadline;
    cancel = due === Infinity ? () => undefined : clock.after(due - clock.now(), wake);
  };
  const accept = (input: Input | Tick): void => {
    waiting.push(input);
    if (running) return;
    running = true;
    try {
      for (let next = waiting.shift(); next !== undefined && !stopped; next = waiting.shift()) {
        for (const effect of machine.handle(next, clock.now())) perform(effect);
      }
    } finally {
      running = false;
    }
    arm();
  };

  arm();
  return {
    send: (input) => {
      if (!stopped) accept(input);
    },
    stop: () => {
      stopped = true;
      waiting.length = 0;
      cancel();
    },
  };
}
