import {
  ipv6Checksum,
  ipv6ToWords,
  multicastMac,
  parseIpv6,
  parseMac,
  solicitedNodeGroup,
  typeOffset,
  type DecodeError,
  type Ipv6,
  type Mac,
} from "@vipkit/net";
import { describe, expect, test } from "vitest";
import {
  createNdpResponder,
  createOwnNonces,
  decodeNdpFrame,
  encodeDadProbe,
  encodeNdpAnnouncement,
  encodeNdpFrame,
  probeRival,
  type NdpMessage,
  type NdpOption,
} from "../../src/index.js";

const MAC = parseMac("02:00:00:00:00:01");
const OTHER = parseMac("02:00:00:00:00:02");
const VIP = parseIpv6("2001:db8::10");
const CLIENT = parseIpv6("2001:db8::99");
const GROUP = solicitedNodeGroup(VIP);
const SLLA: NdpOption = { name: "sourceLinkLayer", mac: OTHER };

interface Shape {
  readonly message?: NdpMessage;
  readonly src?: Ipv6;
  readonly dst?: Ipv6;
  readonly eth?: Mac;
  readonly from?: Mac;
}

function frame(shape: Shape = {}, change: (ip: Uint8Array) => void = () => undefined, repair = true): Uint8Array {
  const { src = CLIENT, dst = GROUP, from = OTHER } = shape;
  const message = shape.message ?? { name: "ns", target: ipv6ToWords(VIP), options: [SLLA] };
  const words = ipv6ToWords(dst);
  const bytes = encodeNdpFrame({
    eth: { dst: shape.eth ?? multicastMac(words.d), src: from },
    ip: { src: ipv6ToWords(src), dst: words },
    message,
  });
  const ip = bytes.subarray(typeOffset(bytes) + 2);
  change(ip);
  if (repair) {
    const end = 40 + ((ip[4]! << 8) | ip[5]!);
    ip[42] = ip[43] = 0;
    const checksum = ipv6Checksum(ip, 0, 40, end, 58);
    ip[42] = checksum >>> 8;
    ip[43] = checksum;
  }
  return bytes;
}

/** The first next header, and what stands at octets 0, 12 and 16 behind the IPv6 header. */
function withHeaders(first: number, ...headers: readonly (readonly number[])[]): Uint8Array {
  const places = [40, 52, 56];
  return frame({}, (ip) => {
    ip[6] = first;
    for (const [i, header] of headers.entries()) ip.set(header, places[i]);
  });
}

function codeOf(bytes: Uint8Array): string {
  try {
    return decodeNdpFrame(bytes).message.name;
  } catch (error) {
    const { code, offset, field } = error as DecodeError;
    expect(offset).toBeLessThanOrEqual(bytes.length);
    expect(field).not.toBe("");
    return code;
  }
}

const na = (solicited: boolean): NdpMessage => ({
  name: "na",
  target: ipv6ToWords(VIP),
  router: false,
  solicited,
  override: true,
  options: [],
});
const redirect = (target: string, destination: string): NdpMessage => ({
  name: "redirect",
  target: ipv6ToWords(parseIpv6(target)),
  destination: ipv6ToWords(parseIpv6(destination)),
  options: [],
});
const ROUTER = parseIpv6("fe80::1");
const RA: NdpMessage = {
  name: "ra",
  curHopLimit: 64,
  managed: false,
  other: false,
  homeAgent: false,
  preference: "medium",
  routerLifetimeSeconds: 0,
  reachableTimeMs: 0,
  retransTimerMs: 0,
  options: [],
};

describe("the rules of a receiver", () => {
  test.each<[string, Uint8Array]>([
    ["ns", frame()],
    ["eth_truncated", new Uint8Array(5)],
    ["not_ipv6", frame().map((octet, index) => (index === 12 ? 8 : index === 13 ? 0 : octet))],
    ["ipv6_truncated", frame().subarray(0, 50)],
    ["ipv6_version", frame({}, (ip) => (ip[0] = 0x40))],
    ["not_icmpv6", frame({}, (ip) => (ip[6] = 17))],
    ["extension_header", frame({}, (ip) => (ip[6] = 60))],
    ["fragmented", frame({}, (ip) => (ip[6] = 44))],
    ["fragmented", frame({}, (ip) => ((ip[6] = 0), (ip[40] = 44), (ip[41] = 0)), false)],
    // An authentication header of 12 octets, then destination options, then a fragment header.
    ["fragmented", withHeaders(51, [60, 1], [44, 0], [59, 0])],
    ["extension_header", withHeaders(50, [44, 0])],
    ["icmp_too_short", frame({}, (ip) => (ip[5] = 3), false)],
    ["icmp_too_short", frame({}, (ip) => (ip[5] = 20))],
    ["not_ndp", frame({}, (ip) => (ip[40] = 128))],
    ["hop_limit", frame({}, (ip) => (ip[7] = 254))],
    ["checksum", frame({}, (ip) => (ip[42]! ^= 1), false)],
    ["code", frame({}, (ip) => (ip[41] = 1))],
    ["option_zero_length", frame({}, (ip) => (ip[65] = 0))],
    ["option_overrun", frame({}, (ip) => (ip[65] = 2))],
    ["target_multicast", frame({}, (ip) => (ip[48] = 0xff))],
    ["dad_with_slla", frame({ src: 0n })],
    ["dad_destination", frame({ src: 0n, dst: VIP, message: { name: "ns", target: ipv6ToWords(VIP), options: [] } })],
    ["ns", encodeDadProbe({ address: VIP, mac: OTHER })],
    ["na_solicited_multicast", frame({ message: na(true), dst: parseIpv6("ff02::1") })],
    ["na", frame({ message: na(false), dst: parseIpv6("ff02::1") })],
    ["rs_unspecified_with_slla", frame({ src: 0n, message: { name: "rs", options: [SLLA] } })],
    ["rs", frame({ src: 0n, message: { name: "rs", options: [] } })],
    ["source_not_link_local", frame({ message: RA })],
    ["ra", frame({ message: RA, src: ROUTER })],
    ["source_not_link_local", frame({ message: redirect("fe80::2", "2001:db8::5") })],
    ["redirect_destination_multicast", frame({ src: ROUTER, message: redirect("fe80::2", "ff02::1") })],
    ["redirect_target", frame({ src: ROUTER, message: redirect("2001:db8::6", "2001:db8::5") })],
    ["redirect", frame({ src: ROUTER, message: redirect("2001:db8::5", "2001:db8::5") })],
  ])("%s", (code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });
});

