import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import {
  comparePrefixes,
  formatPrefix,
  formatRange,
  hostPrefix,
  ipToBytes,
  lastIp,
  MAX_IPV4,
  MAX_IPV6,
  maskIp,
  parseIp,
  parsePrefix,
  parseRange,
  prefixContains,
  prefixOf,
  prefixRange,
  rangeContains,
  rangeSize,
  rangesOverlap,
  rangeToPrefixes,
  unmapIp,
  widthOf,
  type Ip,
  type Range,
} from "../../src/index.js";

const ip: fc.Arbitrary<Ip> = fc.oneof(fc.nat(MAX_IPV4), fc.bigInt(0n, MAX_IPV6));
const prefix = fc.tuple(ip, fc.nat(128)).map(([value, length]) => prefixOf(value, length % (widthOf(value) + 1)));
const range: fc.Arbitrary<Range> = fc.oneof(
  fc.tuple(fc.nat(MAX_IPV4), fc.nat(MAX_IPV4)).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) })),
  fc
    .tuple(fc.bigInt(0n, MAX_IPV6), fc.bigInt(0n, MAX_IPV6))
    .map(([a, b]) => (a < b ? { first: a, last: b } : { first: b, last: a })),
);

describe("prefixes", () => {
  test("first and last address agree with ipaddr.js", () => {
    fc.assert(
      fc.property(prefix, (value) => {
        const text = formatPrefix(value);
        expect(parsePrefix(text, { strict: true })).toEqual(value);
        const parsed = ipaddr.parseCIDR(text);
        const other = parsed[0].kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
        expect(other.networkAddressFromCIDR(text).toByteArray()).toEqual([...ipToBytes(value.ip)]);
        expect(prefixContains(value, lastIp(value.ip, value.length))).toBe(true);
      }),
    );
  });

  test("containment agrees with ipaddr.js", () => {
    fc.assert(
      fc.property(prefix, ip, (outer, inner) => {
        const address = typeof inner === typeof outer.ip ? inner : outer.ip;
        const near = maskIp(address, 0) === outer.ip ? address : lastIp(outer.ip, outer.length);
        for (const candidate of [address, near]) {
          const theirs = ipaddr.fromByteArray([...ipToBytes(candidate)]);
          const network = ipaddr.fromByteArray([...ipToBytes(outer.ip)]);
          expect(prefixContains(outer, candidate)).toBe(
            (theirs as ipaddr.IPv4).match(network as ipaddr.IPv4, outer.length),
          );
        }
      }),
    );
  });

  test.each([
    ["192.0.2.0", "ERR_PREFIX"],
    ["192.0.2.0/33", "ERR_PREFIX_LENGTH"],
    ["192.0.2.0/08", "ERR_PREFIX_LENGTH"],
    ["192.0.2.0/", "ERR_PREFIX_LENGTH"],
    ["2001:db8::/129", "ERR_PREFIX_LENGTH"],
    ["010.0.0.0/8", "ERR_IPV4"],
  ])("%s is refused: %s", (text, code) => {
    expect(() => parsePrefix(text)).toThrow(expect.objectContaining({ code }));
  });

  test("host bits are cleared, or refused when asked to be strict", () => {
    expect(formatPrefix(parsePrefix("192.0.2.77/24"))).toBe("192.0.2.0/24");
    expect(() => parsePrefix("192.0.2.77/24", { strict: true })).toThrow(
      expect.objectContaining({ code: "ERR_HOST_BITS", allowed: "192.0.2.0/24" }),
    );
    expect(hostPrefix(1n)).toEqual({ ip: 1n, length: 128 });
    expect(prefixContains(parsePrefix("0.0.0.0/0"), parsePrefix("::/0"))).toBe(false);
    expect(
      ["::/0", "10.0.0.0/9", "10.0.0.0/8"]
        .map((text) => parsePrefix(text))
        .sort(comparePrefixes)
        .map(formatPrefix),
    ).toEqual(["10.0.0.0/8", "10.0.0.0/9", "::/0"]);
  });
});

describe("ranges", () => {
  test("prefixes cover a range exactly, without overlap, and none can be joined with its neighbour", () => {
    fc.assert(
      fc.property(range, (value) => {
        const prefixes = rangeToPrefixes(value);
        expect(prefixes[0]!.ip).toBe(value.first);
        expect(lastIp(prefixes.at(-1)!.ip, prefixes.at(-1)!.length)).toBe(value.last);
        const sizes = prefixes.map((each) => rangeSize(prefixRange(each)));
        expect(sizes.reduce((sum, size) => sum + size, 0n)).toBe(rangeSize(value));
        prefixes.slice(1).forEach((each, index) => {
          const before = prefixes[index]!;
          expect(BigInt(each.ip)).toBe(BigInt(lastIp(before.ip, before.length)) + 1n);
          const joined = before.length === each.length && maskIp(each.ip, each.length - 1) === before.ip;
          expect(joined).toBe(false);
        });
        expect(prefixes.length).toBeLessThanOrEqual(typeof value.first === "number" ? 62 : 254);
      }),
    );
  });

  test("text is read again", () => {
    fc.assert(
      fc.property(range, (value) => {
        const unmapped = { first: unmapIp(value.first), last: unmapIp(value.last) };
        expect(parseRange(formatRange(value))).toEqual(unmapped);
      }),
    );
  });

  test("every spelling of a range", () => {
    const wanted = { first: parseIp("192.0.2.0"), last: parseIp("192.0.2.255") };
    expect(parseRange("192.0.2.0/24")).toEqual(wanted);
    expect(parseRange(" 192.0.2.0 - 192.0.2.255 ")).toEqual(wanted);
    expect(parseRange("::ffff:192.0.2.0-192.0.2.255")).toEqual(wanted);
    expect(parseRange("192.0.2.9")).toEqual({ first: parseIp("192.0.2.9"), last: parseIp("192.0.2.9") });
    expect(rangeContains(wanted, parseIp("192.0.2.7"))).toBe(true);
    expect(rangeContains(wanted, parseIp("192.0.3.0"))).toBe(false);
    expect(rangeContains(wanted, 5n)).toBe(false);
    expect(rangesOverlap(wanted, parseRange("192.0.2.255-192.0.3.4"))).toBe(true);
    expect(rangesOverlap(wanted, parseRange("192.0.3.0-192.0.3.4"))).toBe(false);
    expect(rangesOverlap(wanted, parseRange("::/0"))).toBe(false);
  });

  test.each([
    ["192.0.2.1-::1", "ERR_RANGE_FAMILY"],
    ["192.0.2.2-192.0.2.1", "ERR_RANGE_ORDER"],
    ["192.0.2.2-", "ERR_IPV4"],
  ])("%s is refused: %s", (text, code) => {
    expect(() => parseRange(text)).toThrow(expect.objectContaining({ code }));
  });
});
