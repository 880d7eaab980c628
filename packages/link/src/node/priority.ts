import { SCHED } from "./constants.js";
import { syscallError } from "./errors.js";
import { libc } from "./libc.js";
import { encodeInt } from "./structs.js";

export interface RealtimeOptions {
  /** 1, the default, to 99. Any of them goes before everything that has no real-time priority. */
  readonly priority?: number | undefined;
}

const OWN_THREAD = 0;

/**
 * Gives the thread that calls this a real-time priority (SCHED_RR): on a machine that has more to do than processors, it runs
 * when its timers are due and not when its turn comes. For failure detection in tenths of a second that is the difference
 * between a path that has failed and a program that has not run. Processes and threads that it starts do not inherit it. A
 * program that never rests is held back by the kernel, to 95 % of a processor where nobody has changed that.
 * @throws VipkitError `ERR_LINK_PERMISSION` (CAP_SYS_NICE), `ERR_LINK_SYSCALL`, `ERR_LINK_PLATFORM`
 */
export function runInRealtime({ priority = 1 }: RealtimeOptions = {}): void {
  const c = libc();
  if (c.sched_setscheduler(OWN_THREAD, SCHED.roundRobin | SCHED.resetOnFork, encodeInt(priority)) === 0) return;
  throw syscallError(`take the real-time priority ${priority}`, c.errno(), "CAP_SYS_NICE");
}