describe("the responder", () => {
  const judge = (bytes: Uint8Array, options: Partial<Parameters<typeof createNdpResponder>[0]> = {}): string => {
    const responder = createNdpResponder({ mac: MAC, ...options });
    responder.own(VIP);
    const verdict = responder.receive(bytes, 0);
    return verdict.type === "drop" ? verdict.reason : verdict.type;
  };
  const solicit = (target: Ipv6): NdpMessage => ({ name: "ns", target: ipv6ToWords(target), options: [SLLA] });

  test.each<[string, Uint8Array, string]>([
    ["a solicitation", frame(), "reply"],
    ["a unicast one", frame({ dst: VIP, eth: MAC }), "reply"],
    ["a group in a unicast frame (RFC 6085)", frame({ eth: MAC }), "reply"],
    ["to all nodes", frame({ dst: parseIpv6("ff02::1") }), "reply"],
    [
      "without a source link-layer address",
      frame({ message: { name: "ns", target: ipv6ToWords(VIP), options: [] } }),
      "reply",
    ],
    ["duplicate address detection", encodeDadProbe({ address: VIP, mac: OTHER }), "reply"],
    ["for another address", frame({ message: solicit(VIP + 1n), dst: solicitedNodeGroup(VIP + 1n) }), "not_owned"],
    ["in a group of others", frame({ dst: solicitedNodeGroup(VIP + 1n) }), "ip_destination"],
    ["in another station's frame", frame({ eth: OTHER }), "eth_destination"],
    ["our own", frame({ from: MAC }), "own_frame"],
    ["from a group", frame({ from: parseMac("03:00:00:00:00:01") }), "sha_not_unicast"],
    ["a router advertisement", frame({ message: RA, src: ROUTER }), "not_solicitation"],
    ["an advertisement of another address", encodeNdpAnnouncement({ address: CLIENT, mac: OTHER }), "not_solicitation"],
    ["a foreign advertisement of ours", encodeNdpAnnouncement({ address: VIP, mac: OTHER }), "conflict"],
    ["a solicitation from our address", frame({ src: VIP }), "conflict"],
    ["an echo request", frame({}, (ip) => (ip[40] = 128)), "not_solicitation"],
    ["a wrong checksum", frame({}, (ip) => (ip[42]! ^= 1), false), "malformed"],
    ["a tagged frame", encodeNdpAnnouncement({ address: VIP, mac: OTHER, vlan: 3 }), "vlan"],
    ["nothing", new Uint8Array(0), "malformed"],
  ])("%s", (_name, bytes, verdict) => {
    expect(judge(bytes)).toBe(verdict);
  });

  test("anycast: no Override, a delay, and others may speak too", () => {
    const responder = createNdpResponder({ mac: MAC, anycast: true, router: true });
    responder.own(VIP);
    const verdict = responder.receive(frame(), 0);
    expect(verdict).toMatchObject({ type: "reply", delayMs: 1000 });
    expect(verdict.type === "reply" && decodeNdpFrame(verdict.frame).message).toMatchObject({
      override: false,
      router: true,
    });
    expect(judge(encodeNdpAnnouncement({ address: VIP, mac: OTHER }), { anycast: true })).toBe("not_solicitation");
  });

  test("a nonce of ours is our own probe come back (RFC 7527)", () => {
    const nonces = createOwnNonces(() => 0.25);
    const probe = encodeDadProbe({ address: VIP, mac: OTHER, nonce: nonces.next() });
    expect(judge(probe, { nonces })).toBe("own_frame");
    expect(judge(probe)).toBe("reply");
    const station = { mac: MAC, nonces };
    expect(probeRival(probe, station, () => true)).toBeUndefined();
    expect(probeRival(probe, { mac: MAC }, () => true)).toEqual({ address: VIP, mac: OTHER });
    expect(probeRival(frame(), { mac: MAC }, () => true)).toBeUndefined();
  });

  test("who asks for a watched address is heard; the link-local address may be asked at", () => {
    const responder = createNdpResponder({ mac: MAC, linkLocal: ROUTER });
    responder.watch([VIP]);
    expect(responder.receive(frame(), 0)).toEqual({ type: "overheard", address: VIP, ip: CLIENT, mac: OTHER });
    responder.own(VIP);
    expect(responder.receive(frame({ dst: ROUTER, eth: MAC }), 0).type).toBe("reply");
    responder.disown(VIP);
    expect(responder.owns(VIP)).toBe(false);
    expect(responder.linkLocal).toBe(ROUTER);
  });
});
