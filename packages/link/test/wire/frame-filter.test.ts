import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, ipToBytes, parseIp, parseIpv4, parseIpv6, type Ipv4, type Ipv6 } from "@vipkit/net";
import { DEFAULT_RANGES, frameFilter, MAX_FILTER_INSTRUCTIONS, runFilter } from "../../src/index.js";

const BROADCAST = "ffffffffffff020000000001";

function arpFrame(spa: Ipv4, tpa: Ipv4, tags = ""): Uint8Array {
  const frame = fromHex(`${BROADCAST}${tags}0806000108000604000102000000000100000000${"00".repeat(6)}00000000`);
  const shift = tags.length / 2;
  frame.set(ipToBytes(spa), 28 + shift);
  frame.set(ipToBytes(tpa), 38 + shift);
  return frame;
}

function ndFrame(target: Ipv6, type = 135, tags = "", source: Ipv6 = 1n): Uint8Array {
  const header = `${BROADCAST}${tags}86dd6000000000183aff`;
  const frame = fromHex(`${header}${"00".repeat(32)}${type.toString(16)}000000${"00".repeat(20)}`);
  frame.set(ipToBytes(source), 22 + tags.length / 2);
  frame.set(ipToBytes(target), 62 + tags.length / 2);
  return frame;
}

const ipv4 = fc.oneof(
  fc.integer({ min: 0x0a00_0000, max: 0x0a00_00ff }),
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000),
);
const ipv6 = fc
  .tuple(fc.constantFrom(0x2001_0db8n, 0xfe80_0000n, 0xfd00_0000n), fc.nat(3), fc.nat(40))
  .map(([high, middle, low]) => (high << 96n) | (BigInt(middle) << 48n) | BigInt(low));
const tags = fc.constantFrom("", "81000007", "88a80063");

