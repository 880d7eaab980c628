import { parseIp } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { createAllocator, restoreAllocator } from "../src/index.js";
import { allocatorOf, assign, claim, held, pool } from "./ask.js";

const four = ["10.0.0.0/30"];

describe("choice inside a pool", () => {
  test("first-fit: a sharing claim takes the first address that is free or compatible", () => {
    const a = allocatorOf(pool("p", four));
    assign(a, "a", "10.0.0.2", { sharingKey: "k", ports: ["tcp/80"] });
    expect(claim(a, "b", { sharingKey: "k", ports: ["tcp/81"] })).toBe("10.0.0.0");
  });

  test("first-fit: ranges are used in the order in which they are written", () => {
    const a = allocatorOf(pool("p", ["10.0.9.0/32", "10.0.1.0-10.0.1.1", "10.0.5.7"]));
    expect(["a", "b", "c", "d", "e"].map((owner) => claim(a, owner))).toEqual([
      "10.0.9.0",
      "10.0.1.0",
      "10.0.1.1",
      "10.0.5.7",
      "no-free-address",
    ]);
  });

  test("pack-shared: an address already shared under the key comes before any free one", () => {
    const a = allocatorOf(pool("p", four, { policy: "pack-shared" }));
    assign(a, "a", "10.0.0.2", { sharingKey: "k", ports: ["tcp/80"] });
    expect(claim(a, "b", { sharingKey: "k", ports: ["tcp/81"] })).toBe("10.0.0.2");
    expect(claim(a, "c", { sharingKey: "k", ports: ["tcp/81"] })).toBe("10.0.0.0");
    expect(claim(a, "d", { sharingKey: "other", ports: ["tcp/81"] })).toBe("10.0.0.1");
  });

  test("least-recently-used: addresses never used come first, then the longest at rest", () => {
    const a = allocatorOf(pool("p", four, { policy: "least-recently-used" }));
    for (const owner of ["a", "b"]) claim(a, owner);
    a.release("b");
    a.release("a");
    expect(["c", "d", "e", "f", "g"].map((owner) => claim(a, owner))).toEqual([
      "10.0.0.2",
      "10.0.0.3",
      "10.0.0.1",
      "10.0.0.0",
      "no-free-address",
    ]);
  });

  test("least-recently-used: the order of release survives a snapshot", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/31"], { policy: "least-recently-used" }));
    for (const owner of ["a", "b"]) claim(a, owner);
    for (const owner of ["b", "a"]) a.release(owner);
    const again = restoreAllocator(a.snapshot());
    expect([claim(again, "x"), claim(again, "y")]).toEqual(["10.0.0.1", "10.0.0.0"]);
  });

  test("sticky-by-name: the same owner gets the same address again while it is free", () => {
    const a = allocatorOf(pool("p", four, { policy: "sticky-by-name" }));
    for (const owner of ["a", "b", "c"]) claim(a, owner);
    for (const owner of ["a", "b", "c"]) a.release(owner);
    expect(claim(a, "b")).toBe("10.0.0.1");
    expect(claim(a, "stranger")).toBe("10.0.0.3");
    expect(claim(a, "second stranger")).toBe("10.0.0.0");
    expect(claim(a, "a")).toBe("10.0.0.2");
    expect(claim(a, "c")).toBe("no-free-address");
  });

  test("seeded-random: the same seed and owners give the same addresses, another seed gives others", () => {
    const answers = (seed: number): string[] => {
      const a = allocatorOf(pool("p", ["10.0.0.0/16", "fd00::/64"], { policy: "seeded-random", seed }));
      return ["a", "b", "c", "d"].map((owner) => claim(a, owner, { family: "dual" }));
    };
    expect(answers(1)).toEqual(answers(1));
    expect(answers(1)).not.toEqual(answers(2));
    expect(new Set(answers(1)).size).toBe(4);
  });

  test("seeded-random: every address of the pool is given out", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/26"], { policy: "seeded-random", seed: 7 }));
    const owners = Array.from({ length: 65 }, (_, i) => `owner ${i}`);
    const answers = owners.map((owner) => claim(a, owner));
    expect(new Set(answers).size).toBe(65);
    expect(answers.at(-1)).toBe("no-free-address");
  });
});

