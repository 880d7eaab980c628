import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "@vipkit/net";
import { decodeMessage, encodeMessage, IPV4_UNICAST, judgeMessage, messageToJson } from "../../src/index.js";
import { EBGP } from "./raw.js";

/** Recorded on live sessions with the daemons that `note` names. */
const recorded = JSON.parse(readFileSync(new URL("../vectors/daemons.json", import.meta.url), "utf8")) as {
  note: string;
  hex: string;
}[];

describe("what real daemons send", () => {
  test.each(recorded)("$note: $hex", ({ hex }) => {
    const bytes = fromHex(hex);
    expect(judgeMessage(bytes, EBGP).action).toBe("accept");
    expect(toHex(encodeMessage(decodeMessage(bytes, EBGP), EBGP))).toBe(hex);
  });

  test("the capabilities of FRR are all known but its own", () => {
    const open = decodeMessage(fromHex(recorded[0]!.hex), EBGP);
    const types = open.type === "open" ? open.capabilities.map(({ type }) => type) : [];
    expect(types).toContain("role");
    expect(types).toContain("graceful-restart");
    expect(types).toContain("fqdn");
  });

  test("BIRD announces its networks", () => {
    const update = recorded.find(({ note, hex }) => note.includes("bird") && hex.includes("18cb0071"))!;
    expect(messageToJson(fromHex(update.hex), EBGP).update).toMatchObject({
      nlri: ["198.51.100.7/32", "203.0.113.0/24"],
      next_hop: "192.0.2.1",
      as_path: [{ type: IPV4_UNICAST.afi + 1, asns: [65000] }],
      otc: 65000,
    });
  });
});
