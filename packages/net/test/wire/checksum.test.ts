import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addIpv6WordsToChecksum,
  addToChecksum,
  finishChecksum,
  fromHex,
  ipv6Checksum,
  readIpv6Words,
} from "../../src/index.js";

/** RFC 1071 section 1, word by word. */
function plainChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

/** 0 and 0xffff are one number in one's complement. */
function same(a: number, b: number): boolean {
  return a % 0xffff === b % 0xffff;
}

describe("the Internet checksum", () => {
  test("is that of the example in RFC 1071 section 3", () => {
    expect(finishChecksum(addToChecksum(0, fromHex("0001f203f4f5f6f7"), 0, 8))).toBe(0x220d);
  });

  test("adds any run of octets as the definition does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (bytes, start) => {
        const from = Math.min(start, bytes.length);
        const sum = finishChecksum(addToChecksum(0, bytes, from, bytes.length));
        expect(same(sum, plainChecksum(bytes.slice(from)))).toBe(true);
      }),
    );
  });

  test("adds an address by words as by octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(addIpv6WordsToChecksum(7, readIpv6Words(bytes, 0))).toBe(addToChecksum(7, bytes, 0, 16));
      }),
    );
  });

  test("stays right for the longest payload", () => {
    const packet = new Uint8Array(40 + 0xffff).fill(0xff);
    expect(same(ipv6Checksum(packet, 0, 40, packet.length, 58), 0xffff - ((0xff00 + 0xffff + 58) % 0xffff))).toBe(true);
  });
});
