import { parseIp } from "@vipkit/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { electMetallb, explainMetallb, rankMetallb, type ElectionKey } from "../../src/index.js";

const nodes = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/), { minLength: 1, maxLength: 12 });
const ips = fc.uniqueArray(fc.ipV4(), { minLength: 1, maxLength: 20 });
const keysOf = (addresses: readonly string[]): ElectionKey[] => addresses.map((ip) => ({ key: ip, ip }));

describe("MetalLB's election", () => {
  it("does not depend on the order of candidates or keys, nor on doubles", () => {
    fc.assert(
      fc.property(nodes, ips, (candidates, addresses) => {
        const elected = electMetallb(candidates, keysOf(addresses));
        const mirrored = electMetallb([...candidates, ...candidates].reverse(), keysOf(addresses).reverse());
        expect(new Map([...mirrored].sort())).toEqual(new Map([...elected].sort()));
      }),
    );
  });

  it("moves only what the missing node owned, and gives only to the node that comes", () => {
    fc.assert(
      fc.property(nodes, ips, (candidates, addresses) => {
        const [gone, ...rest] = candidates;
        const before = electMetallb(candidates, keysOf(addresses));
        for (const [key, owner] of electMetallb(rest, keysOf(addresses))) {
          if (before.get(key) !== gone) expect(owner).toBe(before.get(key));
        }
      }),
    );
  });

  it("puts preference before the hash, and only eligible nodes in the order", () => {
    const candidates = ["a", "b", "c", "d"];
    const ip = "192.0.2.1";
    const order = rankMetallb(ip, candidates);
    const last = order.at(-1)!;
    expect(rankMetallb(ip, candidates, { [last]: 1 })).toEqual([last, ...order.slice(0, -1)]);
    expect(explainMetallb(candidates, { key: "k", ip, scores: { [last]: 1 } })).toMatchObject({
      owner: last,
      reason: "score",
    });
    expect(explainMetallb(candidates, { key: "k", ip })).toMatchObject({ owner: order[0], reason: "hash" });
    expect(explainMetallb(candidates, { key: "k", ip, candidates: ["z", "c"] })).toMatchObject({
      owner: "c",
      reason: "only_candidate",
    });
    expect(explainMetallb([], { key: "k", ip })).toEqual({ owner: undefined, ranking: [], reason: "no_candidates" });
    expect(electMetallb([], [{ key: "k", ip }])).toEqual(new Map([["k", undefined]]));
  });

  it("takes an address as text in any spelling or as a number", () => {
    const candidates = ["a", "b", "c", "d", "e"];
    expect(rankMetallb("2001:DB8::0:1", candidates)).toEqual(rankMetallb(parseIp("2001:db8::1"), candidates));
    expect(rankMetallb("::ffff:192.0.2.1", candidates)).toEqual(rankMetallb("192.0.2.1", candidates));
    expect(() => rankMetallb("nonsense", candidates)).toThrow(expect.objectContaining({ code: "ERR_IPV4" }));
  });

  it("is not led astray by names of built-in properties", () => {
    expect(rankMetallb("192.0.2.1", ["constructor", "toString"])).toHaveLength(2);
    expect(explainMetallb(["constructor"], { key: "k", ip: 1 }).ranking[0]).toMatchObject({ score: 0 });
  });
});
