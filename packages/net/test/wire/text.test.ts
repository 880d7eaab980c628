import fc from "fast-check";
import { Address4, Address6 } from "ip-address";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import {
  canonicalIp,
  compareIp,
  formatIp,
  formatIpv6,
  formatMac,
  formatScopedIp,
  fromHex,
  ipFromBytes,
  ipToBytes,
  isGroupMac,
  MAX_IPV4,
  MAX_IPV6,
  parseIp,
  parseIpv4,
  parseMac,
  parseScopedIp,
  ParseError,
  readMac,
  toHex,
  tryParseIp,
  writeMac,
  type Ip,
} from "../../src/index.js";

const ipv4 = fc.nat(MAX_IPV4);
const ipv6 = fc.bigInt(0n, MAX_IPV6);
const sparse = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n));
const ip: fc.Arbitrary<Ip> = fc.oneof(ipv4, ipv6, sparse);

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
    return (error as ParseError).code;
  }
}

describe("addresses as text", () => {
  test("what is written is read again, and is canonical", () => {
    fc.assert(
      fc.property(ip, (value) => {
        const text = formatIp(value);
        expect(parseIp(text)).toBe(value);
        expect(canonicalIp(text)).toBe(text);
        expect(ipFromBytes(ipToBytes(value))).toBe(value);
      }),
    );
  });

  test("ipaddr.js and ip-address read the same from it", () => {
    fc.assert(
      fc.property(ip, (value) => {
        const text = formatIp(value);
        expect(ipaddr.parse(text).toByteArray()).toEqual([...ipToBytes(value)]);
        const other = typeof value === "number" ? new Address4(text) : new Address6(text);
        expect(other.bigInt()).toBe(BigInt(value));
      }),
    );
  });

  test("we read what ipaddr.js and ip-address write", () => {
    fc.assert(
      fc.property(fc.oneof(ipv6, sparse), (value) => {
        const octets = [...ipToBytes(value)];
        expect(parseIp(new ipaddr.IPv6(octets).toNormalizedString())).toBe(value);
        expect(parseIp(new ipaddr.IPv6(octets).toNormalizedString().toUpperCase())).toBe(value);
        expect(parseIp(Address6.fromBigInt(value).canonicalForm())).toBe(value);
        expect(parseIp(Address6.fromBigInt(value).to4in6())).toBe(value);
      }),
    );
  });

  test.each([
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["::FFFF:c000:201", "::ffff:192.0.2.1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ])("RFC 5952: %s is %s", (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical);
  });

  test.each([
    "010.0.0.1",
    "10.1",
    "0x0a.1.1.1",
    "167772161",
    "256.0.0.1",
    "1.2.3",
    "1.2.3.4.5",
    " 1.2.3.4",
    "1.2.3.4 ",
    "",
    "1.2.3.٤",
  ])("%j is no IPv4 address", (text) => {
    expect(codeOf(() => parseIpv4(text))).toBe("ERR_IPV4");
  });

  test.each([
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "g::",
    "::1.2.3",
    "::01.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::1/64",
    "[::1]",
    ":1::2",
    "1:2:3:4:5:6:7:",
  ])("%j is no IPv6 address", (text) => {
    expect(codeOf(() => parseIp(text))).toBe("ERR_IPV6");
    expect(tryParseIp(text)).toBeUndefined();
  });

  test("a zone is kept apart, and refused where none belongs", () => {
    expect(parseScopedIp("fe80::1%eth0")).toEqual({ ip: (0xfe80n << 112n) | 1n, zone: "eth0" });
    expect(formatScopedIp(parseScopedIp("fe80::1%eth0.7"))).toBe("fe80::1%eth0.7");
    expect(formatScopedIp(parseScopedIp("192.0.2.1"))).toBe("192.0.2.1");
    expect(codeOf(() => parseIp("fe80::1%eth0"))).toBe("ERR_ZONE");
    expect(codeOf(() => parseScopedIp("fe80::1%"))).toBe("ERR_ZONE");
    expect(codeOf(() => parseScopedIp("192.0.2.1%eth0"))).toBe("ERR_IPV6");
  });

  test("any text gives an address or a ParseError", () => {
    const piece = fc.oneof(fc.constantFrom(":", "::", ".", "%", "0", "ffff", "255", "1", "g", "/"), fc.string());
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join("")),
        (text) => void codeOf(() => parseIp(text)),
      ),
    );
  });

  test("IPv4 comes before IPv6, then the number decides", () => {
    const sorted = ["10.0.0.2", "::1", "10.0.0.1", "::"].map(parseIp).sort(compareIp);
    expect(sorted.map(formatIp)).toEqual(["10.0.0.1", "10.0.0.2", "::", "::1"]);
    expect(compareIp(1, 1)).toBe(0);
  });

  test("only four and sixteen octets are an address", () => {
    expect(codeOf(() => ipFromBytes(new Uint8Array(5)))).toBe("ERR_IP_LENGTH");
    expect(formatIpv6(0n)).toBe("::");
  });
});

describe("MAC addresses and hexadecimal", () => {
  test("what is written is read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.nat(10), (mac, offset) => {
        expect(parseMac(formatMac(mac))).toBe(mac);
        expect(parseMac(formatMac(mac).replaceAll(":", "-").toUpperCase())).toBe(mac);
        const bytes = new Uint8Array(offset + 8).fill(0xa5);
        writeMac(bytes, offset, mac);
        expect(readMac(bytes, offset)).toBe(mac);
        expect([...bytes.subarray(offset + 6)]).toEqual([0xa5, 0xa5]);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(["", "aa:bb:cc:dd:ee", "aa:bb:cc:dd:ee:ff:00", "aa:bb-cc:dd:ee:ff", "aabbccddeeff", "gg:bb:cc:dd:ee:ff"])(
    "%j is no MAC address",
    (text) => {
      expect(codeOf(() => parseMac(text))).toBe("ERR_MAC");
    },
  );

  test("the group bit", () => {
    expect(isGroupMac(parseMac("01:00:5e:00:00:01"))).toBe(true);
    expect(isGroupMac(parseMac("02:00:5e:00:00:01"))).toBe(false);
    expect(codeOf(() => fromHex("abc"))).toBe("ERR_HEX");
    expect(codeOf(() => fromHex("zz"))).toBe("ERR_HEX");
  });
});
