import fc from "fast-check";
import type { Clock } from "@vipkit/net";
import { expect, test } from "vitest";
import { createSharedClock } from "../../src/node/shared-clock.js";

/** A clock that moves when told, `lateMs` after each due time; it counts the timers that are set at once. */
function handClock(lateMs = 0): Clock & { timers: number; most: number; run(until: number): void } {
  let now = 0;
  const waiting: { due: number; wake: () => void }[] = [];
  const clock = {
    timers: 0,
    most: 0,
    now: () => now,
    after: (delayMs: number, wake: () => void) => {
      const one = { due: now + delayMs, wake };
      waiting.push(one);
      clock.timers = waiting.length;
      clock.most = Math.max(clock.most, waiting.length);
      return () => {
        const at = waiting.indexOf(one);
        if (at >= 0) waiting.splice(at, 1);
      };
    },
    run: (until: number) => {
      for (;;) {
        waiting.sort((x, y) => x.due - y.due);
        const [first] = waiting;
        if (first === undefined || first.due + lateMs > until) break;
        waiting.shift();
        now = Math.max(now, first.due + lateMs);
        first.wake();
      }
      now = until;
    },
  };
  return clock;
}

test("wakes each in its time, in order, with one timer for all", () => {
  const times = fc.array(fc.record({ delayMs: fc.nat(1000), cancelled: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(times, (plan) => {
      const clock = handClock();
      const shared = createSharedClock(clock);
      const woken: { at: number; number: number }[] = [];
      plan.forEach(({ delayMs, cancelled }, number) => {
        const cancel = shared.after(delayMs, () => woken.push({ at: clock.now(), number }));
        if (cancelled) cancel();
      });
      clock.run(2000);
      const expected = plan
        .map(({ delayMs, cancelled }, number) => ({ at: delayMs, number, cancelled }))
        .filter(({ cancelled }) => !cancelled)
        .sort((x, y) => x.at - y.at || x.number - y.number)
        .map(({ at, number }) => ({ at, number }));
      expect(woken).toEqual(expected);
      expect(clock.most).toBeLessThanOrEqual(1);
      expect(shared.maxLagMs).toBe(0);
    }),
  );
});

test("timers that are set from within one are kept, and lateness is told", () => {
  const clock = handClock(30);
  const shared = createSharedClock(clock);
  const woken: number[] = [];
  const again = (): void => {
    woken.push(clock.now());
    if (woken.length < 4) shared.after(100, again);
  };
  shared.after(100, again);
  clock.run(1000);
  expect(woken).toEqual([130, 260, 390, 520]);
  expect(shared.maxLagMs).toBe(30);
  shared.after(50, () => {
    throw new Error("of the caller");
  });
  let later = 0;
  shared.after(60, () => (later += 1));
  expect(() => clock.run(1100)).toThrow("of the caller");
  clock.run(1200);
  expect(later).toBe(1);
});
