import { DecodeError, fromHex, ipv6ToWords, parseIpv6, parseMac, toHex, type Mac } from "@vipkit/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeNdpFrame,
  decodeNdpMessage,
  encodeNdpFrame,
  encodeNdpMessage,
  lengthOfNdpFrame,
  lengthOfNdpMessage,
  type NdpMessage,
  type NdpOption,
} from "../../src/index.js";

const MAC = parseMac("02:00:00:00:00:01");
const ROUTER = "fe80::1";

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const mac: fc.Arbitrary<Mac> = fc.maxSafeNat().map((value) => value % 2 ** 48);
const address = fc.tuple(u32, u32, u32).map(([b, c, d]) => ({ a: 0x2001_0db8, b: b | 0, c: c | 0, d: d | 0 }));
const preference = fc.constantFrom("low" as const, "medium" as const, "high" as const, "reserved" as const);

const option: fc.Arbitrary<NdpOption> = fc.oneof(
  fc.record({ name: fc.constantFrom("sourceLinkLayer" as const, "targetLinkLayer" as const), mac }),
  fc.record({
    name: fc.constant("prefixInformation" as const),
    prefix: address,
    prefixLength: fc.nat(128),
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    routerAddress: fc.boolean(),
    validLifetimeSeconds: u32,
    preferredLifetimeSeconds: u32,
  }),
  fc.record({
    name: fc.constant("redirectedHeader" as const),
    bytes: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  }),
  fc.record({ name: fc.constant("mtu" as const), mtu: u32 }),
  fc.record({ name: fc.constant("nonce" as const), nonce: fc.uint8Array({ minLength: 14, maxLength: 14 }) }),
  fc.record({
    name: fc.constant("routeInformation" as const),
    prefix: address,
    prefixLength: fc.integer({ min: 65, max: 128 }),
    preference,
    lifetimeSeconds: u32,
  }),
  fc.record({
    name: fc.constant("rdnss" as const),
    lifetimeSeconds: u32,
    servers: fc.array(address, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    name: fc.constant("dnssl" as const),
    lifetimeSeconds: u32,
    domains: fc.array(fc.constantFrom("example.net", "a.b.c", "x"), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ name: fc.constant("captivePortal" as const), uri: fc.webUrl() }),
  fc.record({
    name: fc.constant("pref64" as const),
    prefix: address.map((words) => ({ ...words, d: 0 })),
    prefixLength: fc.constantFrom(96, 64, 56, 48, 40, 32),
    lifetimeSeconds: fc.nat(8191).map((units) => units * 8),
  }),
  fc.record({
    name: fc.constant("unknown" as const),
    type: fc.integer({ min: 100, max: 255 }),
    bytes: fc.uint8Array({ minLength: 6, maxLength: 6 }),
  }),
);
const options = fc.array(option, { maxLength: 4 });
const message: fc.Arbitrary<NdpMessage> = fc.oneof(
  fc.record({ name: fc.constant("rs" as const), options }),
  fc.record({
    name: fc.constant("ra" as const),
    curHopLimit: u8,
    managed: fc.boolean(),
    other: fc.boolean(),
    homeAgent: fc.boolean(),
    preference,
    routerLifetimeSeconds: u16,
    reachableTimeMs: u32,
    retransTimerMs: u32,
    options,
  }),
  fc.record({ name: fc.constant("ns" as const), target: address, options }),
  fc.record({
    name: fc.constant("na" as const),
    target: address,
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
    options,
  }),
  address.chain((target) =>
    fc.record({
      name: fc.constant("redirect" as const),
      target: fc.constant(target),
      destination: fc.constant(target),
      options,
    }),
  ),
);

function frameOf(content: NdpMessage): Uint8Array {
  const ip = { src: ipv6ToWords(parseIpv6(ROUTER)), dst: ipv6ToWords(parseIpv6("2001:db8::2")) };
  return encodeNdpFrame({ eth: { dst: MAC, src: MAC + 1 }, ip, message: content });
}

/** Without the lengths, which decoding adds. */
function bare(content: NdpMessage): object {
  return { ...content, options: content.options.map((each) => ({ ...each, length: undefined })) };
}

function optionOf(hex: string): NdpOption {
  const { message: decoded } = { message: decodeNdpMessage(fromHex(`8500000000000000${hex}`)) };
  expect(toHex(frameOf(decoded)).endsWith(hex)).toBe(true);
  return decoded.options[0]!;
}

describe("messages and options", () => {
  test("what is written is read again; every cut is noticed", () => {
    fc.assert(
      fc.property(message, (content) => {
        const frame = frameOf(content);
        const ip = { src: ipv6ToWords(parseIpv6(ROUTER)), dst: ipv6ToWords(parseIpv6("2001:db8::2")) };
        expect(frame).toHaveLength(lengthOfNdpFrame({ eth: { dst: MAC, src: MAC }, ip, message: content }));
        const decoded = decodeNdpFrame(frame);
        expect(bare(decoded.message)).toEqual(bare(content));
        expect(encodeNdpFrame(decoded)).toEqual(frame);
        expect(bare(decodeNdpMessage(frame, 54))).toEqual(bare(content));
        expect(encodeNdpMessage(content, ip)).toEqual(frame.slice(54, 54 + lengthOfNdpMessage(content)));
        for (let end = 14; end < frame.length; end += 7) {
          const cut = frame.slice(0, end);
          expect(() => decodeNdpFrame(cut)).toThrow(expect.objectContaining({ code: "ipv6_truncated" }));
        }
      }),
    );
  });

  test("every changed octet of the message is noticed by the checksum, or another rule", () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, place, change) => {
        const frame = frameOf(content);
        const at = 54 + (place % (frame.length - 54));
        frame[at]! ^= change;
        expect(() => decodeNdpFrame(frame)).toThrow(DecodeError);
      }),
    );
  });

  test("any octets give a message or a DecodeError", () => {
    fc.assert(
      fc.property(fc.constantFrom(133, 134, 135, 136, 137), fc.uint8Array({ maxLength: 100 }), (type, rest) => {
        try {
          decodeNdpMessage(Uint8Array.of(type, 0, 0, 0, ...rest));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });

  test.each([
    ["a link-layer address of two units", "0202" + "00".repeat(14)],
    ["a prefix longer than an address", "0304810000000000000000000000000020010db8000000000000000000000000"],
    ["a prefix option too short", "0303" + "00".repeat(22)],
    ["an MTU too long", "0502" + "00".repeat(14)],
    ["a route that does not fit", "1802410000000000" + "20010db800000000"],
    ["an even server list", "1902" + "00".repeat(14)],
    ["no server", "1901000000000000"],
    ["no domain", "1f02" + "00".repeat(14)],
    ["a compressed domain", "1f0200000000000003616263c0080000"],
    ["a domain without an end", "1f0200000000000007616263646566" + "67"],
    ["octets behind the last domain", "1f0200000000000003616263" + "00000001"],
    ["an empty URI", "2501000000000000"],
    ["a URI with a zero inside", "2501610062000000"],
    ["a prefix length code that does not exist", "2602070e" + "00".repeat(12)],
  ])("%s is marked and kept", (_name, hex) => {
    expect(optionOf(hex)).toMatchObject({ name: "malformed", bytes: fromHex(hex.slice(4)) });
  });

  test("padding and longer forms than needed survive", () => {
    expect(optionOf("2503" + toHex(new TextEncoder().encode("http://a/")) + "00".repeat(13))).toMatchObject({
      name: "captivePortal",
      length: 3,
      uri: "http://a/",
    });
    expect(optionOf("1803000800000001" + "00".repeat(16))).toMatchObject({
      name: "routeInformation",
      length: 3,
      preference: "high",
    });
    expect(optionOf("1a01800000000000")).toMatchObject({ name: "flagsExtension" });
  });

  test("a message alone is checked as far as it goes alone", () => {
    const codeOf = (hex: string): string => {
      try {
        decodeNdpMessage(fromHex(hex));
        return "valid";
      } catch (error) {
        return (error as DecodeError).code;
      }
    };
    expect(codeOf("8500")).toBe("icmp_too_short");
    expect(codeOf("80000000")).toBe("not_ndp");
    expect(codeOf("8501000000000000")).toBe("code");
    expect(codeOf("85000000000000000100000000000000")).toBe("option_zero_length");
    expect(codeOf("85000000000000000102000000000000")).toBe("option_overrun");
    expect(codeOf("850000000000000001")).toBe("option_overrun");
  });

  test("what does not fit is refused when it is written", () => {
    const bytes = new Uint8Array(2100);
    expect(() => frameOf({ name: "rs", options: [{ name: "unknown", type: 200, bytes }] })).toThrow(
      expect.objectContaining({ code: "ERR_NDP_OPTION_TOO_LONG" }),
    );
    const many = Array.from({ length: 40 }, (): NdpOption => ({
      name: "unknown",
      type: 200,
      bytes: new Uint8Array(2000),
    }));
    expect(() => frameOf({ name: "rs", options: many })).toThrow(expect.objectContaining({ code: "ERR_NDP_TOO_LONG" }));
  });
});
