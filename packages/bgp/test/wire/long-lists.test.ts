import { describe, expect, test } from "vitest";
import {
  announcedBy,
  countNlri,
  createPrefixCursor,
  encodeMessage,
  IPV4_UNICAST,
  nlriOf,
  packPrefixes,
  packPrefixesInto,
  unpackPrefix,
  viewMessage,
} from "../../src/index.js";
import type { Nlri, PathAttribute, UpdateMessage } from "../../src/index.js";
import { EBGP } from "./raw.js";

const attributes: readonly PathAttribute[] = [
  { type: "origin", value: 0 },
  { type: "as-path", segments: [{ type: 2, asns: [64512] }] },
  { type: "next-hop", ip: 0xc0000201 },
];

const hosts: readonly Nlri[] = Array.from({ length: 300 }, (_, index) => ({
  ip: (0xfffffe00 + index) >>> 0,
  length: 32,
}));
const mixed: readonly Nlri[] = hosts.flatMap((host, index) =>
  index % 40 === 39 ? [host, { ip: 0x0a000000, length: 8 }, { ip: 0, length: 0 }] : [host],
);

describe("long lists of routes", () => {
  for (const [name, nlri] of Object.entries({ hosts, mixed })) {
    for (const addPath of [false, true]) {
      test(`${name}, ${addPath ? "with" : "without"} path identifiers`, () => {
        const routes = addPath ? nlri.map((one, index) => ({ ...one, pathId: index })) : nlri;
        const families = addPath ? [IPV4_UNICAST] : [];
        const context = { ...EBGP, addPath: { receive: families, send: families } };
        const message: UpdateMessage = { type: "update", withdrawn: [], attributes, nlri: routes };
        const view = viewMessage(encodeMessage(message, context), context);
        const [span] = view.type === "update" ? announcedBy(view) : [];
        expect(nlriOf(span!)).toEqual(routes);
        expect(countNlri(span!)).toBe(routes.length);
        expect([...packPrefixes(span!)].map(unpackPrefix)).toEqual(nlri);
        const few = new Float64Array(7);
        expect(packPrefixesInto(span!, few)).toBe(7);
        const cursor = createPrefixCursor(span!);
        let count = 0;
        while (cursor.next()) count += 1;
        expect(count).toBe(routes.length);
      });
    }
  }
});
