import { createAllocator } from "@vipkit/allocator";
import fc from "fast-check";
import { formatIp } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { decideAllocation, readCluster, readDocuments, serviceFrom, type Service } from "../../src/index.js";
import { configOf, file, play, serviceYaml } from "../support.js";

const POOLS = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: first }
spec: { addresses: [192.0.2.0/30] }
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: six }
spec: { addresses: ["2001:db8::/126"] }
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: { name: all }
`;

const service = (name: string, spec: Record<string, unknown> = {}, ips: readonly string[] = []): Service =>
  serviceFrom({
    metadata: { name, namespace: "ns" },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...(spec as Record<string, string>) },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  });

function decide(services: readonly Service[], allocator = createAllocator()): Record<string, string[]> {
  const { verdicts } = decideAllocation({
    allocator,
    config: configOf(file(POOLS)),
    services,
    familiesWithoutClusterIP: true,
  });
  return Object.fromEntries(verdicts.map(({ key, ips }) => [key.slice(3), ips.map(formatIp)]));
}

describe("all Services at once", () => {
  test("what the status says goes first, then what is asked for, then the rest by name", () => {
    const services = [service("a"), service("b", { loadBalancerIP: "192.0.2.0" }), service("c", {}, ["192.0.2.1"])];
    expect(decide(services)).toEqual({ a: ["192.0.2.2"], b: ["192.0.2.0"], c: ["192.0.2.1"] });
  });

  test("a Service that is gone gives its address to one that waits", () => {
    const allocator = createAllocator();
    const five = ["a", "b", "c", "d", "e"].map((name) => service(name));
    expect(decide(five, allocator).e).toEqual([]);
    expect(decide(five.slice(1), allocator).e).toEqual(["192.0.2.0"]);
  });

  test("an address that is let go within the decision serves one that waits, whatever their order", () => {
    const allocator = createAllocator();
    decide(
      ["b", "c", "d", "e"].map((name) => service(name)),
      allocator,
    );
    const moved = service("e", { type: "ClusterIP" });
    const after = decide([service("a"), service("b"), service("c"), service("d"), moved], allocator);
    expect(after).toMatchObject({ a: ["192.0.2.3"], e: [] });
  });

  test("families of Services without cluster addresses: named, asked for, or IPv4", () => {
    const services = [
      service("dual", { ipFamilies: ["IPv4", "IPv6"] }),
      service("six", { ipFamilies: ["IPv6"] }),
      service("asking", { loadBalancerIP: "2001:db8::3" }),
      service("plain"),
    ];
    // Two pools of one family each give no pair: both addresses come from one pool.
    expect(decide(services)).toEqual({ dual: [], six: ["2001:db8::"], asking: ["2001:db8::3"], plain: ["192.0.2.0"] });
  });

  test("the order of the input does not matter", () => {
    const services = ["a", "b", "c", "d", "e", "f"].map((name, index) =>
      service(name, index % 2 === 0 ? {} : { ipFamilies: ["IPv6"] }),
    );
    const expected = decide(services);
    fc.assert(
      fc.property(fc.shuffledSubarray(services, { minLength: services.length }), (shuffled) => {
        expect(decide(shuffled)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test("deciding again what was decided changes nothing and writes nothing", () => {
    const { objects } = readDocuments([file(POOLS), serviceYaml("a"), serviceYaml("b")]);
    const allocator = createAllocator();
    const input = { allocator, config: configOf(file(POOLS)), familiesWithoutClusterIP: true };
    const first = decideAllocation({ ...input, services: readCluster(objects).services });
    expect(first.verdicts.map(({ outcome }) => outcome)).toEqual(["assigned", "assigned"]);
    const second = decideAllocation({ ...input, services: first.services });
    expect(second.verdicts.map(({ outcome }) => outcome)).toEqual(["unchanged", "unchanged"]);
    expect(second.services).toEqual(first.services);
  });

  test("a class that is not ours is left alone, and what was held for it goes back", () => {
    const allocator = createAllocator();
    decide([service("a")], allocator);
    expect(decide([service("a", { loadBalancerClass: "other" }, ["192.0.2.0"])], allocator)).toEqual({
      a: ["192.0.2.0"],
    });
    expect(allocator.size).toBe(0);
  });

  test("wrong Services are reported and the others served", () => {
    const wrong = serviceYaml("wrong", { spec: { ports: [{ port: 0 }] } });
    const { mistakes, services } = readCluster(readDocuments([wrong, serviceYaml("good")]).objects);
    expect(mistakes.map(({ code, path }) => [code, path])).toEqual([["range", "Service wrong: spec.ports[0].port"]]);
    expect(services.map(({ key }) => key)).toEqual(["default/good"]);
    expect(play([file(POOLS), serviceYaml("good")]).addresses).toEqual({ "default/good": ["192.0.2.0"] });
  });
});
