import { describe, expect, test } from "vitest";
import {
  createAllocator,
  parseSelector,
  PoolsError,
  restoreAllocator,
  selectorIssues,
  matchesSelector,
} from "../src/index.js";
import type { Claim, PoolConfig, Snapshot } from "../src/index.js";
import { allocatorOf, claim, pool } from "./ask.js";

function issuesOf(pools: unknown): string[] {
  const outcome = createAllocator().setPools(pools as PoolConfig[]);
  return outcome.ok ? [] : outcome.issues.map(({ code, path }) => `${code} at ${path}`);
}

describe("wrong pools", () => {
  test("all mistakes at once, each with code and path", () => {
    const entries = [
      "010.0.0.1",
      "fe80::1%eth0",
      "10.0.0.1/24",
      "10.0.0.9-10.0.0.1",
      "10.0.0.1-fd00::1",
      "10.0.0.0/33",
      7,
      "::ffff:10.0.0.1",
    ];
    expect(
      issuesOf([
        pool("p", entries as string[]),
        pool("p", []),
        { name: "", addresses: "10.0.0.0/8", color: "red" },
        null,
      ]),
    ).toEqual([
      "address at pools[0].addresses[0]",
      "zone at pools[0].addresses[1]",
      "host-bits at pools[0].addresses[2]",
      "range-order at pools[0].addresses[3]",
      "range-family at pools[0].addresses[4]",
      "prefix-length at pools[0].addresses[5]",
      "not-text at pools[0].addresses[6]",
      "mapped-address at pools[0].addresses[7]",
      "pool-empty at pools[1].addresses",
      "pool-name at pools[2].name",
      "not-a-list at pools[2].addresses",
      "unknown-field at pools[2].color",
      "not-an-object at pools[3]",
      "duplicate-pool at pools[1].name",
    ]);
  });

  test("overlaps inside a pool and between pools", () => {
    expect(
      issuesOf([pool("p", ["10.0.0.0/24", "10.0.0.128-10.0.1.3"]), pool("q", ["10.0.1.0/32", "fd00::/64", "fd00::1"])]),
    ).toEqual([
      "overlap at pools[0].addresses[1]",
      "overlap at pools[1].addresses[0]",
      "overlap at pools[1].addresses[2]",
    ]);
  });

  test("wrong switches, limits, reservations and quotas", () => {
    const odd = {
      ...pool("p", ["10.0.0.0/24"]),
      autoAssign: 1,
      policy: "worst-fit",
      seed: -1,
      holdDownMs: Infinity,
      allocateTo: {
        priority: 1.5,
        namespaces: [""],
        serviceSelectors: ["a==b==c", { matchExpressions: [{ key: "a", operator: "In" }] }],
        closed: 0,
      },
      reservations: [{ for: {}, addresses: ["10.1.0.0"] }, { for: { owner: "a" }, count: 1 }, { for: { owner: "a" } }],
    };
    const outcome = createAllocator().setPools([odd as never], {
      quotas: [
        { name: "q", addresses: -1 },
        { name: "q", addresses: 1 },
      ],
    });
    expect(
      outcome.ok ? [] : outcome.issues.map(({ code, path }) => `${code} ${path.replace("pools[0].", "")}`),
    ).toEqual([
      "not-a-boolean autoAssign",
      "policy policy",
      "seed seed",
      "hold-down holdDownMs",
      "priority allocateTo.priority",
      "not-a-boolean allocateTo.closed",
      "namespace allocateTo.namespaces[0]",
      "selector allocateTo.serviceSelectors[0]",
      "selector allocateTo.serviceSelectors[1].matchExpressions[0].values",
      "match-empty reservations[0].for",
      "reservation-outside reservations[0].addresses[0]",
      "reservation reservations[1].family",
      "reservation reservations[2]",
      "quota quotas[0].addresses",
      "duplicate-quota quotas[1].name",
    ]);
  });

  test("never leave a half-applied state", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    claim(a, "a");
    const before = JSON.stringify(a.snapshot());
    expect(a.setPools([pool("q", ["10.0.0.0/30"]), pool("r", ["10.0.0.0/31"])]).ok).toBe(false);
    expect(JSON.stringify(a.snapshot())).toBe(before);
  });

  test("the list of issues is bounded, and a million ranges are not even read", () => {
    const wrong = createAllocator().setPools([
      pool(
        "p",
        Array.from({ length: 1500 }, () => "10.0.0.0/33"),
      ),
    ]);
    expect(wrong.ok ? [] : [wrong.issues.length, wrong.issues.at(-1)]).toEqual([
      1001,
      expect.objectContaining({ code: "more-issues", message: "500 more issues are not listed" }),
    ]);
    const million = Array.from({ length: 1_000_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(issuesOf([pool("p", million)])).toEqual(["too-many-ranges at pools"]);
  });

  test("createAllocator throws them all", () => {
    expect(() => allocatorOf(pool("p", ["x", "y"]))).toThrow(PoolsError);
    try {
      allocatorOf(pool("p", ["x", "y"]));
    } catch (error) {
      expect(error).toMatchObject({
        code: "address",
        issues: [{ path: "pools[0].addresses[0]" }, { path: "pools[0].addresses[1]" }],
      });
    }
  });
});

describe("wrong claims", () => {
  test("are refused with every issue, and nothing is given", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/30"]));
    const bad = {
      owner: "",
      ports: ["tcp/0", "tcp/65536", "80"],
      family: "ipv5",
      counts: { ipv4: 65 },
      addresses: [-1, 2n ** 128n],
      labels: { a: 1 },
    };
    const outcome = a.claim(bad as never);
    expect(outcome.ok ? [] : outcome.refusal.issues?.map(({ path }) => path)).toEqual([
      "owner",
      "family",
      "ports[0]",
      "ports[1]",
      "ports[2]",
      "addresses[0]",
      "addresses[1]",
      "counts.ipv4",
      "labels",
    ]);
    for (const wrong of [
      null,
      undefined,
      7,
      {},
      { owner: "a", ports: "tcp/80" },
      { owner: "a", addresses: "10.0.0.1" },
    ]) {
      expect(a.claim(wrong as unknown as Claim)).toMatchObject({ ok: false, refusal: { code: "bad-claim" } });
    }
    expect(a.size).toBe(0);
  });

  test("keys that look alike when put together stay apart", () => {
    const a = allocatorOf(pool("p", ["10.0.0.0/32"]));
    claim(a, "a", { sharingKey: "x", backendKey: "yz", ports: ["tcp/1"] });
    expect(claim(a, "b", { sharingKey: "xy", backendKey: "z", ports: ["tcp/2"] })).toBe("no-free-address");
    expect(claim(a, "__proto__", { sharingKey: "x", backendKey: "yz", ports: ["tcp/2"] })).toBe("10.0.0.0");
    expect(a.leaseOf("constructor")).toBeUndefined();
  });
});

