import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, formatMac, formatPrefix, fromHex } from "@vipkit/net";
import { createInterfaceTable, decodeAddressMessage, decodeLinkMessage, decodeNetlinkViews } from "../../src/index.js";

interface Vector {
  readonly datagrams: readonly string[];
  readonly expected: readonly object[];
}
const vector = JSON.parse(readFileSync(new URL("../vectors/rtnetlink.json", import.meta.url), "utf8")) as Vector;

/** A value or the one typed error. */
function decodesOrRefuses(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    expect((error as DecodeError).code).toBe("ERR_NETLINK");
  }
}

describe("rtnetlink", () => {
  test("says of a real dump what iproute2 says of it", () => {
    const table = createInterfaceTable();
    for (const hex of vector.datagrams) for (const message of decodeNetlinkViews(fromHex(hex))) table.apply(message);
    const seen = table.list().map(({ mac, addresses, ...rest }) => ({
      ...rest,
      mac: formatMac(mac),
      addresses: addresses.map(formatPrefix),
    }));
    expect(seen).toEqual(vector.expected);
  });

  test("makes a value or a DecodeError of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodesOrRefuses(() => decodeNetlinkViews(bytes));
        decodesOrRefuses(() => decodeLinkMessage(bytes));
        decodesOrRefuses(() => decodeAddressMessage(bytes));
      }),
    );
  });

  test("makes a value or a DecodeError of real messages with flipped bytes", () => {
    const datagrams = vector.datagrams.map(fromHex);
    const flips = fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(fc.nat(datagrams.length - 1), flips, (which, changes) => {
        const bytes = datagrams[which]!.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const table = createInterfaceTable();
        decodesOrRefuses(() => decodeNetlinkViews(bytes).forEach((message) => table.apply(message)));
      }),
    );
  });
});
