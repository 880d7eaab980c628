import { describe, expect, test } from "vitest";
import {
  announcedBy,
  attributesOf,
  judgeMessage,
  nlriOf,
  routesOf,
  viewMessage,
  withdrawnBy,
} from "../../src/index.js";
import type { UpdateView } from "../../src/index.js";
import { judgeRows } from "./judge-rows.js";
import { AS_PATH, EBGP, LOCAL_PREF, NEXT_HOP, NLRI, ORIGIN, rawUpdate } from "./raw.js";

describe("judgeMessage answers as RFC 7606 says", () => {
  test.each(judgeRows)("$name: $action", ({ bytes, context = EBGP, action, error, attribute }) => {
    const verdict = judgeMessage(bytes, context);
    expect(verdict.action).toBe(action);
    if (error !== undefined) expect(`${verdict.code}/${verdict.subcode}`).toBe(error);
    if (action !== "accept") expect(verdict.attribute).toBe(attribute);
  });

  test("the octets behind the verdict are the attribute at fault", () => {
    const verdict = judgeMessage(rawUpdate({ attributes: [ORIGIN, AS_PATH, "400303c00002"], nlri: NLRI }), EBGP);
    expect([...verdict.data]).toEqual([0x40, 3, 3, 0xc0, 0, 2]);
  });
});

function view(bytes: Uint8Array): UpdateView {
  return viewMessage(bytes, EBGP) as UpdateView;
}

describe("what a verdict does to the message", () => {
  test("treat-as-withdraw turns announced routes into withdrawn ones", () => {
    const message = view(rawUpdate({ withdrawn: "18cb0072", attributes: ["40010103", AS_PATH, NEXT_HOP], nlri: NLRI }));
    expect(announcedBy(message)).toEqual([]);
    expect(withdrawnBy(message).flatMap(nlriOf)).toEqual([
      { ip: 0xcb007200, length: 24 },
      { ip: 0xcb007107, length: 32 },
    ]);
    expect(attributesOf(message)).toEqual([]);
  });

  test("attribute-discard leaves the attribute out and keeps the route", () => {
    const message = view(rawUpdate({ attributes: [ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF], nlri: NLRI }));
    expect(message.verdict.action).toBe("attribute-discard");
    expect(attributesOf(message).map(({ type }) => type)).toEqual(["origin", "as-path", "next-hop"]);
    expect(routesOf(message).announced).toEqual([
      { family: { afi: 1, safi: 1 }, nextHops: [0xc0000201], nlri: [{ ip: 0xcb007107, length: 32 }] },
    ]);
  });

  test("of a repeated attribute the first one counts", () => {
    const message = view(rawUpdate({ attributes: [ORIGIN, AS_PATH, NEXT_HOP, "40010102"], nlri: NLRI }));
    expect(attributesOf(message)[0]).toEqual({ type: "origin", value: 0 });
    expect(attributesOf(message)).toHaveLength(3);
  });

  test("unknown attributes: transitive ones go on with the Partial bit, the others are left out", () => {
    const message = view(rawUpdate({ attributes: [ORIGIN, AS_PATH, NEXT_HOP, "c0c80101", "80c90101"], nlri: NLRI }));
    expect(attributesOf(message).slice(3)).toEqual([
      { type: "unknown", code: 200, flags: 0xe0, value: Uint8Array.of(1) },
    ]);
  });
});
