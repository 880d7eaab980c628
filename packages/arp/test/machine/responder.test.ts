import { BROADCAST_MAC, parseIpv4, parseMac, vlanTags, type Mac } from "@vipkit/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arpOddities,
  createArpResponder,
  decodeArp,
  decodeArpFrame,
  encodeArp,
  encodeArpAnnouncement,
  encodeArpFrame,
  lengthOfArp,
  probeRival,
  type ArpPacket,
} from "../../src/index.js";

const MAC = parseMac("02:00:00:00:00:01");
const OTHER = parseMac("02:00:00:00:00:02");
const VIP = parseIpv4("192.0.2.10");
const CLIENT = parseIpv4("192.0.2.99");

function frame(arp: Partial<ArpPacket> = {}, eth: { dst?: Mac; src?: Mac; vlan?: number } = {}): Uint8Array {
  const { dst = BROADCAST_MAC, src = OTHER, vlan } = eth;
  return encodeArpFrame({
    eth: { dst, src, tags: vlanTags(vlan) },
    arp: { op: 1, sha: OTHER, spa: CLIENT, tha: 0, tpa: VIP, ...arp },
  });
}

function judge(bytes: Uint8Array, vlan?: number): string {
  const responder = createArpResponder({ mac: MAC, vlan });
  responder.own(VIP);
  const verdict = responder.receive(bytes, 0);
  const reason = verdict.type === "drop" ? verdict.reason : verdict.type;
  const { dropped, answered } = responder.counters;
  expect(Object.values(dropped).reduce((sum, count) => sum + count, answered)).toBe(1);
  return reason;
}

describe("the codec", () => {
  const packet = fc.record({
    op: fc.nat(0xffff),
    sha: fc.maxSafeNat().map((mac) => mac % 2 ** 48),
    spa: fc.nat(0xffff_ffff),
    tha: fc.maxSafeNat().map((mac) => mac % 2 ** 48),
    tpa: fc.nat(0xffff_ffff),
  });

  test("what is written is read again, anywhere; every cut is noticed", () => {
    fc.assert(
      fc.property(packet, fc.nat(20), (value, offset) => {
        const bytes = new Uint8Array(offset + 40);
        bytes.set(encodeArp(value), offset);
        expect(decodeArp(bytes, offset)).toEqual(value);
        for (let end = 0; end < lengthOfArp(); end += 1) {
          expect(() => decodeArp(bytes, offset, offset + end)).toThrow(
            expect.objectContaining({ code: "arp_truncated" }),
          );
        }
      }),
    );
  });

  test("any octets give a packet or a DecodeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decodeArpFrame(bytes);
        } catch (error) {
          expect((error as Error).name).toBe("DecodeError");
        }
      }),
    );
  });

  test("kinds and oddities", () => {
    const kind = (arp: Partial<ArpPacket>): string => decodeArpFrame(frame(arp)).kind;
    expect(kind({})).toBe("request");
    expect(kind({ op: 2 })).toBe("reply");
    expect(kind({ op: 2, spa: VIP })).toBe("announcement");
    expect(kind({ spa: 0 })).toBe("probe");
    expect(kind({ spa: VIP })).toBe("announcement");
    expect(kind({ op: 3 })).toBe("other");
    expect(arpOddities(decodeArpFrame(frame()))).toEqual([]);
    expect(arpOddities(decodeArpFrame(frame({ sha: BROADCAST_MAC, spa: 0xe000_0001 })))).toEqual([
      "source_differs",
      "sha_not_unicast",
      "spa_not_unicast",
    ]);
  });

  test("announcement forms", () => {
    const bodies = (form: "both" | "probe" | "metallb-request" | "metallb-reply"): unknown[] =>
      encodeArpAnnouncement({ address: VIP, mac: MAC, form }).map((bytes) => {
        expect(bytes).toHaveLength(60);
        const { op, spa, tha } = decodeArpFrame(bytes).arp;
        return [op, spa, tha];
      });
    expect(bodies("both")).toEqual([
      [1, VIP, 0],
      [2, VIP, MAC],
    ]);
    expect(bodies("probe")).toEqual([[1, 0, 0]]);
    expect(bodies("metallb-request")).toEqual([[1, VIP, BROADCAST_MAC]]);
    expect(bodies("metallb-reply")).toEqual([[2, VIP, BROADCAST_MAC]]);
  });
});

