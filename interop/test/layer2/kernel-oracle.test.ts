import { createArpResponder, decodeArpFrame, encodeArpFrame } from "@vipkit/arp";
import { openLink, type LinuxFrameLink } from "@vipkit/link/node";
import { createNdpResponder, decodeNdpFrame, encodeDadProbe, encodeNdpFrame, type NdpOption } from "@vipkit/ndp";
import {
  BROADCAST_MAC,
  DecodeError,
  formatIp,
  formatMac,
  ipv6FromWords,
  ipv6ToWords,
  multicastMac,
  parseIpv4,
  parseIpv6,
  parseMac,
  readMac,
  solicitedNodeGroup,
  type Ipv6,
  type Mac,
} from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";
import { repairChecksum } from "./random-frames.js";

const VIP4 = parseIpv4("192.0.2.10");
const VIP6 = parseIpv6("2001:db8::10");
const ASKER4 = parseIpv4("192.0.2.99");
const ASKER6 = parseIpv6("2001:db8::99");
/** Asks after every question: its answer says that the kernel is done with the question. */
const MARKER4 = parseIpv4("192.0.2.98");
const KERNEL_MAC = parseMac("02:00:00:00:00:4b");
const ASKER_MAC = parseMac("02:00:00:00:00:99");
const THIRD_MAC = parseMac("02:00:00:00:00:33");

interface Question {
  readonly name: string;
  readonly frame: Uint8Array;
  /** Why we differ from the kernel, where we do. */
  readonly deliberate?: string;
}

function arp(
  name: string,
  fields: Partial<Parameters<typeof encodeArpFrame>[0]["arp"] & { dst: Mac; src: Mac }> = {},
  deliberate?: string,
): Question {
  const { dst = BROADCAST_MAC, src = ASKER_MAC, ...rest } = fields;
  const frame = encodeArpFrame({
    eth: { dst, src },
    arp: { op: 1, sha: ASKER_MAC, spa: ASKER4, tha: 0, tpa: VIP4, ...rest },
  });
  return { name, frame, ...(deliberate === undefined ? {} : { deliberate }) };
}

function patched(question: Question, name: string, change: (frame: Uint8Array) => void, repair = false): Question {
  const frame = question.frame.slice();
  change(frame);
  if (repair) repairChecksum(frame);
  return { name, frame };
}

interface Solicitation {
  readonly target?: Ipv6;
  readonly src?: Ipv6;
  readonly ip?: Ipv6;
  readonly dst?: Mac;
  readonly options?: readonly NdpOption[];
}

const SLLA: NdpOption = { name: "sourceLinkLayer", mac: ASKER_MAC };

function ns(name: string, asked: Solicitation = {}, deliberate?: string): Question {
  const { target = VIP6, src = ASKER6, ip = solicitedNodeGroup(target), options = [SLLA] } = asked;
  const words = ipv6ToWords(ip);
  const { dst = multicastMac(words.d) } = asked;
  const frame = encodeNdpFrame({
    eth: { dst, src: ASKER_MAC },
    ip: { src: ipv6ToWords(src), dst: words },
    message: { name: "ns", target: ipv6ToWords(target), options },
  });
  return { name, frame, ...(deliberate === undefined ? {} : { deliberate }) };
}

const UNICAST = { ip: VIP6, dst: KERNEL_MAC } as const;
const LINUX_OMITS =
  "a unicast solicitation is answered with the target link-layer address too (RFC 4861 section 7.2.4: SHOULD); Linux leaves it out";

