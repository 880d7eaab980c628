import { formatIp } from "@vipkit/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAllocator } from "../src/index.js";
import { allocatorOf, claim, pool } from "./ask.js";

describe("many addresses under one sharing key", () => {
  const wish = (port: number): object => ({ sharingKey: "k", ports: [`tcp/${port}`] });

  test("the first address where the ports are free is found, through all splits and removals", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/22"]));
    for (let i = 0; i < 1024; i += 1) expect(claim(a, `a${i}`, wish(80))).toBe(formatIp(0x0a000000 + i));
    expect(claim(a, "late", wish(80))).toBe("no-free-address");
    for (let i = 0; i < 1024; i += 1) if (i !== 700) claim(a, `b${i}`, { ...wish(81) });
    expect(claim(a, "c", wish(81))).toBe(formatIp(0x0a000000 + 1023));
    for (const i of [900, 300, 5]) a.release(`a${i}`);
    expect(["x", "y", "z", "last"].map((owner) => claim(a, owner, wish(80)))).toEqual(
      [5, 300, 900].map((i) => formatIp(0x0a000000 + i)).concat("no-free-address"),
    );
    for (const { owner } of [...a.leases()]) a.release(owner);
    expect([a.size, a.counters("p")?.availableIPv4]).toEqual([0, 1024n]);
    expect(claim(a, "fresh", { ports: ["tcp/80"] })).toBe("10.0.0.0");
  });

  test("agrees with a walk over all addresses", () => {
    const step = fc.record({ owner: fc.nat({ max: 400 }), port: fc.constantFrom(1, 2, 3), release: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1500, size: "max" }), (steps) => {
        const a = createAllocator({ pools: [pool("p", ["10.0.0.0/23"])] });
        const on = new Map<string, readonly [number, number]>();
        for (const { owner: number, port, release } of steps) {
          const owner = String(number);
          if (release || on.has(owner)) {
            a.release(owner);
            on.delete(owner);
            continue;
          }
          const used = new Set([...on.values()].filter(([, taken]) => taken === port).map(([at]) => at));
          let at = 0;
          while (used.has(at)) at += 1;
          on.set(owner, [at, port]);
          expect(claim(a, owner, wish(port))).toBe(formatIp(0x0a000000 + at));
        }
        expect(a.counters("p")?.assignedIPv4).toBe(BigInt(new Set([...on.values()].map(([at]) => at)).size));
      }),
      { numRuns: 20 },
    );
  });
});
