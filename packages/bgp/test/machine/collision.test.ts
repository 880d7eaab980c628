import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTwoEnds } from "./two-ends.js";

const RETRY_SECONDS = 10;

describe("two speakers that dial each other", () => {
  /** Delays of 0 to 200 ms, from a list that begins anew when it ends: any interleaving of what both sides do. */
  const delays = fc.array(fc.nat(200), { minLength: 1, maxLength: 40 });
  const restart = fc.constantFrom(undefined, { restartSeconds: 60 });

  test("have exactly one session within one connect retry, whatever comes in between, and keep it", () => {
    fc.assert(
      fc.property(
        delays,
        fc.nat(400),
        fc.boolean(),
        restart,
        fc.constantFrom(0, 0.1),
        (list, offset, swap, gr, delayOpen) => {
          let at = 0;
          const more = { connectRetrySeconds: RETRY_SECONDS, gracefulRestart: gr, delayOpenSeconds: delayOpen };
          const pair = createTwoEnds({
            configs: [
              { ...more, routerId: swap ? 9 : 7 },
              { ...more, routerId: swap ? 7 : 9 },
            ],
            starts: [0, offset],
            delay: () => list[at++ % list.length]!,
          });
          pair.run(offset + RETRY_SECONDS * 1000);
          expect(pair.isUp, pair.stories()).toBe(true);
          expect(pair.everTwo).toBe(false);
          const counts = pair.ends.map((end) => end.snapshot(pair.now).counters.established);
          pair.run(pair.now + 300_000);
          expect(pair.isUp, pair.stories()).toBe(true);
          // What is up stays up.
          expect(
            pair.ends.map((end) => end.snapshot(pair.now).counters.established),
            pair.stories(),
          ).toEqual(counts);
          for (const { state } of pair.ends) {
            const states = [state.halves.out.state, state.halves.in.state];
            expect(states.filter((one) => one === "Established")).toHaveLength(1);
            expect(states.some((one) => one === "OpenSent" || one === "OpenConfirm")).toBe(false);
          }
        },
      ),
      {
        numRuns: 400,
        // One side is established on the connection that the other one, by the identifiers, gives up.
        examples: [[[114, 158, 0], 1, false, undefined, 0]],
      },
    );
  });
});
