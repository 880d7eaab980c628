import { readdirSync } from "node:fs";
import { ERRNO, SCHED } from "./constants.js";
import { syscallError } from "./errors.js";
import { libc } from "./libc.js";
import { encodeInt } from "./structs.js";

export interface RealtimeOptions {
  /** 1, the default, to 99. Any of them goes before everything that has no real-time priority. */
  readonly priority?: number | undefined;
}

const THREADS = "/proc/self/task";

/**
 * Gives this process a real-time priority (SCHED_RR): on a machine that has more to do than processors, it runs when its timers
 * are due and not when its turn comes. For failure detection in tenths of a second that is the difference between a path that
 * has failed and a program that has not run. All threads that there are get it, for the main one waits for others when it
 * collects garbage; processes and threads that are started later do not. A program that never rests is held back by the
 * kernel, to 95 % of a processor where nobody has changed that.
 * @throws VipkitError `ERR_LINK_PERMISSION` (CAP_SYS_NICE), `ERR_LINK_SYSCALL`, `ERR_LINK_PLATFORM`
 */
export function runInRealtime({ priority = 1 }: RealtimeOptions = {}): void {
  const c = libc();
  for (const thread of readdirSync(THREADS)) {
    const policy = SCHED.roundRobin | SCHED.resetOnFork;
    if (c.sched_setscheduler(Number(thread), policy, encodeInt(priority)) === 0) continue;
    const errno = c.errno();
    // A thread may end meanwhile.
    if (errno !== ERRNO.noThread) throw syscallError(`take the real-time priority ${priority}`, errno, "CAP_SYS_NICE");
  }
}
