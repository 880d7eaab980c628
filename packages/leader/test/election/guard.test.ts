import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guardAvailable, guardMajority, nextElectorate } from "../../src/index.js";

const electorate = ["a", "b", "c", "d", "e"];

describe("guards", () => {
  it("available lets everybody act", () => {
    expect(guardAvailable({ self: "a", present: ["a"], electorate })).toEqual({
      mayAct: true,
      reason: "available",
      seen: 1,
      needed: 1,
    });
  });

  it("majority lets act only with more than half in sight", () => {
    const verdict = (present: string[], self = "a"): unknown => guardMajority({ self, present, electorate });
    expect(verdict(["a", "b", "c"])).toEqual({ mayAct: true, reason: "majority", seen: 3, needed: 3 });
    expect(verdict(["a", "b"])).toMatchObject({ mayAct: false, reason: "minority" });
    expect(verdict(["b", "b", "stranger"])).toMatchObject({ mayAct: false, seen: 2 });
    expect(verdict(["a", "b", "c"], "stranger")).toMatchObject({ mayAct: false, reason: "not_in_electorate" });
    expect(guardMajority({ self: "a", present: ["a"], electorate: ["a", "b"] })).toMatchObject({
      mayAct: false,
      needed: 2,
    });
    expect(guardMajority({ self: "a", present: [], electorate: ["a"] })).toMatchObject({ mayAct: true, needed: 1 });
  });

  it("majority never lets both sides of a partition act", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 2 }),
        fc.nat(),
        (names, cut) => {
          const at = 1 + (cut % (names.length - 1));
          const sides = [names.slice(0, at), names.slice(at)];
          const acting = sides.filter(
            (present) => guardMajority({ self: present[0]!, present, electorate: names }).mayAct,
          );
          expect(acting.length).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it("the electorate grows by joins and shrinks by farewells alone", () => {
    expect(nextElectorate(["b", "a"], { joined: ["c", "a"] })).toEqual(["a", "b", "c"]);
    expect(nextElectorate(["a", "b", "c"], { left: ["b", "z"] })).toEqual(["a", "c"]);
    expect(nextElectorate([], {})).toEqual([]);
  });
});
