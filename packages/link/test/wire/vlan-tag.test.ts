import { expect, test } from "vitest";
import { fromHex, toHex } from "@vipkit/net";
import { insertTag } from "../../src/index.js";

test("insertTag moves the MAC addresses into the room before them and writes the tag behind them", () => {
  const bytes = fromHex("eeeeeeee" + "ffffffffffff020000000001" + "0806" + "0001");
  const start = insertTag(bytes, 4, { tpid: 0x88a8, tci: 0x6063 });
  expect(start).toBe(0);
  expect(toHex(bytes)).toBe("ffffffffffff020000000001" + "88a86063" + "0806" + "0001");
});