describe("hold-down", () => {
  const a = (): ReturnType<typeof createAllocator> => allocatorOf(pool("p", ["10.0.0.0/31"], { holdDownMs: 100 }));

  test("a released address goes to nobody else for that time", () => {
    const allocator = a();
    claim(allocator, "a", {}, 0);
    allocator.release("a", 1000);
    expect(assign(allocator, "b", "10.0.0.0", {}, 1099)).toBe("held-down");
    expect(claim(allocator, "b", {}, 1099)).toBe("10.0.0.1");
    expect(claim(allocator, "c", {}, 1099)).toBe("no-free-address");
    expect(claim(allocator, "c", {}, 1100)).toBe("10.0.0.0");
  });

  test("its last owner may have it again at once", () => {
    const allocator = a();
    claim(allocator, "a", {}, 0);
    allocator.release("a", 1000);
    expect(claim(allocator, "a", {}, 1001)).toBe("10.0.0.0");
  });

  test("the time left survives a snapshot, and time never runs backwards", () => {
    const allocator = a();
    claim(allocator, "a", {}, 0);
    allocator.release("a", 1000);
    const again = restoreAllocator(allocator.snapshot());
    expect(assign(again, "b", "10.0.0.0", {}, 5)).toBe("held-down");
    expect(assign(again, "b", "10.0.0.0", {}, 1100)).toBe("10.0.0.0");
  });

  test("a new set of pools does not end it", () => {
    const allocator = a();
    claim(allocator, "a", {}, 0);
    allocator.release("a", 0);
    allocator.setPools([pool("q", ["10.0.0.0/30"], { holdDownMs: 100 })]);
    expect(claim(allocator, "b", {}, 50)).toBe("10.0.0.1");
  });
});

describe("reservations", () => {
  test("of addresses: only for those who match, and first for them", () => {
    const reservations = [
      { for: { owner: "vip" }, addresses: ["10.0.0.2"] },
      { for: { selector: "tier=gold" }, addresses: ["10.0.0.0/31"] },
    ];
    const a = allocatorOf(pool("p", four, { reservations }));
    expect([claim(a, "a"), claim(a, "b")]).toEqual(["10.0.0.3", "no-free-address"]);
    expect(assign(a, "b", "10.0.0.2")).toBe("reserved");
    expect(claim(a, "b", { labels: { tier: "gold" } })).toBe("10.0.0.0");
    expect(claim(a, "vip")).toBe("10.0.0.2");
    a.release("vip");
    expect(claim(a, "c")).toBe("no-free-address");
    expect(claim(a, "vip")).toBe("10.0.0.2");
  });

  test("of a number: so many stay for those who match, also while they hold fewer", () => {
    const reservations = [{ for: { namespace: "n" }, count: 2, family: "ipv4" as const }];
    const a = allocatorOf(pool("p", four, { reservations }));
    expect(["a", "b", "c"].map((owner) => claim(a, owner))).toEqual(["10.0.0.0", "10.0.0.1", "no-free-address"]);
    expect(["x", "y", "z"].map((owner) => claim(a, owner, { namespace: "n" }))).toEqual([
      "10.0.0.2",
      "10.0.0.3",
      "no-free-address",
    ]);
    a.release("x");
    expect(claim(a, "c")).toBe("no-free-address");
    a.release("a");
    expect(claim(a, "c")).toBe("10.0.0.0");
  });
});

describe("exclusions", () => {
  test("excluded addresses do not belong to the pool", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/29"], { exclude: ["10.0.0.0/31", "10.0.0.1-10.0.0.3", "10.0.0.6"] }));
    expect(["a", "b", "c", "d"].map((owner) => claim(a, owner))).toEqual([
      "10.0.0.4",
      "10.0.0.5",
      "10.0.0.7",
      "no-free-address",
    ]);
    expect(assign(a, "e", "10.0.0.2")).toBe("not-in-pool");
    expect(a.counters("p")).toMatchObject({ assignedIPv4: 3n, availableIPv4: 0n });
  });
});

