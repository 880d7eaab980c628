import type { Clock, Millis } from "@vipkit/net";

/** Later than this, and datagrams have been waiting as well. */
const LATE_MS: Millis = 5;

/**
 * A clock whose late timers let the network speak first. When the program was busy or the processor taken away, the packets
 * that kept the session alive lie in the socket, but Node.js runs timers before it reads: the neighbour would be given up for
 * our own delay.
 */
export function patientClock(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    after: (delayMs, wake) => {
      const due = clock.now() + Math.max(0, delayMs);
      let cancel = clock.after(delayMs, () => {
        if (clock.now() - due < LATE_MS) wake();
        else cancel = clock.after(0, wake);
      });
      return () => cancel();
    },
  };
}