describe("the responder", () => {
  test.each([
    ["a request", frame(), "reply"],
    ["a unicast request", frame({}, { dst: MAC }), "reply"],
    ["a probe", frame({ spa: 0 }), "reply"],
    ["for another address", frame({ tpa: VIP + 1 }), "not_owned"],
    ["a reply", frame({ op: 2 }), "not_request"],
    ["our own frame", frame({ sha: MAC }, { src: MAC }), "own_frame"],
    ["somebody else's unicast", frame({}, { dst: OTHER }), "eth_destination"],
    ["a group as sender", frame({ sha: BROADCAST_MAC }), "sha_not_unicast"],
    ["nobody as sender", frame({ sha: 0 }), "sha_not_unicast"],
    ["a foreign announcement", frame({ spa: VIP }), "conflict"],
    ["a foreign reply as us", frame({ op: 2, spa: VIP, tpa: CLIENT }, { dst: MAC }), "conflict"],
    ["a tagged frame", frame({}, { vlan: 7 }), "vlan"],
    ["cut off", frame().subarray(0, 30), "malformed"],
    ["no frame at all", new Uint8Array(3), "malformed"],
    [
      "IPv6",
      Uint8Array.from(frame(), (octet, index) => (index === 12 ? 0x86 : index === 13 ? 0xdd : octet)),
      "not_arp",
    ],
  ])("%s", (_name, bytes, verdict) => {
    expect(judge(bytes)).toBe(verdict);
  });

  test("in a VLAN it hears only that VLAN, and answers there", () => {
    expect(judge(frame(), 7)).toBe("vlan");
    expect(judge(frame({}, { vlan: 8 }), 7)).toBe("vlan");
    const responder = createArpResponder({ mac: MAC, vlan: 7 });
    responder.own(VIP);
    const verdict = responder.receive(frame({}, { vlan: 7 }), 0);
    expect(verdict.type === "reply" && decodeArpFrame(verdict.frame).eth.tags.map(({ vid }) => vid)).toEqual([7]);
  });

  test("one station's flood does not take the answers of others; the whole has a limit too", () => {
    const limits = { perSender: { perSecond: 1, burst: 2 }, total: { perSecond: 1, burst: 4 } };
    const responder = createArpResponder({ mac: MAC, limits });
    responder.own(VIP);
    const ask = (sha: Mac): string => {
      const verdict = responder.receive(frame({ sha }), 0);
      return verdict.type === "drop" ? verdict.reason : verdict.type;
    };
    expect([1, 1, 1, 2, 3, 4].map((station) => ask(OTHER + station * 2))).toEqual([
      "reply",
      "reply",
      "rate_sender",
      "reply",
      "reply",
      "rate_total",
    ]);
  });

  test("who asks for a watched address is heard, not answered", () => {
    const responder = createArpResponder({ mac: MAC });
    responder.watch([VIP]);
    expect(responder.receive(frame(), 0)).toEqual({ type: "overheard", address: VIP, ip: CLIENT, mac: OTHER });
    expect(responder.receive(frame({ spa: 0 }), 0)).toEqual({ type: "drop", reason: "not_owned" });
    expect(responder.owns(VIP)).toBe(false);
  });
});

describe("rivals of a probe (RFC 5227 section 2.1.1)", () => {
  const rival = (bytes: Uint8Array): unknown => probeRival(bytes, { mac: MAC }, (ip) => ip === VIP);

  test("who has the address, or probes for it too", () => {
    expect(rival(frame({ spa: VIP, tpa: CLIENT }))).toEqual({ address: VIP, mac: OTHER });
    expect(rival(frame({ spa: 0 }))).toEqual({ address: VIP, mac: OTHER });
    expect(rival(frame())).toBeUndefined();
    expect(rival(frame({ spa: 0, sha: MAC }))).toBeUndefined();
    expect(rival(frame({ spa: 0 }, { vlan: 3 }))).toBeUndefined();
    expect(rival(new Uint8Array(5))).toBeUndefined();
  });
});
