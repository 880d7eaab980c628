import { describe, expect, test } from "vitest";
import { inOrder, sourceFrom, type AddressSource, type Outcome } from "../src/index.js";
import { allocatorOf, pool, textOf } from "./ask.js";

describe("external address management", () => {
  test("the allocator answers through the port as it answers directly", async () => {
    const source = sourceFrom(allocatorOf(pool("p", ["10.0.0.0/31"])));
    const answers = await Promise.all(["a", "b", "c"].map((owner) => source.claim({ owner })));
    expect(answers.map(textOf)).toEqual(["10.0.0.0", "10.0.0.1", "no-free-address"]);
    expect(await source.release("a")).toMatchObject({ owner: "a" });
    expect((await source.leases()).map(({ owner }) => owner)).toEqual(["b"]);
  });

  test("calls of one owner keep their order, also past a failure; others do not wait", async () => {
    const log: string[] = [];
    const open: (() => void)[] = [];
    const slow: AddressSource = {
      ...sourceFrom(allocatorOf(pool("p", ["10.0.0.0/31"]))),
      claim: ({ owner, namespace }) =>
        new Promise<Outcome>((_, reject) => {
          log.push(`${owner} ${namespace ?? ""}`);
          open.push(() => reject(new Error("no answer")));
        }),
    };
    const source = inOrder(slow);
    const settled = Promise.allSettled([
      source.claim({ owner: "a", namespace: "1" }),
      source.claim({ owner: "a", namespace: "2" }),
      source.claim({ owner: "b" }),
      source.release("a").then(() => log.push("released")),
    ]);
    await Promise.resolve();
    expect(log).toEqual(["a 1", "b "]);
    while (open.length > 0) {
      open.shift()!();
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    }
    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected", "fulfilled"]);
    expect(log).toEqual(["a 1", "b ", "a 2", "released"]);
  });
});
