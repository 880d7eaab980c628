import { createAllocator } from "@vipkit/allocator";
import { describe, expect, test } from "vitest";
import { decideAllocation, readCluster, readDocuments, readStatus, statusOf, withStatus } from "../../src/index.js";
import { configOf, play, serviceYaml, vector } from "../support.js";

describe("status", () => {
  test("survives as JSON, and brings every Service back to its address", () => {
    const files = [vector("seeds/blog-layer2.yaml"), ...["a", "b", "c"].map((name) => serviceYaml(name))];
    const { allocation, announcements, addresses } = play(files);
    const text = JSON.stringify(statusOf({ node: "node-a", verdicts: allocation.verdicts, announcements }));
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      node: "node-a",
      services: [{ service: "default/a", addresses: ["192.168.1.240"], pool: "default" }, {}, {}],
    });
    const read = readStatus(text);
    if (!read.ok) throw new Error(read.message);
    // "a" is gone, "0" is new: without the status it would get what "b" has.
    const { services } = readCluster(readDocuments([serviceYaml("0"), serviceYaml("b"), serviceYaml("c")]).objects);
    const config = configOf(vector("seeds/blog-layer2.yaml"));
    const input = {
      allocator: createAllocator(),
      config,
      services: withStatus(services, read.addresses),
      familiesWithoutClusterIP: true,
    };
    const after = Object.fromEntries(
      decideAllocation(input).services.map(({ key, ingress }) => [key, ingress.map(({ ip }) => ip)]),
    );
    expect(after).toEqual({
      "default/0": ["192.168.1.240"],
      "default/b": addresses["default/b"],
      "default/c": addresses["default/c"],
    });
  });

  test.each([
    ["", "status_not_json"],
    ["[]", "status_form"],
    ['{"version":2,"services":[]}', "status_form"],
  ])("%j is refused", (text, code) => {
    expect(readStatus(text)).toMatchObject({ ok: false, code });
  });

  test("entries that make no sense are left out", () => {
    const text =
      '{"version":1,"services":[1,{"service":"a/b","addresses":["x"]},{"service":"a/c","addresses":["192.0.2.1",7]}]}';
    expect(readStatus(text)).toEqual({ ok: true, addresses: new Map([["a/c", ["192.0.2.1"]]]) });
  });
});