describe("frameFilter", () => {
  test("passes ARP exactly where sender or target is asked for, while the ranges suffice", () => {
    fc.assert(
      fc.property(fc.array(ipv4, { maxLength: 80 }), ipv4, ipv4, tags, (arp, spa, tpa, tag) => {
        const passed = runFilter(frameFilter([{ arp }]), arpFrame(spa, tpa, tag)) > 0;
        expect(passed).toBe(arp.includes(spa) || arp.includes(tpa));
      }),
    );
  });

  test("passes ND exactly where target, or source of a solicitation, is asked for, while the ranges suffice", () => {
    fc.assert(
      fc.property(
        fc.array(ipv6, { maxLength: 60 }),
        ipv6,
        ipv6,
        fc.integer({ min: 133, max: 137 }),
        tags,
        (nd, target, source, type, tag) => {
          const passed = runFilter(frameFilter([{ nd }]), ndFrame(target, type, tag, source)) > 0;
          const wanted = (type === 135 || type === 136) && nd.includes(target);
          expect(passed).toBe(wanted || (type === 135 && nd.includes(source)));
        },
      ),
    );
  });

  test("is exact for as many scattered addresses as it has ranges, with room to spare", () => {
    const arp = Array.from({ length: DEFAULT_RANGES }, (_, i) => 0x0a00_0000 + i * 2);
    const nd = arp.map((word) => (0x2001_0db8n << 96n) | BigInt(word));
    const program = frameFilter([{ arp, nd }]);
    // The kernel takes 4096, and 2560 with the net.core.optmem_max of older ones.
    expect(program.length).toBeLessThan(2560);
    for (const ip of arp) {
      expect(runFilter(program, arpFrame(1, ip))).toBeGreaterThan(0);
      expect(runFilter(program, arpFrame(ip + 1, ip + 1))).toBe(0);
    }
    for (const ip of nd) {
      expect(runFilter(program, ndFrame(1n, 135, "", ip))).toBeGreaterThan(0);
      expect(runFilter(program, ndFrame(ip + 1n, 135, "", ip + 1n))).toBe(0);
    }
  });

  test("never drops what was asked for, however little room the program has", () => {
    fc.assert(
      fc.property(
        fc.array(ipv4, { minLength: 1 }),
        fc.array(ipv6, { minLength: 1 }),
        fc.integer({ min: 1, max: 5 }),
        (arp, nd, limit) => {
          const program = frameFilter([{ arp }, { nd }], limit);
          for (const ip of arp) expect(runFilter(program, arpFrame(1, ip))).toBeGreaterThan(0);
          for (const ip of nd) expect(runFilter(program, ndFrame(ip))).toBeGreaterThan(0);
        },
      ),
    );
  });

  test("fits into the kernel with 10,000 scattered addresses of each family, and jumps at most 255 far", () => {
    const arp = Array.from({ length: 10_000 }, (_, i) => ((i * 0x4_1c64_e6d) % 0x1_0000_0000) >>> 0);
    const nd = arp.map((word, i) => (BigInt(i) << 40n) | BigInt(word));
    const program = frameFilter([{ arp, nd }]);
    expect(program.length).toBeLessThanOrEqual(MAX_FILTER_INSTRUCTIONS);
    for (const [at, { jt, jf, code, k }] of program.entries()) {
      expect(Math.max(jt, jf)).toBeLessThanOrEqual(255);
      if (code === 0x05) expect(at + 1 + k).toBeLessThan(program.length);
    }
    for (const ip of arp) expect(runFilter(program, arpFrame(1, ip))).toBeGreaterThan(0);
    for (const ip of nd) expect(runFilter(program, ndFrame(ip))).toBeGreaterThan(0);
  });

  test("is exact for 10,000 addresses out of pools", () => {
    const pools = [parseIpv4("10.0.0.0"), parseIpv4("172.16.4.0"), parseIpv4("192.168.200.0")];
    const arp = pools.flatMap((first) => Array.from({ length: 3333 }, (_, i) => first + i));
    const program = frameFilter([{ arp }]);
    expect(program.length).toBeLessThan(60);
    for (const first of pools) {
      expect(runFilter(program, arpFrame(1, first - 1))).toBe(0);
      expect(runFilter(program, arpFrame(1, first))).toBeGreaterThan(0);
      expect(runFilter(program, arpFrame(1, first + 3332))).toBeGreaterThan(0);
      expect(runFilter(program, arpFrame(1, first + 3333))).toBe(0);
    }
  });

  test("drops everything without interest, and everything that is neither ARP nor ND", () => {
    const arp = [parseIpv4("192.0.2.1")];
    expect(runFilter(frameFilter([]), arpFrame(1, arp[0]!))).toBe(0);
    expect(runFilter(frameFilter([{ arp: [] }]), arpFrame(1, arp[0]!))).toBe(0);
    expect(runFilter(frameFilter([{ arp }]), ndFrame(parseIpv6("2001:db8::1")))).toBe(0);
    const tcp = ndFrame(parseIpv6("2001:db8::1"));
    tcp[20] = 6;
    expect(runFilter(frameFilter([{ nd: [parseIpv6("2001:db8::1")] }]), tcp)).toBe(0);
    expect(runFilter(frameFilter([{ arp }]), fromHex(`${BROADCAST}0800${"00".repeat(40)}`))).toBe(0);
  });

  test("drops frames that end before what it looks at", () => {
    const whole = arpFrame(1, parseIpv4("192.0.2.1"));
    const program = frameFilter([{ arp: [parseIpv4("192.0.2.1")], nd: [parseIp("2001:db8::1") as Ipv6] }]);
    for (let length = 0; length < whole.length; length += 1) {
      expect(runFilter(program, whole.subarray(0, length))).toBe(0);
    }
  });

  test("is the same program for the same addresses in any order", () => {
    fc.assert(
      fc.property(fc.array(ipv4, { maxLength: 30 }), fc.integer({ min: 1, max: DEFAULT_RANGES }), (arp, limit) => {
        expect(frameFilter([{ arp: [...arp].reverse() }], limit)).toEqual(frameFilter([{ arp }], limit));
      }),
    );
  });
});
