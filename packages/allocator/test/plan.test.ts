import { describe, expect, test } from "vitest";
import { createAllocator, type Change } from "../src/index.js";
import { allocatorOf, assign, claim, pool } from "./ask.js";

describe("plan", () => {
  const a = allocatorOf(pool("p", ["10.0.0.0/29", "fd00::/126"]));
  claim(a, "kept", { family: "dual" });
  for (const owner of ["mover", "other mover", "loser"]) claim(a, owner);

  test("says who keeps, who moves and where to, who loses, and changes nothing", () => {
    const before = JSON.stringify(a.snapshot());
    const next = [pool("q", ["10.0.0.0/32", "fd00::/126", "10.0.1.0/31"])];
    expect(a.plan(next)).toEqual({
      ok: true,
      kept: 1,
      renamed: [{ owner: "kept", from: "p", to: "q" }],
      moved: [
        { owner: "loser", from: { pool: "p", ips: ["10.0.0.3"] }, to: { pool: "q", ips: ["10.0.1.0"] } },
        { owner: "mover", from: { pool: "p", ips: ["10.0.0.1"] }, to: { pool: "q", ips: ["10.0.1.1"] } },
      ],
      lost: [
        {
          owner: "other mover",
          from: { pool: "p", ips: ["10.0.0.2"] },
          refusal: expect.objectContaining({ code: "no-free-address" }) as object,
        },
      ],
    });
    expect(JSON.stringify(a.snapshot())).toBe(before);
  });

  test("agrees with what then happens", () => {
    const next = [pool("q", ["10.0.0.0/32", "fd00::/126", "10.0.1.0/30"])];
    const plan = a.plan(next);
    const outcome = a.setPools(next);
    if (!plan.ok || !outcome.ok) throw new Error("refused");
    const losers = [...plan.moved, ...plan.lost].map(({ owner }) => owner).sort();
    expect(outcome.lost.map(({ owner }) => owner)).toEqual(losers);
    for (const { owner, to } of plan.moved) expect(claim(a, owner)).toBe(to.ips[0]);
  });

  test("of wrong pools gives their issues", () => {
    expect(a.plan([pool("q", ["10.0.0.1/24"])])).toMatchObject({ ok: false, issues: [{ code: "host-bits" }] });
  });
});

describe("explain", () => {
  const a = allocatorOf(
    pool("manual", ["10.0.0.0/30"], { autoAssign: false }),
    pool("others", ["10.0.1.0/30"], { allocateTo: { namespaces: ["m"] } }),
    pool("full", ["10.0.2.0/32"], { allocateTo: { priority: 2 } }),
    pool("six", ["fd00::/126"], { allocateTo: { priority: 1 } }),
    pool("general", ["10.0.3.0/30"]),
    pool("never", ["10.0.4.0/30"]),
  );
  assign(a, "someone", "10.0.2.0");

  test("lists the pools in the order of search, each with what became of it", () => {
    const before = JSON.stringify(a.snapshot());
    expect(a.explain({ owner: "x", namespace: "n" })).toEqual({
      owner: "x",
      step: "automatic",
      ok: true,
      ips: ["10.0.3.0"],
      pool: "general",
      pools: [
        { pool: "six", tier: "pinned", verdict: "no-family", priority: 1 },
        { pool: "full", tier: "pinned", verdict: "exhausted", priority: 2 },
        { pool: "general", tier: "general", verdict: "chosen" },
        { pool: "never", tier: "excluded", verdict: "not-reached" },
        { pool: "manual", tier: "excluded", verdict: "not-automatic" },
        { pool: "others", tier: "excluded", verdict: "not-allowed" },
      ],
    });
    expect(JSON.stringify(a.snapshot())).toBe(before);
  });

  test("names the step and the refusal of explicit, named, held and malformed claims", () => {
    const of = (wish: object): unknown => {
      const { step, ok, refusal } = a.explain({ owner: "x", ...wish });
      return [step, ok, refusal?.code];
    };
    expect(of({ addresses: [0x0a000200] })).toEqual(["explicit", false, "address-in-use"]);
    expect(of({ pool: "others" })).toEqual(["named", false, "pool-not-allowed"]);
    expect(of({ owner: "someone" })).toEqual(["held", true, undefined]);
    expect(of({ ports: ["80"] })).toEqual(["malformed", false, "bad-claim"]);
  });
});

describe("the change feed", () => {
  test("tells assignments, updates, releases and new pools in order, and nothing that was refused or changed nothing", () => {
    const a = createAllocator({ pools: [pool("p", ["10.0.0.0/31"])] });
    const heard: string[] = [];
    const stop = a.onChange((change: Change) => {
      const who = change.type === "pools" ? change.lost.map(({ owner }) => owner).join() : change.lease.owner;
      heard.push(`${change.sequence} ${change.type} ${who}`);
    });
    claim(a, "a");
    claim(a, "a");
    claim(a, "a", { ports: ["tcp/80"] });
    claim(a, "b");
    claim(a, "c");
    a.release("b");
    a.release("b");
    a.setPools([pool("p", ["10.0.0.0/31"])]);
    a.setPools([pool("p", ["10.0.1.0/31"])]);
    stop();
    claim(a, "d");
    expect(heard).toEqual(["1 assigned a", "2 updated a", "3 assigned b", "4 released b", "5 pools a"]);
  });

  test("a listener that changes something is not called from inside its own call", () => {
    const a = createAllocator({ pools: [pool("p", ["10.0.0.0/30"])] });
    const heard: string[] = [];
    a.onChange((change) => {
      if (change.type === "assigned" && change.lease.owner === "a") claim(a, "b");
      heard.push(change.type === "pools" ? "" : change.lease.owner);
    });
    claim(a, "a");
    expect(heard).toEqual(["a", "b"]);
  });
});
