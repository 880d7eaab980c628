import { formatIp, parseIp } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { createAllocator, restoreAllocator } from "../src/index.js";

const pools = [{ name: "blue", addresses: ["10.0.0.0/30", "fd00::/126"] }];

describe("createAllocator", () => {
  test("gives the lowest address, takes it back and gives it again", () => {
    const allocator = createAllocator({ pools });
    const ask = (owner: string): string[] => {
      const outcome = allocator.claim({ owner });
      return outcome.ok ? outcome.lease.ips.map(formatIp) : [outcome.refusal.code];
    };
    expect(["a", "b", "c", "d", "e"].map(ask)).toEqual([
      ["10.0.0.0"],
      ["10.0.0.1"],
      ["10.0.0.2"],
      ["10.0.0.3"],
      ["no-free-address"],
    ]);
    expect(allocator.release("b")?.ips).toEqual([parseIp("10.0.0.1")]);
    expect(ask("e")).toEqual(["10.0.0.1"]);
    expect(allocator.release("nobody")).toBeUndefined();
  });

  test("a snapshot restores to the same snapshot", () => {
    const allocator = createAllocator({ pools });
    allocator.claim({ owner: "a", family: "dual", labels: { app: "x" }, ports: ["TCP/80"], sharingKey: "k" });
    allocator.claim({ owner: "b", ports: ["udp/53"] });
    const snapshot = JSON.parse(JSON.stringify(allocator.snapshot())) as ReturnType<typeof allocator.snapshot>;
    expect(restoreAllocator(snapshot).snapshot()).toEqual(allocator.snapshot());
  });
});
