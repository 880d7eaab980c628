import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addToChecksum,
  ByteReader,
  bytesEqual,
  ByteWriter,
  decodeEthernet,
  DecodeError,
  encodePcapHeader,
  encodePcapRecord,
  finishChecksum,
  fromHex,
  isInVlan,
  isVipkitError,
  lengthOfEthernet,
  toHex,
  typeOffset,
  vlanTags,
  writeEthernet,
  type EthernetFields,
} from "../../src/index.js";

const HEAD = "ffffffffffff020000000002";

function codeOf(hex: string): string | undefined {
  try {
    decodeEthernet(fromHex(hex));
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    expect(isVipkitError(error)).toBe(true);
    return (error as DecodeError).code;
  }
}

describe("Ethernet", () => {
  const tag = fc.record({
    tpid: fc.constantFrom(0x8100, 0x88a8),
    pcp: fc.nat(7),
    dei: fc.boolean(),
    vid: fc.nat(4095),
  });
  const fields: fc.Arbitrary<EthernetFields> = fc.record({
    dst: fc.nat({ max: 2 ** 31 - 1 }).map((low) => low * 65_537),
    src: fc.nat({ max: 2 ** 31 - 1 }).map((low) => low * 65_539),
    tags: fc.array(tag, { maxLength: 4 }),
    etherType: fc.integer({ min: 1536, max: 0xffff }).filter((type) => type !== 0x8100 && type !== 0x88a8),
  });

  test("what is written is read again, and no octet more is touched", () => {
    fc.assert(
      fc.property(fields, (header) => {
        const bytes = new Uint8Array(lengthOfEthernet(header) + 2).fill(0xa5);
        const payloadOffset = writeEthernet(bytes, header);
        expect(payloadOffset).toBe(bytes.length - 2);
        expect([...bytes.subarray(payloadOffset)]).toEqual([0xa5, 0xa5]);
        expect(decodeEthernet(bytes)).toMatchObject({ ...header, payloadOffset, length: undefined });
        for (let end = 0; end < payloadOffset; end += 1) {
          expect(codeOf(toHex(bytes.subarray(0, end)))).toMatch(/^(eth|vlan)_truncated$/);
        }
      }),
    );
  });

  test.each([
    ["", "eth_truncated"],
    [`${HEAD}08`, "eth_truncated"],
    [`${HEAD}8100`, "vlan_truncated"],
    [`${HEAD}8100000108`, "vlan_truncated"],
    [`${HEAD}88a800018100000508`, "vlan_truncated"],
    [`${HEAD}05dd${"00".repeat(1600)}`, "ethertype_reserved"],
    [`${HEAD}05ff`, "ethertype_reserved"],
    [`${HEAD}0001`, "length_overrun"],
    [`${HEAD}0000`, undefined],
    [`${HEAD}0600`, undefined],
    [`${HEAD}81000001000300`, "length_overrun"],
  ])("%s: %s", (hex, code) => {
    expect(codeOf(hex)).toBe(code);
  });

  test("802.3 has a length, and SNAP where it says so", () => {
    expect(decodeEthernet(fromHex(`${HEAD}0003424203`))).toMatchObject({
      length: 3,
      etherType: undefined,
      snap: undefined,
    });
    expect(decodeEthernet(fromHex(`${HEAD}0008aaaa030000000806`))).toMatchObject({
      length: 8,
      snap: { oui: 0, etherType: 0x0806 },
      payloadOffset: 14,
    });
    expect(decodeEthernet(fromHex(`${HEAD}0007aaaa0300000008`)).snap).toBeUndefined();
  });

  test.each([
    ["0806", undefined, true],
    ["0806", 0, false],
    ["810000000806", undefined, true],
    ["8100e0070806", 7, true],
    ["810000070806", 8, false],
    ["810000070806", undefined, false],
    ["88a800070806", 7, false],
    ["81000007810000070806", 7, false],
  ] as const)("%s is in VLAN %s: %s", (types, vlan, is) => {
    const frame = fromHex(HEAD + types);
    expect(isInVlan(frame, typeOffset(frame), vlan)).toBe(is);
    expect(vlanTags(undefined)).toEqual([]);
  });
});

describe("bytes", () => {
  test("a reader never reads past its end", () => {
    const reader = new ByteReader(fromHex("0102030405060708ff"), "short", 0, 8);
    expect([reader.u8("a"), reader.u16("b"), reader.u32("c")]).toEqual([1, 0x0203, 0x0405_0607]);
    expect(() => reader.u16("d")).toThrow(expect.objectContaining({ code: "short", field: "d", offset: 7 }));
    expect(reader.remaining).toBe(1);
    expect([...reader.copy(1, "e")]).toEqual([8]);
    expect(() => reader.u8("f")).toThrow(DecodeError);
  });

  test("a writer writes what a reader reads", () => {
    const writer = new ByteWriter(9);
    writer.u8(0xab);
    writer.u16(0xfffe);
    writer.u32(0xdead_beef);
    writer.put(Uint8Array.of(1, 2));
    expect(toHex(writer.bytes)).toBe("abfffedeadbeef0102");
    expect(bytesEqual(writer.bytes, writer.bytes.slice())).toBe(true);
    expect(bytesEqual(writer.bytes, new Uint8Array(9))).toBe(false);
    expect(bytesEqual(writer.bytes, new Uint8Array(8))).toBe(false);
  });
});

describe("the Internet checksum", () => {
  test("the example of RFC 1071 section 3", () => {
    expect(finishChecksum(addToChecksum(0, fromHex("0001f203f4f5f6f7"), 0, 8))).toBe(~0xddf2 & 0xffff);
  });

  test("is zero over data that carries its own", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 3000 }), (bytes) => {
        bytes[0] = bytes[1] = 0;
        const sum = finishChecksum(addToChecksum(0, bytes, 0, bytes.length));
        bytes[0] = sum >>> 8;
        bytes[1] = sum;
        expect(finishChecksum(addToChecksum(0, bytes, 0, bytes.length))).toBe(0);
        let slow = 0;
        for (let i = 0; i < bytes.length; i += 2) slow += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
        expect(finishChecksum(slow)).toBe(0);
      }),
    );
  });
});

test("a capture file: header and record, octet by octet", () => {
  expect(toHex(encodePcapHeader())).toBe("4d3cb2a1020004000000000000000000000004" + "0001000000");
  expect(toHex(encodePcapRecord(Uint8Array.of(1, 2, 3), 1500.25))).toBe(
    "01000000" + "9035d11d" + "0300000003000000010203",
  );
});
