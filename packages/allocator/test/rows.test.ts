import { parseIp, parseRange, rangeToPrefixes, formatPrefix } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { createAllocator } from "../src/index.js";
import { allocatorOf, assign, claim, held, pool } from "./ask.js";

const shared = (port: string, sharingKey = "k", backendKey = ""): object => ({ ports: [port], sharingKey, backendKey });

/** The numbered edge cases of address allocation; those about Service objects are tests of the Kubernetes adapter. */
describe("edge cases of allocation", () => {
  test("1: a failed re-assign leaves the earlier holding intact", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    claim(a, "a", { ports: ["tcp/80"] });
    claim(a, "b");
    const before = a.snapshot();
    expect(assign(a, "a", "10.0.0.1")).toBe("address-in-use");
    expect(assign(a, "a", "10.9.9.9")).toBe("not-in-pool");
    expect(a.snapshot()).toEqual(before);
  });

  test("2: assigning the same addresses again refreshes ports and keys", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    expect(assign(a, "a", "10.0.0.2", shared("tcp/80"))).toBe("10.0.0.2");
    expect(assign(a, "a", "10.0.0.2", shared("tcp/81"))).toBe("10.0.0.2");
    expect(assign(a, "b", "10.0.0.2", shared("tcp/80"))).toBe("10.0.0.2");
    expect(a.leaseOf("a")?.ports).toEqual(["tcp/81"]);
    expect(a.counters("p")?.assignedIPv4).toBe(1n);
  });

  test("3: the only holder changes its sharing key in place; with a second one the change is refused", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    assign(a, "a", "10.0.0.0", shared("tcp/80", "k"));
    expect(assign(a, "a", "10.0.0.0", shared("tcp/80", "other"))).toBe("10.0.0.0");
    assign(a, "b", "10.0.0.0", shared("tcp/81", "other"));
    expect(assign(a, "a", "10.0.0.0", shared("tcp/80", "k"))).toBe("sharing-key-mismatch");
    expect(claim(a, "a", shared("tcp/80", ""))).toBe("sharing-key-missing");
    expect(a.leaseOf("a")?.sharingKey).toBe("other");
  });

  test("4: a port clashes only with the same protocol", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    expect(claim(a, "a", shared("tcp/53"))).toBe("10.0.0.0");
    expect(claim(a, "b", shared("UDP/53"))).toBe("10.0.0.0");
    expect(assign(a, "c", "10.0.0.0", shared("TCP/53"))).toBe("port-in-use");
    expect(claim(a, "c", shared("tcp/53"))).toBe("10.0.0.1");
  });

  test("5: an empty sharing key on either side is never shared", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    assign(a, "a", "10.0.0.0", shared("tcp/80", ""));
    expect(assign(a, "b", "10.0.0.0", shared("tcp/81", ""))).toBe("address-in-use");
    expect(assign(a, "b", "10.0.0.0", shared("tcp/81", "k"))).toBe("address-in-use");
    assign(a, "c", "10.0.0.1", shared("tcp/80", "k"));
    expect(assign(a, "d", "10.0.0.1", shared("tcp/81", ""))).toBe("sharing-key-missing");
    expect(assign(a, "d", "10.0.0.1", shared("tcp/81", "k", "app=x"))).toBe("backend-key-mismatch");
  });

  test("6: a shared address counts once and is free with its last user", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/31"]));
    claim(a, "a", shared("tcp/80"));
    claim(a, "b", shared("tcp/81"));
    expect(a.counters("p")).toMatchObject({ assignedIPv4: 1n, availableIPv4: 1n });
    a.release("a");
    expect(assign(a, "c", "10.0.0.0")).toBe("sharing-key-missing");
    a.release("b");
    expect(assign(a, "c", "10.0.0.0")).toBe("10.0.0.0");
  });

  test("6: a sharer without ports keeps its protection when the others leave", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/31"]));
    assign(a, "a", "10.0.0.0", { sharingKey: "k" });
    assign(a, "b", "10.0.0.0", shared("tcp/80"));
    a.release("b");
    expect(assign(a, "stranger", "10.0.0.0", shared("tcp/80", "x"))).toBe("sharing-key-mismatch");
  });

  test("7: avoidBuggyIPs looks at the address, not at the edge of the prefix, also on explicit requests", () => {
    const a = allocatorOf(
      pool("p", ["10.0.0.254-10.0.2.1"], { avoidBuggyIPs: true }),
      pool("q", ["10.1.0.0/26"], { avoidBuggyIPs: true, autoAssign: false }),
    );
    expect(claim(a, "a")).toBe("10.0.0.254");
    expect(claim(a, "b")).toBe("10.0.1.1");
    expect(assign(a, "c", "10.0.1.255")).toBe("not-in-pool");
    expect(assign(a, "c", "10.0.1.0")).toBe("not-in-pool");
    expect(assign(a, "c", "10.1.0.63")).toBe("10.1.0.63");
    expect(a.poolOf(parseIp("10.1.0.0"))).toBeUndefined();
  });

  test("7: capacity of single addresses ending in 0 or 255 is not negative", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0", "10.0.1.255/32", "10.0.2.0/31"], { avoidBuggyIPs: true }));
    expect(a.counters("p")).toMatchObject({ assignedIPv4: 0n, availableIPv4: 1n });
    expect([claim(a, "a"), claim(a, "b")]).toEqual(["10.0.2.1", "no-free-address"]);
    expect(a.counters("p")).toMatchObject({ assignedIPv4: 1n, availableIPv4: 0n });
  });

  test("8: IPv6 addresses are never buggy", () => {
    const a = allocatorOf(pool("p", ["fd00::/120"], { avoidBuggyIPs: true }));
    expect(claim(a, "a", { family: "ipv6" })).toBe("fd00::");
    expect(assign(a, "b", "fd00::ff")).toBe("fd00::ff");
    expect(a.counters("p")?.availableIPv6).toBe(254n);
  });

  test("9: /31, /32, /127 and /128 are fully usable", () => {
    const a = allocatorOf(pool("p", ["10.0.0.2/31", "10.0.0.9/32", "fd00::2/127", "fd00::9/128"]));
    const ipv4 = ["a", "b", "c", "d"].map((owner) => claim(a, owner));
    const ipv6 = ["e", "f", "g", "h"].map((owner) => claim(a, owner, { family: "ipv6" }));
    expect(ipv4).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.9", "no-free-address"]);
    expect(ipv6).toEqual(["fd00::2", "fd00::3", "fd00::9", "no-free-address"]);
  });

  test("10: a pair comes from one pool; two pools of one family each never make one", () => {
    const a = allocatorOf(pool("four", ["10.0.0.0/30"]), pool("six", ["fd00::/126"]));
    expect(claim(a, "a", { family: "dual", familyPolicy: "RequireDualStack" })).toBe("no-free-address");
    expect(claim(a, "a", { family: "dual", familyPolicy: "PreferDualStack" })).toBe("10.0.0.0");
    expect(claim(a, "b", { family: "dual", familyPolicy: "PreferDualStack", ipFamilies: ["ipv6", "ipv4"] })).toBe(
      "fd00::",
    );
  });

  test("11: an explicit pair from two pools is refused", () => {
    const a = allocatorOf(pool("four", ["10.0.0.0/30"]), pool("six", ["fd00::/126"]));
    expect(assign(a, "a", "10.0.0.0 fd00::")).toBe("not-in-pool");
  });

  test("13: at most two addresses, of different families", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30", "fd00::/126"]));
    expect(assign(a, "a", "10.0.0.0 10.0.0.1")).toBe("same-family");
    expect(assign(a, "a", "10.0.0.0 10.0.0.0")).toBe("same-family");
    expect(assign(a, "a", "10.0.0.0 fd00:: fd00::1")).toBe("too-many-addresses");
    expect(assign(a, "a", "fd00::1 10.0.0.0")).toBe("10.0.0.0 fd00::1");
  });

  test("14: explicit addresses may come from a pool without autoAssign", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"], { autoAssign: false }));
    expect(claim(a, "a")).toBe("no-free-address");
    expect(assign(a, "a", "10.0.0.1")).toBe("10.0.0.1");
    expect(claim(a, "b", { pool: "p" })).toBe("10.0.0.0");
  });

  test("15: explicit addresses and a named pool obey the pins", () => {
    const a = allocatorOf(
      pool("p", ["10.0.0.0/30"], { allocateTo: { namespaces: ["n"], serviceSelectors: ["app=x"] } }),
    );
    const right = { namespace: "n", labels: { app: "x" } };
    for (const wrong of [
      { namespace: "m", labels: { app: "x" } },
      { namespace: "n", labels: { app: "y" } },
    ]) {
      expect(assign(a, "a", "10.0.0.1", wrong)).toBe("pool-not-allowed");
      expect(claim(a, "a", { ...wrong, pool: "p" })).toBe("pool-not-allowed");
      expect(claim(a, "a", wrong)).toBe("no-free-address");
    }
    expect(assign(a, "a", "10.0.0.1", right)).toBe("10.0.0.1");
    expect(claim(a, "b", { ...right, pool: "p" })).toBe("10.0.0.0");
    expect(claim(a, "c", right)).toBe("10.0.0.2");
  });

  test("15: a pool whose limits select nothing is closed, not open", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"], { allocateTo: { closed: true } }));
    expect(claim(a, "a")).toBe("no-free-address");
    expect(claim(a, "a", { pool: "p" })).toBe("pool-not-allowed");
    expect(assign(a, "a", "10.0.0.1")).toBe("pool-not-allowed");
  });

  test("16: pinned pools come first, general ones when they are full, pools of others never", () => {
    const a = allocatorOf(
      pool("others", ["10.0.0.0/32"], { allocateTo: { namespaces: ["m"] } }),
      pool("general", ["10.0.1.0/32"]),
      pool("mine", ["10.0.2.0/32"], { allocateTo: { namespaces: ["n"] } }),
    );
    const answers = ["a", "b", "c"].map((owner) => claim(a, owner, { namespace: "n" }));
    expect(answers).toEqual(["10.0.2.0", "10.0.1.0", "no-free-address"]);
  });

  test("17: a pool with a priority only is pinned for everyone", () => {
    const a = allocatorOf(
      pool("general", ["10.0.0.0/30"]),
      pool("first", ["10.0.1.0/30"], { allocateTo: { priority: 5 } }),
    );
    expect(claim(a, "a", { namespace: "any" })).toBe("10.0.1.0");
  });

  test("18: priority 0 means last; ties go by configuration", () => {
    const a = allocatorOf(
      pool("zero", ["10.0.0.0/32"], { allocateTo: { priority: 0 } }),
      pool("absent", ["10.0.1.0/32"], { allocateTo: {} }),
      pool("nine", ["10.0.2.0/32"], { allocateTo: { priority: 9 } }),
      pool("two", ["10.0.3.0/32"], { allocateTo: { priority: 2 } }),
      pool("also two", ["10.0.4.0/32"], { allocateTo: { priority: 2 } }),
    );
    const answers = ["a", "b", "c", "d", "e"].map((owner) => claim(a, owner));
    expect(answers).toEqual(["10.0.3.0", "10.0.4.0", "10.0.2.0", "10.0.0.0", "10.0.1.0"]);
  });

  test("19: a held address beats a better pool", () => {
    const a = allocatorOf(pool("general", ["10.0.0.0/30"]));
    claim(a, "a");
    a.setPools([pool("general", ["10.0.0.0/30"]), pool("better", ["10.0.1.0/30"], { allocateTo: { priority: 1 } })]);
    expect(claim(a, "a")).toBe("10.0.0.0");
    expect(claim(a, "b")).toBe("10.0.1.0");
  });

  test("20: held addresses are a set; their order in a request does not matter", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30", "fd00::/126"]));
    assign(a, "a", "10.0.0.1 fd00::1");
    const before = a.snapshot();
    expect(assign(a, "a", "fd00::1 10.0.0.1")).toBe("10.0.0.1 fd00::1");
    expect(a.snapshot()).toEqual(before);
  });

  test("23: the release of an unknown owner is a no-op", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    claim(a, "a");
    const before = a.snapshot();
    expect(a.release("nobody")).toBeUndefined();
    expect(a.snapshot()).toEqual(before);
  });

  test("24: an empty set of pools takes everything back", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    claim(a, "a");
    const outcome = a.setPools([]);
    expect(outcome.ok && outcome.lost.map(({ owner }) => owner)).toEqual(["a"]);
    expect(held(a, "a")).toBe("nothing");
  });

  test("29: a rename or split keeps addresses, a cut drops those outside, avoidBuggyIPs drops .0 and .255", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/24"]));
    for (const ip of ["10.0.0.0", "10.0.0.9", "10.0.0.200", "10.0.0.255"]) assign(a, ip, ip);
    expect(a.setPools([pool("q", ["10.0.0.0/24"])])).toMatchObject({ ok: true, lost: [] });
    expect(a.leaseOf("10.0.0.9")?.pool).toBe("q");
    expect(a.setPools([pool("low", ["10.0.0.0/25"]), pool("high", ["10.0.0.128/25"])])).toMatchObject({
      ok: true,
      lost: [],
    });
    expect(a.leaseOf("10.0.0.200")?.pool).toBe("high");
    const cut = a.setPools([
      pool("low", ["10.0.0.0/25"], { avoidBuggyIPs: true }),
      pool("high", ["10.0.0.128-10.0.0.199"]),
    ]);
    expect(cut.ok && cut.lost.map(({ owner }) => owner)).toEqual(["10.0.0.0", "10.0.0.200", "10.0.0.255"]);
    expect(held(a, "10.0.0.9")).toBe("10.0.0.9");
  });

  test("30: the holder of a pair loses both when one address leaves the pools, or leaves this pool", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30", "fd00::/126"]));
    claim(a, "a", { family: "dual" });
    expect(a.setPools([pool("p", ["10.0.0.0/30"]), pool("q", ["fd00::/126"])])).toMatchObject({
      lost: [{ owner: "a" }],
    });
    expect(held(a, "a")).toBe("nothing");
  });

  test("31: a new pin does not evict, but the next claim of the holder is refused", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    claim(a, "a", { namespace: "n" });
    expect(a.setPools([pool("p", ["10.0.0.0/30"], { allocateTo: { namespaces: ["m"] } })])).toMatchObject({ lost: [] });
    expect(held(a, "a")).toBe("10.0.0.0");
    expect(claim(a, "a", { namespace: "n" })).toBe("pool-not-allowed");
    expect(held(a, "a")).toBe("10.0.0.0");
  });

  test("34: capacities stop at 2^63 - 1 and do not wrap", () => {
    const most = 2n ** 63n - 1n;
    const available = (...addresses: string[]): bigint | undefined =>
      allocatorOf(pool("p", addresses)).counters("p")?.availableIPv6;
    expect(available("fd00::/66")).toBe(most);
    expect(available("fd00::/67")).toBe(2n ** 61n);
    expect(available("fd00::/64", "fd01::1/128")).toBe(most);
    expect(available("fd00::/67", "fd01::/67", "fd02::/67", "fd03::/67", "fd04::/67")).toBe(most);
    expect(available("::/0")).toBe(most);
    const a = allocatorOf(pool("p", ["::/0"]));
    claim(a, "a", { family: "ipv6" });
    expect(a.counters("p")).toMatchObject({ assignedIPv6: 1n, availableIPv6: most - 1n });
  });

  test("35: pools are never changed by the allocator, nor by a later change of the caller's object", () => {
    const given = [{ name: "p", addresses: ["10.0.0.0/30"] }];
    const text = JSON.stringify(given);
    const a = createAllocator({ pools: given });
    claim(a, "a");
    expect(JSON.stringify(given)).toBe(text);
    given[0]!.name = "changed";
    expect(a.poolNames()).toEqual(["p"]);
  });

  test("78: a range of two families is refused as a whole", () => {
    expect(() => allocatorOf(pool("p", ["::-0.0.0.0"]))).toThrow(expect.objectContaining({ code: "range-family" }));
    expect(rangeToPrefixes(parseRange("::ffff:10.0.0.0-10.0.0.1")).map(formatPrefix)).toEqual(["10.0.0.0/31"]);
  });
});