const QUESTIONS: readonly Question[] = [
  arp("ARP request"),
  arp("ARP request, unicast", { dst: KERNEL_MAC }),
  arp("ARP request for the station named in tha", { tha: KERNEL_MAC }),
  arp("ARP probe", { spa: 0 }),
  arp("ARP request for another address", { tpa: VIP4 + 1 }),
  arp("ARP announcement of another address", { spa: ASKER4, tpa: ASKER4 }),
  arp("ARP reply", { op: 2, tha: KERNEL_MAC }),
  arp("RARP request", { op: 3 }),
  arp("InARP request", { op: 8 }),
  arp("ARP request whose sender is not the Ethernet source", { sha: THIRD_MAC }),
  arp("ARP request for another station's eyes", { dst: THIRD_MAC }),
  arp(
    "ARP request in a multicast frame",
    { dst: parseMac("01:00:5e:00:00:01") },
    "a question comes to everybody or to us (section 4 of the facts); Linux takes any group",
  ),
  arp(
    "ARP request of a sender with the broadcast address",
    { sha: BROADCAST_MAC },
    "an answer to ff:ff:ff:ff:ff:ff would go to everybody; Linux sends it",
  ),
  arp(
    "ARP request of a sender with a group address",
    { sha: parseMac("01:00:5e:00:00:01") },
    "an answer to a group would go to many; Linux sends it",
  ),
  {
    ...patched(arp(""), "ARP over another hardware type", (frame) => void (frame[15] = 6)),
    deliberate: "on Ethernet the hardware type is 1 (RFC 826); Linux takes 6 (IEEE 802 networks) for the same",
  },
  patched(arp(""), "ARP for another protocol", (frame) => void (frame[16] = 0x86)),
  patched(arp(""), "ARP with another hardware address length", (frame) => void (frame[18] = 8)),
  patched(arp(""), "ARP with another protocol address length", (frame) => void (frame[19] = 16)),
  { name: "ARP cut off", frame: arp("").frame.slice(0, 38) },
  ns("solicitation"),
  ns("solicitation without source link-layer address", { options: [] }),
  ns("solicitation, unicast", UNICAST, LINUX_OMITS),
  ns("solicitation, unicast, without source link-layer address", { ...UNICAST, options: [] }, LINUX_OMITS),
  ns("solicitation with a nonce", { options: [SLLA, { name: "nonce", nonce: new Uint8Array(6).fill(7) }] }),
  ns("solicitation for another address", { target: VIP6 + 1n }),
  ns("solicitation in the group, in a unicast frame (RFC 6085)", { dst: KERNEL_MAC }),
  ns("solicitation to all nodes", { ip: parseIpv6("ff02::1") }),
  ns("solicitation for another station's eyes", { ip: VIP6, dst: THIRD_MAC }),
  { name: "duplicate address detection", frame: encodeDadProbe({ address: VIP6, mac: ASKER_MAC }) },
  {
    name: "enhanced duplicate address detection",
    frame: encodeDadProbe({ address: VIP6, mac: ASKER_MAC, nonce: new Uint8Array(6).fill(9) }),
  },
  ns("duplicate address detection with a source link-layer address", { src: 0n }),
  ns("duplicate address detection to the address itself", { src: 0n, ...UNICAST, options: [] }),
  ns("solicitation for a group", { target: parseIpv6("ff02::1:ff00:10"), ip: solicitedNodeGroup(VIP6) }),
  patched(ns(""), "solicitation from afar", (frame) => void (frame[21] = 64)),
  patched(ns(""), "solicitation with a wrong checksum", (frame) => void (frame[56]! ^= 1)),
  patched(ns(""), "solicitation with a code", (frame) => void (frame[55] = 1), true),
  patched(ns(""), "solicitation with an option of length 0", (frame) => void (frame[79] = 0), true),
  patched(ns(""), "solicitation with an option too long", (frame) => void (frame[79] = 3), true),
  patched(ns(""), "solicitation with reserved bits", (frame) => void (frame[58] = 0xff), true),
];

const mac = (value: Mac): string => (value === KERNEL_MAC ? "owner" : formatMac(value));

function describeReply(frame: Uint8Array): object | undefined {
  const { eth, arp: packet } = decodeArpFrame(frame);
  const { op, sha, spa, tha, tpa } = packet;
  if (op !== 2 || tpa === MARKER4) return undefined;
  const addresses = { sha: mac(sha), spa: formatIp(spa), tha: mac(tha), tpa: formatIp(tpa) };
  return { dst: mac(eth.dst), src: mac(eth.src), op, ...addresses };
}