describe("drain", () => {
  test("a drained pool keeps what is held and gives nothing new", () => {
    const a = allocatorOf(pool("p", four), pool("q", ["10.0.1.0/30"]));
    claim(a, "a", { sharingKey: "k", ports: ["tcp/80"] });
    a.setPools([pool("p", four, { drain: true }), pool("q", ["10.0.1.0/30"])]);
    expect(claim(a, "a", { sharingKey: "k", ports: ["tcp/81"] })).toBe("10.0.0.0");
    expect(assign(a, "a", "10.0.0.0")).toBe("10.0.0.0");
    expect(claim(a, "b")).toBe("10.0.1.0");
    expect(claim(a, "c", { pool: "p" })).toBe("pool-draining");
    expect(assign(a, "c", "10.0.0.1")).toBe("pool-draining");
  });
});

describe("quotas", () => {
  test("bound what a namespace or a label holds; a refusal carries the facts", () => {
    const a = createAllocator({
      pools: [pool("p", ["10.0.0.0/28", "fd00::/124"])],
      quotas: [
        { name: "each", perNamespace: true, addresses: 2 },
        { name: "gold", for: { selector: "tier=gold" }, addresses: 1 },
      ],
    });
    expect(claim(a, "a", { namespace: "n", family: "dual" })).toBe("10.0.0.0 fd00::");
    expect(a.claim({ owner: "b", namespace: "n" })).toMatchObject({
      ok: false,
      refusal: { code: "quota-exceeded", quota: "each", limit: 2, used: 2 },
    });
    expect(claim(a, "b", { namespace: "m", labels: { tier: "gold" } })).toBe("10.0.0.1");
    expect(claim(a, "c", { namespace: "o", labels: { tier: "gold" } })).toBe("quota-exceeded");
    a.release("b");
    expect(claim(a, "c", { namespace: "o", labels: { tier: "gold" } })).toBe("10.0.0.1");
  });

  test("a new quota takes nothing away", () => {
    const a = allocatorOf(pool("p", four));
    for (const owner of ["a", "b"]) claim(a, owner);
    a.setPools([pool("p", four)], { quotas: [{ name: "all", addresses: 1 }] });
    expect([held(a, "a"), held(a, "b"), claim(a, "c")]).toEqual(["10.0.0.0", "10.0.0.1", "quota-exceeded"]);
    expect(claim(a, "a", { ports: ["tcp/80"] })).toBe("10.0.0.0");
  });
});

describe("several addresses of a family", () => {
  test("from one pool, all or nothing", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/31"]), pool("q", ["10.0.1.0/30", "fd00::/126"]));
    expect(claim(a, "a", { counts: { ipv4: 3, ipv6: 2 } })).toBe("10.0.1.0 10.0.1.1 10.0.1.2 fd00:: fd00::1");
    const before = a.snapshot();
    expect(claim(a, "b", { counts: { ipv4: 3 } })).toBe("no-free-address");
    expect(a.snapshot()).toEqual(before);
    expect(restoreAllocator(before).snapshot()).toEqual(before);
  });

  test("from several pools when asked for; a lease stays while each address has a pool", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/31"]), pool("q", ["10.0.1.0/30", "fd00::/126"]));
    expect(claim(a, "b", { counts: { ipv4: 3, ipv6: 1 }, manyPools: true })).toBe("10.0.1.0 10.0.1.1 10.0.1.2 fd00::");
    expect(claim(a, "c", { counts: { ipv4: 3 }, manyPools: true })).toBe("10.0.0.0 10.0.0.1 10.0.1.3");
    expect(a.leaseOf("c")?.pools).toEqual(["p", "p", "q"]);
    expect(a.setPools([pool("r", ["10.0.0.0/23"])])).toMatchObject({ lost: [{ owner: "b" }] });
    expect(held(a, "c")).toBe("10.0.0.0 10.0.0.1 10.0.1.3");
    expect(restoreAllocator(a.snapshot()).snapshot()).toEqual(a.snapshot());
  });

  test("explicit addresses, as many as the claim counts on", () => {
    const a = allocatorOf(pool("p", four));
    const addresses = ["10.0.0.3", "10.0.0.1"].map(parseIp);
    expect(a.assign({ owner: "a", counts: { ipv4: 2 }, addresses })).toMatchObject({
      ok: true,
      lease: { ips: [0x0a000001, 0x0a000003] },
    });
    expect(a.assign({ owner: "a", counts: { ipv4: 1 }, addresses })).toMatchObject({
      refusal: { code: "too-many-addresses" },
    });
  });
});
