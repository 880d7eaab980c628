import { createHash } from "node:crypto";
import fc from "fast-check";
import { DecodeError, fromHex, toHex } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import {
  BFD_STATES,
  decodeBfd,
  encodeAuthenticated,
  encodeBfd,
  md5,
  sha1,
  verifyAuth,
  type BfdKey,
  type BfdPacket,
} from "../../src/index.js";

const PACKET: BfdPacket = {
  diagnostic: 1,
  state: "Up",
  poll: true,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 0x0102_0304,
  yourDiscriminator: 0xf0f1_f2f3,
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 150_000,
  requiredMinEchoRxUs: 0,
};

const u32 = fc.integer({ min: 1, max: 0xffff_ffff });
const anyPacket: fc.Arbitrary<BfdPacket> = fc.record({
  diagnostic: fc.nat(31),
  state: fc.constantFrom(...BFD_STATES),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  detectMultiplier: fc.integer({ min: 1, max: 255 }),
  myDiscriminator: u32,
  yourDiscriminator: u32,
  desiredMinTxUs: u32,
  requiredMinRxUs: u32,
  requiredMinEchoRxUs: u32,
});

describe("a control packet", () => {
  test("has the layout of RFC 5880 section 4.1", () => {
    expect(toHex(encodeBfd(PACKET))).toBe("21e003180102" + "0304f0f1f2f3000493e0000249f000000000");
  });

  test("reads what it writes", () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(decodeBfd(encodeBfd(packet))).toEqual(packet);
      }),
    );
  });

  test.each([
    ["short", "20400318", "ERR_BFD_LENGTH"],
    ["version 0", "0040031801020304000000000000000000000000" + "00000000", "ERR_BFD_VERSION"],
    ["multiplier 0", "2040001801020304000000000000000000000000" + "00000000", "ERR_BFD_MULTIPLIER"],
    ["multipoint", "2041031801020304000000000000000000000000" + "00000000", "ERR_BFD_MULTIPOINT"],
    ["no discriminator", "2040031800000000000000000000000000000000" + "00000000", "ERR_BFD_DISCRIMINATOR"],
    ["up without knowing us", "20c0031801020304000000000000000000000000" + "00000000", "ERR_BFD_YOUR_DISCRIMINATOR"],
    ["length beyond the datagram", "2040031901020304000000000000000000000000" + "00000000", "ERR_BFD_LENGTH"],
    ["authentication that is not there", "2044031801020304000000000000000000000000" + "00000000", "ERR_BFD_LENGTH"],
  ])("is refused when wrong: %s", (_name, hex, code) => {
    expect(() => decodeBfd(fromHex(hex))).toThrow(expect.objectContaining({ code }));
  });

  test("any bytes give a packet or a DecodeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, plausible) => {
        if (plausible && bytes.length > 4) bytes.set([0x20, bytes[1]! & 0xfe, 3, bytes.length]);
        try {
          decodeBfd(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("authentication", () => {
  test.each([
    ["sha1", sha1],
    ["md5", md5],
  ] as const)("%s agrees with OpenSSL", (name, hash) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(toHex(hash(bytes))).toBe(createHash(name).update(bytes).digest("hex"));
      }),
    );
  });

  test.each(["simple", "keyed-md5", "meticulous-md5", "keyed-sha1", "meticulous-sha1"] as const)(
    "%s accepts the key and no other",
    (type) => {
      const key: BfdKey = { type, keyId: 7, key: fromHex("736563726574") };
      const bytes = encodeAuthenticated(PACKET, key, 42);
      expect(verifyAuth(bytes, key)).toEqual({ ok: true, sequence: type === "simple" ? undefined : 42 });
      expect(verifyAuth(bytes, { ...key, key: fromHex("736563726575") }).ok).toBe(false);
      expect(verifyAuth(bytes, { ...key, keyId: 8 }).ok).toBe(false);
      expect(verifyAuth(encodeBfd(PACKET), key).ok).toBe(false);
    },
  );
});
