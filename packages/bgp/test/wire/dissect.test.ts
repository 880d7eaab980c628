import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, dissect, encodeMessage, type DissectedField } from "../../src/index.js";
import { contextAndMessage } from "./arbitrary.js";
import { AS_PATH, EBGP, NEXT_HOP, NLRI, ORIGIN, rawUpdate } from "./raw.js";

/** Checks that children lie inside, in order and apart. */
function checkSpans(parent: DissectedField): void {
  let at = parent.start;
  for (const child of parent.fields ?? []) {
    expect(child.start).toBeGreaterThanOrEqual(at);
    expect(child.end).toBeGreaterThanOrEqual(child.start);
    expect(child.end).toBeLessThanOrEqual(parent.end);
    at = child.end;
    checkSpans(child);
  }
}

describe("dissect", () => {
  test("names every field of an UPDATE with its octets", () => {
    const tree = dissect(rawUpdate({ attributes: [ORIGIN, AS_PATH, NEXT_HOP], nlri: NLRI }), EBGP);
    expect(tree.fields!.map(({ name, start, end }) => `${name} ${start}-${end}`)).toEqual([
      "marker 0-16",
      "length 16-18",
      "type 18-19",
      "withdrawn routes length 19-21",
      "withdrawn routes 21-21",
      "path attributes length 21-23",
      "path attributes 23-43",
      "NLRI 43-48",
    ]);
    const attributes = tree.fields![6]!.fields!;
    expect(attributes.map(({ name, start, end }) => `${name} ${start}-${end}`)).toEqual([
      "origin 23-27",
      "as-path 27-36",
      "next-hop 36-43",
    ]);
    expect(tree.fields![7]!.fields).toEqual([{ name: "prefix", start: 43, end: 48, value: "203.0.113.7/32" }]);
  });

  test("is the same decode, and its spans fit into each other and cover the message", () => {
    fc.assert(
      fc.property(contextAndMessage, ([context, message]) => {
        const bytes = encodeMessage(message, context);
        const tree = dissect(bytes, context);
        expect(tree.value).toEqual(decodeMessage(bytes, context));
        checkSpans(tree);
        expect(tree.fields!.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
  });
});
