import { describe, expect, it } from "vitest";
import {
  pushPullScale,
  retransmitLimit,
  suspicionBounds,
  suspicionMs,
  suspicionScale,
  swimConfig,
} from "../../src/index.js";

/** Figures of the acceptance list of memberlist's own behaviour. */
describe("memberlist's formulas", () => {
  it.each([
    [1, 1],
    [5, 1],
    [10, 1],
    [50, 1.698],
    [100, 2],
    [500, 2.698],
    [1000, 3],
  ])("scale suspicion for %i members by %f", (members, scale) => expect(suspicionScale(members)).toBe(scale));

  it.each([
    [0, 30_000],
    [1, 16_000],
    [2, 7810],
    [3, 2000],
    [4, 2000],
  ])("shorten 2 to 30 s after %i of 3 confirmations to %i ms", (confirmed, ms) => {
    expect(suspicionMs({ minMs: 2000, maxMs: 30_000, confirmations: 3 }, confirmed)).toBe(ms);
  });

  it("wait for nobody where nobody is left to confirm", () => {
    const config = swimConfig("lan", { suspicionMult: 5, suspicionMaxTimeoutMult: 2, probeIntervalMs: 100 });
    const steps = (members: number): number[] =>
      [0, 1, 2, 3].map((confirmed) => suspicionMs(suspicionBounds(config, members), confirmed));
    expect(steps(4)).toEqual([500, 500, 500, 500]);
    expect(steps(5)).toEqual([1000, 750, 603, 500]);
  });

  it("limit retransmits and stretch push/pull", () => {
    expect([0, 1, 99].map((members) => retransmitLimit(3, members))).toEqual([0, 3, 6]);
    expect([1, 32, 33, 64, 65, 128].map(pushPullScale)).toEqual([1, 1, 2, 2, 3, 3]);
  });
});