describe("wrong snapshots", () => {
  const good = allocatorOf(pool("p", ["10.0.0.0/30"])).snapshot();

  test.each([
    ["nothing", null],
    ["another version", { ...good, version: 2 }],
    ["no leases", { ...good, leases: undefined }],
    ["a lease that is none", { ...good, leases: [null] }],
    ["a lease outside the pools", { ...good, leases: [{ owner: "a", ips: ["10.9.9.9"] }] }],
    ["two owners on one address", { ...good, leases: ["a", "b"].map((owner) => ({ owner, ips: ["10.0.0.1"] })) }],
    ["a resting address that is none", { ...good, resting: [{ ip: "x", owner: "a", until: 1 }] }],
    ["wrong pools", { ...good, pools: [pool("p", ["x"])] }],
  ])("%s", (_, snapshot) => {
    expect(() => restoreAllocator(snapshot as Snapshot)).toThrow(PoolsError);
  });
});

describe("label selectors", () => {
  test.each([
    ["", {}, true],
    ["a=b", { a: "b" }, true],
    ["a==b , c in (d, e),!f", { a: "b", c: "e" }, true],
    ["a!=b", {}, true],
    ["a!=b", { a: "b" }, false],
    ["a notin (b,c)", { a: "c" }, false],
    ["a", { a: "" }, true],
    ["a", {}, false],
    ["example.org/name=x", { "example.org/name": "x" }, true],
    ["toString", {}, false],
  ])("%j on %j is %s", (text, labels, matches) => {
    expect(matchesSelector(text, labels as Record<string, string>)).toBe(matches);
  });

  test.each([
    "a=b=c",
    "a in b",
    "a in (b",
    "-a",
    "a=b c",
    "a,,b",
    "!",
    "a=" + "x".repeat(64),
    "(",
    "a in (b,(c))",
    "x".repeat(70_000),
  ])("%j is refused", (text) => {
    expect(() => parseSelector(text)).toThrow(expect.objectContaining({ code: "ERR_SELECTOR" }));
    expect(selectorIssues(text)).toHaveLength(1);
  });
});