function describeAdvertisement(frame: Uint8Array): object | undefined {
  const { eth, ip, message } = decodeNdpFrame(frame);
  if (message.name !== "na") return undefined;
  const { router, solicited, override, options } = message;
  return {
    dst: mac(eth.dst),
    src: mac(eth.src),
    from: formatIp(ipv6FromWords(ip.src)),
    to: formatIp(ipv6FromWords(ip.dst)),
    target: formatIp(ipv6FromWords(message.target)),
    flags: { router, solicited, override },
    options: options.map((option) => ("mac" in option ? [option.name, mac(option.mac)] : [option.name])),
  };
}

/** An answer with our or the kernel's MAC taken out of it; undefined for everything else, such as group reports. */
function describeAnswer(frame: Uint8Array): object | undefined {
  for (const describe of [describeReply, describeAdvertisement]) {
    try {
      return describe(frame);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  return undefined;
}

function ourAnswers(frame: Uint8Array): object[] {
  const arpResponder = createArpResponder({ mac: KERNEL_MAC });
  arpResponder.own(VIP4);
  const ndpResponder = createNdpResponder({ mac: KERNEL_MAC });
  ndpResponder.own(VIP6);
  return [arpResponder.receive(frame, 0), ndpResponder.receive(frame, 0)]
    .flatMap((verdict) => (verdict.type === "reply" ? [verdict.frame] : []))
    .flatMap((answer) => describeAnswer(answer) ?? []);
}

needs({ namespaces: true }).describe("the responders beside a Linux kernel that owns the same addresses", () => {
  let lab: Lab;
  let asker: LabNode;
  let link: LinuxFrameLink;
  const heard: Uint8Array[] = [];

  beforeAll(async () => {
    lab = createLab();
    asker = lab.addNode("asker", []);
    const kernel = lab.addNode("kernel", []);
    asker.run("ip", "link", "set", "eth0", "address", formatMac(ASKER_MAC), "promisc", "on");
    kernel.run("ip", "link", "set", "eth0", "address", formatMac(KERNEL_MAC));
    kernel.run("ip", "addr", "add", `${formatIp(VIP4)}/24`, "dev", "eth0");
    kernel.run("ip", "addr", "add", `${formatIp(VIP6)}/64`, "dev", "eth0", "nodad");
    // The kernel knows who asks: it would have to ask back where a solicitation does not say.
    const known = ["lladdr", formatMac(ASKER_MAC), "nud", "permanent", "dev", "eth0"];
    kernel.run("ip", "neigh", "add", formatIp(ASKER6), ...known);
    link = await openLink("eth0", { namespace: asker.namespace, promiscuous: true, allMulticast: true });
    link.onFrame((frame) => heard.push(frame.slice()));
    await until(() => link.up, { what: "the link" });
  });
  afterAll(async () => {
    link.close();
    await lab.close();
  });

  const isMarker = (frame: Uint8Array): boolean => {
    try {
      const { arp: packet } = decodeArpFrame(frame);
      return packet.op === 2 && packet.tpa === MARKER4;
    } catch {
      return false;
    }
  };
  const kernelAnswers = async (frame: Uint8Array): Promise<object[]> => {
    heard.length = 0;
    link.send(frame);
    link.send(
      encodeArpFrame({
        eth: { dst: BROADCAST_MAC, src: ASKER_MAC },
        arp: { op: 1, sha: ASKER_MAC, spa: MARKER4, tha: 0, tpa: VIP4 },
      }),
    );
    await until(() => heard.some(isMarker), { what: "the marker's answer", everyMs: 2 });
    return heard
      .filter((answer) => readMac(answer, 6) === KERNEL_MAC)
      .flatMap((answer) => describeAnswer(answer) ?? []);
  };
  for (const { name, frame, deliberate } of QUESTIONS) {
    test(deliberate === undefined ? name : `${name}: differs, because ${deliberate}`, async () => {
      const kernel = await kernelAnswers(frame);
      if (deliberate === undefined) expect(ourAnswers(frame)).toEqual(kernel);
      else expect(ourAnswers(frame)).not.toEqual(kernel);
    });
  }
});
