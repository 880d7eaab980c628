/**
 * What is fuzzed. A target names the packages it needs and gives, from their public names, the function that must return or
 * throw a DecodeError for any octets (anything else is a finding), seeds in hexadecimal, a dictionary of octets that mean
 * something, and, where random changes would never get past a checksum, a `repair` that puts it right.
 */

import { bfdTargets } from "./fuzz-bfd.mjs";
import { bgpTargets } from "./fuzz-bgp.mjs";
import { filterTarget, linkTargets } from "./fuzz-link.mjs";

const FRAME_WORDS = [
  "0806",
  "86dd",
  "8100",
  "88a8",
  "05dc",
  "0600",
  "aaaa03000000",
  "ffffffffffff",
  "3333",
  "00010800060400",
];
const ARP_SEED = "ffffffffffff02000000000208060001080006040001020000000002c0000201000000000000c000020a";
const TAGGED = `${ARP_SEED.slice(0, 24)}81006007${ARP_SEED.slice(24)}`;
const NS_SEED =
  "3333ff0000100200000000028" +
  "6dd6000000000203aff20010db8000000000000000000000099ff0200000000000000000001ff0000108700" +
  "00000000000020010db80000000000000000000000100101020000000002";
const RA_HEAD =
  "333300000001020000000002" +
  "86dd60000000PPPP3afffe800000000000000000000000000001ff0200000000000000000000000000018600" +
  "000040c0070800000bb8000003e8";
const RA_OPTIONS = [
  "0101020000000002",
  "030440e0000002580000012c0000000020010db8000000000000000000000000",
  "05010000000005dc",
  "0e01010203040506",
  "180340080000070820010db8000000000000000000000000",
  "1903000000000708" + "20010db8000000000000000000000053",
  "1a010000000000000".slice(0, 16),
  "1f03000000000708076578616d706c65036e657400000000",
  "250468747470733a2f2f706f7274616c2e6578616d706c652f00000000000000",
  "260207080064ff9b0000000000000000",
  "0403000000000000aabbccddeeff00112233445566778899",
];
const RA_SEEDS = [RA_OPTIONS.join(""), ...RA_OPTIONS].map((options) =>
  (RA_HEAD + options).replace("PPPP", (16 + options.length / 2).toString(16).padStart(4, "0")),
);

function repairIcmpv6({ net }, frame) {
  const type = net.typeOffset(frame);
  const ip = type + 2;
  const icmp = ip + 40;
  if (type < 0 || frame.length < icmp + 4) return;
  const length = (frame[ip + 4] << 8) | frame[ip + 5];
  if (length < 4 || icmp + length > frame.length) return;
  frame[icmp + 2] = 0;
  frame[icmp + 3] = 0;
  const checksum = net.ipv6Checksum(frame, ip, icmp, icmp + length, 58);
  frame[icmp + 2] = checksum >>> 8;
  frame[icmp + 3] = checksum;
}

function text(value) {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === "bigint" ? `${inner}n` : inner instanceof Uint8Array ? Array.from(inner) : inner,
  );
}

/** What was decoded, written and read again must say the same. */
function roundTrip(decoded, encode, decode, parts) {
  const again = decode(encode(decoded));
  for (const part of parts) {
    if (text(again[part]) !== text(decoded[part])) throw new Error(`${part} changes on a round trip`);
  }
}

const OPTION_WORDS = ["0101", "0201", "0304", "0501", "0e01", "1803", "1903", "1a01", "1f03", "2504", "2602"];
const TYPE_WORDS = ["8500", "8600", "8700", "8800", "8900"];

/** Text in, value out, and the same value again from its canonical text; or a ParseError. */
const READERS = [
  ["parseIp", "formatIp"],
  ["parseScopedIp", "formatScopedIp"],
  ["parsePrefix", "formatPrefix"],
  ["parseRange", "formatRange"],
  ["parseMac", "formatMac"],
  ["fromHex", "toHex"],
];

function readText({ net }, bytes) {
  const written = String.fromCharCode(...bytes);
  for (const [parse, format] of READERS) {
    let value;
    try {
      value = net[parse](written);
    } catch (error) {
      if (error?.name !== "ParseError") throw error;
      continue;
    }
    const canonical = net[format](value);
    if (text(net[parse](canonical)) !== text(value)) throw new Error(`${parse} reads ${canonical} as something else`);
    if (parse === "parseRange" && net.rangeToPrefixes(value).length > 254) throw new Error("too many prefixes");
  }
}

