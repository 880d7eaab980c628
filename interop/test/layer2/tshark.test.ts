import { decodeArpFrame } from "@vipkit/arp";
import { decodeNdpFrame, NDP_TYPES, optionType, type NdpFrame } from "@vipkit/ndp";
import { DecodeError, formatIpv4, formatIpv6, formatMac, ipv6FromWords, toHex } from "@vipkit/net";
import { needs } from "@vipkit/test-support";
import { expect, test } from "vitest";
import { dice, mutate, randomArpFrame, randomNdpFrame, seeded } from "./random-frames.js";
import { dissect, type Dissection } from "./tshark.js";

const SEED = Number(process.env.VIPKIT_SEED ?? 20260101);
const COUNT = 6000;
const FIRST = /^[^,]*/;

function first(field: string): string {
  return FIRST.exec(field)![0];
}

/** What tshark must have found where we refuse. The rest of the codes are about rules that tshark does not check. */
const REFUSED: Readonly<Record<string, (seen: Dissection) => boolean>> = {
  arp_htype: (seen) => seen["arp.hw.type"] !== "1",
  arp_ptype: (seen) => seen["arp.proto.type"] !== "0x0800",
  arp_hlen: (seen) => seen["arp.hw.size"] !== "6",
  arp_plen: (seen) => seen["arp.proto.size"] !== "4",
  arp_truncated: (seen) => seen["_ws.malformed"] !== "",
  ipv6_version: (seen) => first(seen["ipv6.version"]) !== "6",
  not_icmpv6: (seen) => first(seen["ipv6.nxt"]) !== "58",
  extension_header: (seen) => first(seen["ipv6.nxt"]) !== "58",
  fragmented: (seen) => seen["frame.protocols"].includes("ipv6") && first(seen["ipv6.nxt"]) !== "58",
  not_ndp: (seen) => !/^13[3-7]/.test(seen["icmpv6.type"]),
  hop_limit: (seen) => first(seen["ipv6.hlim"]) !== "255",
  checksum: (seen) => first(seen["icmpv6.checksum.status"]) === "0",
  code: (seen) => first(seen["icmpv6.code"]) !== "0",
  option_zero_length: (seen) => seen["_ws.malformed"] !== "",
  target_multicast: (seen) =>
    (seen["icmpv6.nd.ns.target_address"] + seen["icmpv6.nd.na.target_address"]).startsWith("ff"),
  source_not_link_local: (seen) => !/^fe[89ab]/.test(seen["ipv6.src"]),
  na_solicited_multicast: (seen) => seen["ipv6.dst"].startsWith("ff") && seen["icmpv6.nd.na.flag.s"] === "1",
};

function agreeOnArp(frame: Uint8Array, seen: Dissection): void {
  const { arp, eth } = decodeArpFrame(frame);
  expect({
    op: String(arp.op),
    sha: formatMac(arp.sha),
    spa: formatIpv4(arp.spa),
    tha: formatMac(arp.tha),
    tpa: formatIpv4(arp.tpa),
    vlan: eth.tags.map(({ vid }) => vid).join(","),
  }).toEqual({
    op: seen["arp.opcode"],
    sha: seen["arp.src.hw_mac"],
    spa: seen["arp.src.proto_ipv4"],
    tha: seen["arp.dst.hw_mac"],
    tpa: seen["arp.dst.proto_ipv4"],
    vlan: seen["vlan.id"],
  });
}

/** tshark goes on into what an option carries, and calls the frame malformed for what it finds there. */
function hasOpaqueContent({ message }: NdpFrame): boolean {
  return message.options.some(({ name }) =>
    ["malformed", "unknown", "redirectedHeader", "dnssl", "nonce", "captivePortal"].includes(name),
  );
}

function agreeOnNdp(frame: Uint8Array, seen: Dissection): void {
  const decoded = decodeNdpFrame(frame);
  const { message, ip } = decoded;
  expect(first(seen["icmpv6.checksum.status"])).toBe("1");
  expect(first(seen["icmpv6.type"])).toBe(String(NDP_TYPES[message.name]));
  expect(formatIpv6(ipv6FromWords(ip.src))).toBe(first(seen["ipv6.src"]));
  expect(formatIpv6(ipv6FromWords(ip.dst))).toBe(first(seen["ipv6.dst"]));
  if ("target" in message) {
    const field =
      message.name === "redirect"
        ? "icmpv6.nd.rd.target_address"
        : (`icmpv6.nd.${message.name}.target_address` as const);
    expect(formatIpv6(ipv6FromWords(message.target))).toBe(first(seen[field]));
  }
  if (message.name === "na") {
    const flags = [message.router, message.solicited, message.override].map(Number).map(String);
    const theirs = (["r", "s", "o"] as const).map((flag) => first(seen[`icmpv6.nd.na.flag.${flag}`]));
    expect(flags).toEqual(theirs);
  }
  if (seen["_ws.malformed"] !== "") {
    expect(hasOpaqueContent(decoded)).toBe(true);
    return;
  }
  const options = message.options.map((option) => ({ type: optionType(option), length: option.length }));
  // The packet inside a redirected header may have options of its own: ours come first.
  const types = seen["icmpv6.opt.type"].split(",").slice(0, options.length).join(",");
  expect(options.map(({ type }) => type).join(",")).toBe(types);
}

function agree(frame: Uint8Array, seen: Dissection): string {
  const isArp = seen["frame.protocols"].includes("arp");
  try {
    if (isArp) agreeOnArp(frame, seen);
    else agreeOnNdp(frame, seen);
    return "accepted";
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const holds = REFUSED[error.code];
    if (holds !== undefined) expect(holds(seen), `${error.code} ${JSON.stringify(seen)}`).toBe(true);
    return error.code;
  }
}

needs({ commands: ["tshark"] }).describe(`random and mutated frames (seed ${SEED})`, () => {
  test("tshark finds in them what we find, and refuses for the same reason", () => {
    const roll = dice(seeded(SEED));
    const frames = Array.from({ length: COUNT }, (_, index) => {
      const frame = index % 3 === 0 ? randomArpFrame(roll) : randomNdpFrame(roll);
      return index % 2 === 0 ? mutate(frame, roll) : frame;
    });
    const tally = new Map<string, number>();
    const dissections = dissect(frames);
    expect(dissections).toHaveLength(COUNT);
    dissections.forEach((seen, index) => {
      const frame = frames[index]!;
      try {
        const verdict = agree(frame, seen);
        tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
      } catch (error) {
        throw new Error(`frame ${index}: ${toHex(frame)}`, { cause: error });
      }
    });
    // Both sides of the line were visited.
    expect(tally.get("accepted")).toBeGreaterThan(COUNT / 2);
    expect(tally.size).toBeGreaterThan(15);
  });
});