const fromText = (written) =>
  Array.from(written, (letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");

export const targets = {
  ethernet: {
    packages: ["net"],
    seeds: [
      ARP_SEED,
      TAGGED,
      "ffffffffffff0200000000020008aaaa030000000806",
      `${ARP_SEED.slice(0, 24)}88a80001${TAGGED.slice(24)}`,
    ],
    words: FRAME_WORDS,
    run: ({ net }, bytes) => {
      const header = net.decodeEthernet(bytes);
      if (header.payloadOffset > bytes.length) throw new Error("the payload starts behind the frame");
    },
  },
  arp: {
    packages: ["net", "arp"],
    seeds: [ARP_SEED, TAGGED],
    words: FRAME_WORDS,
    run: ({ arp }, bytes) =>
      roundTrip(arp.decodeArpFrame(bytes), arp.encodeArpFrame, arp.decodeArpFrame, ["arp", "kind"]),
  },
  ndp: {
    packages: ["net", "ndp"],
    seeds: [NS_SEED, ...RA_SEEDS],
    words: [...FRAME_WORDS, "3aff", "fe80", "ff02", ...OPTION_WORDS, ...TYPE_WORDS],
    repair: repairIcmpv6,
    run: ({ ndp }, bytes) =>
      roundTrip(ndp.decodeNdpFrame(bytes), ndp.encodeNdpFrame, ndp.decodeNdpFrame, ["ip", "message"]),
  },
  "ndp-message": {
    packages: ["net", "ndp"],
    seeds: [NS_SEED, ...RA_SEEDS].map((frame) => frame.slice(108)),
    words: ["fe80", "ff02", ...OPTION_WORDS, ...TYPE_WORDS],
    run: ({ ndp }, bytes) => {
      const message = ndp.decodeNdpMessage(bytes);
      const octets = ndp.lengthOfNdpMessage(message);
      if (octets !== bytes.length) throw new Error(`${octets} octets of ${bytes.length} are accounted for`);
    },
  },
  "address-text": {
    packages: ["net"],
    seeds: [
      "192.0.2.1-192.0.2.9",
      "fe80::1%eth0",
      "2001:db8::/32",
      "::ffff:192.0.2.1",
      "02:00:00:00:00:01",
      "c0ffee",
    ].map(fromText),
    words: ["::", ":", ".", "-", "/", "%", "0", "255", "ffff", "1.2.3.4", " ", "/128", "/33"].map(fromText),
    run: readText,
  },
  "arp-responder": {
    packages: ["net", "arp"],
    seeds: [ARP_SEED, TAGGED],
    words: [...FRAME_WORDS, "c000020a", "020000000001"],
    run: ({ arp }, bytes) => {
      for (const vlan of [undefined, 7]) {
        const responder = arp.createArpResponder({ mac: 0x0200_0000_0001, vlan, limits: { senders: 4 } });
        responder.own(0xc000_020a);
        const verdict = responder.receive(bytes, 0);
        if (verdict.type === "reply") arp.decodeArpFrame(verdict.frame);
        arp.probeRival(bytes, { mac: 0x0200_0000_0001, vlan }, () => true);
      }
    },
  },
  "ndp-responder": {
    packages: ["net", "ndp"],
    seeds: [NS_SEED, NS_SEED.replace("8700", "8800")],
    words: [...FRAME_WORDS, "3aff", "ff02", "0101", "0e01", "8700", "8800", "20010db8000000000000000000000010"],
    repair: repairIcmpv6,
    run: ({ ndp }, bytes) => {
      for (const anycast of [false, true]) {
        const responder = ndp.createNdpResponder({ mac: 0x0200_0000_0001, anycast, limits: { senders: 4 } });
        responder.own(0x2001_0db8_0000_0000_0000_0000_0000_0010n);
        const verdict = responder.receive(bytes, 0);
        if (verdict.type === "reply") ndp.decodeNdpFrame(verdict.frame);
        ndp.probeRival(bytes, { mac: 0x0200_0000_0001 }, () => true);
      }
    },
  },
  "frame-filter": filterTarget(
    [ARP_SEED, TAGGED, NS_SEED, NS_SEED.replace("8700", "8800")],
    [...FRAME_WORDS, "c000020a", "3aff", "ff02", "8700", "8800", "20010db8000000000000000000000010", "fe80"],
    repairIcmpv6,
  ),
  ...linkTargets,
  ...bfdTargets,
  ...bgpTargets,
};
