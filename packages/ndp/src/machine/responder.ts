import {
  createResponderBook,
  ethernetFault,
  Ipv6Table,
  isGroupMac,
  isInVlan,
  multicastMac,
  readIpv4,
  readIpv6,
  readIpv6Words,
  readMac,
  typeOffset,
  vlanTags,
  writeIpv6,
  type Ipv6,
  type Mac,
  type Millis,
  type ResponderLimits,
  type SpeakerCounters,
  type SpeakerResponder,
  type Verdict,
} from "@vipkit/net";
import { ALL_NODES } from "../wire/announcement.js";
import { lengthOfNdpFrame, writeNdpFrame, type NdpFrameFields } from "../wire/encode.js";
import { ndpFault } from "../wire/fault.js";
import { NDP_TYPES } from "../wire/message.js";
import { findOption } from "../wire/message-fault.js";
import { NDP_OPTION_TYPES } from "../wire/option.js";
import type { OwnNonces } from "./own-nonces.js";

/** Why a frame was not answered. */
export const NDP_DROPS = [
  "malformed",
  "vlan",
  "own_frame",
  "eth_destination",
  "ip_destination",
  "sha_not_unicast",
  "conflict",
  "not_solicitation",
  "not_owned",
  "rate_sender",
  "rate_total",
] as const;
export type NdpDrop = (typeof NDP_DROPS)[number];

export interface NdpResponderOptions {
  readonly mac: Mac;
  /** Answers only frames with exactly this 802.1Q tag; without it, only untagged frames. */
  readonly vlan?: number | undefined;
  /** The interface's own link-local address: solicitations may be sent to it. */
  readonly linkLocal?: Ipv6 | undefined;
  /** The Router flag of answers. */
  readonly router?: boolean | undefined;
  /** The addresses are anycast: answers come without Override, after a random delay, and others may speak as them. */
  readonly anycast?: boolean | undefined;
  readonly limits?: Partial<ResponderLimits> | undefined;
  /** 32 bits that outsiders cannot guess, for the table of askers. */
  readonly seed?: number | undefined;
  /** Solicitations with one of these nonces are our own (RFC 7527). */
  readonly nonces?: OwnNonces | undefined;
}

export interface NdpCounters extends SpeakerCounters {
  readonly received: number;
  readonly answered: number;
  readonly dropped: Readonly<Record<NdpDrop, number>>;
}

/** What becomes of a frame; a dropped one says why. */
export type NdpVerdict =
  | Exclude<Verdict<Ipv6>, { readonly type: "drop" }>
  | { readonly type: "drop"; readonly reason: Exclude<NdpDrop, "conflict"> };

export interface NdpResponder extends SpeakerResponder<Ipv6> {
  /** The address that answers carry; assign when the interface's changes. */
  mac: Mac;
  linkLocal: Ipv6 | undefined;
  /** Answer for this address from now on; the cost of a frame does not depend on how many there are. */
  own(address: Ipv6): void;
  disown(address: Ipv6): void;
  owns(address: Ipv6): boolean;
  /** Addresses whose askers are reported and not answered. */
  watch(addresses: Iterable<Ipv6>): void;
  /** Judges a received frame. Frames about others cost no memory. An answer's bytes are good until the next call. */
  receive(frame: Uint8Array, now: Millis): NdpVerdict;
  /** Frames judged, frames answered, frames dropped by reason, since the start. */
  readonly counters: NdpCounters;
}

/** RFC 4861 section 10: MAX_ANYCAST_DELAY_TIME. */
const MAX_ANYCAST_DELAY_MS = 1000;

const NOT_NEIGHBOUR: ReadonlySet<string> = new Set(["not_ipv6", "not_icmpv6", "not_ndp"]);

/** Ours, or the group of the IPv6 destination (RFC 2464 section 7). A group in a unicast frame is fine (RFC 6085). */
function isForUs(frame: Uint8Array, ip: number, mac: Mac): boolean {
  const dst = readMac(frame, 0);
  return dst === mac || (frame[ip + 24] === 0xff && dst === multicastMac(readIpv4(frame, ip + 36)));
}

function isUnspecified(frame: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 16; i += 1) if (frame[i] !== 0) return false;
  return true;
}

/** A solicitation's destination group: that of the target, or all nodes. */
function isAskedInGroup(frame: Uint8Array, ip: number): boolean {
  const dst = ip + 24;
  if (frame[dst + 1] !== 0x02) return false;
  for (let i = dst + 2; i < dst + 11; i += 1) if (frame[i] !== 0) return false;
  const last = readIpv4(frame, dst + 12);
  if (frame[dst + 11] === 0) return last === 1;
  return frame[dst + 11] === 1 && last === (0xff00_0000 | (readIpv4(frame, ip + 60) & 0xff_ffff)) >>> 0;
}

/** Answers solicitations for owned addresses (RFC 4861 sections 7.2.3 and 7.2.4), probes included (RFC 4862 section 5.4.3). */
export function createNdpResponder(options: NdpResponderOptions): NdpResponder {
  const { vlan, router = false, anycast = false, nonces } = options;
  const { limits, seed } = options;
  const { counters, drop, refusal } = createResponderBook<NdpDrop>({ reasons: NDP_DROPS, limits, seed });
  const tags = vlanTags(vlan);
  const owned = new Ipv6Table<Ipv6>();
  const watched = new Ipv6Table<Ipv6>();
  const linkLocal = new Uint8Array(16);
  let kept: Uint8Array | undefined;

  const conflict = (frame: Uint8Array, address: Ipv6): NdpVerdict => {
    drop("conflict");
    return { type: "conflict", address, mac: readMac(frame, 6) };
  };
  const isLinkLocal = (frame: Uint8Array, at: number): boolean => {
    if (linkLocal[0] === 0) return false;
    for (let i = 0; i < 16; i += 1) if (frame[at + i] !== linkLocal[i]) return false;
    return true;
  };
  const isAsked = (frame: Uint8Array, ip: number): boolean =>
    frame[ip + 24] === 0xff
      ? isAskedInGroup(frame, ip)
      : owned.find(frame, ip + 24) !== undefined || isLinkLocal(frame, ip + 24);
  const isOwnNonce = (frame: Uint8Array, icmp: number, end: number): boolean => {
    const at = nonces === undefined ? -1 : findOption(frame, icmp + 24, end, NDP_OPTION_TYPES.nonce);
    return at >= 0 && nonces!.has(frame.subarray(at + 2, at + frame[at + 1]! * 8));
  };
  /** The asker's link-layer address: from its option, else of the frame (RFC 4861 section 7.2.4). */
  const askerOf = (frame: Uint8Array, icmp: number, end: number): Mac => {
    const at = findOption(frame, icmp + 24, end, NDP_OPTION_TYPES.sourceLinkLayer);
    return at >= 0 && frame[at + 1] === 1 ? readMac(frame, at + 2) : readMac(frame, 6);
  };
  const answer = (frame: Uint8Array, ip: number, address: Ipv6, asker: Mac): NdpVerdict => {
    const { mac } = responder;
    const target = readIpv6Words(frame, ip + 48);
    // Nobody can be told alone who has no address yet: all nodes hear it, unsolicited (RFC 4861 section 7.2.4).
    const probe = isUnspecified(frame, ip + 8);
    counters.answered += 1;
    const answered: NdpFrameFields = {
      eth: { dst: probe ? multicastMac(ALL_NODES.d) : asker, src: mac, tags },
      ip: { src: target, dst: probe ? ALL_NODES : readIpv6Words(frame, ip + 8) },
      message: {
        name: "na",
        target,
        router,
        solicited: !probe,
        override: !anycast,
        options: [{ name: "targetLinkLayer", mac }],
      },
    };
    // All answers have one length and are written into one buffer: a new one would cost more than everything else here.
    kept ??= new Uint8Array(lengthOfNdpFrame(answered));
    writeNdpFrame(kept, answered);
    return {
      type: "reply",
      frame: kept,
      address,
      ip: probe ? undefined : readIpv6(frame, ip + 8),
      mac: asker,
      delayMs: anycast ? MAX_ANYCAST_DELAY_MS : 0,
    };
  };
  const notOwned = (frame: Uint8Array, ip: number, asker: Mac): NdpVerdict => {
    const verdict = drop("not_owned");
    const address = watched.find(frame, ip + 48);
    if (address === undefined || isUnspecified(frame, ip + 8)) return verdict;
    return { type: "overheard", address, ip: readIpv6(frame, ip + 8), mac: asker };
  };
  const solicited = (frame: Uint8Array, ip: number, now: Millis): NdpVerdict => {
    const icmp = ip + 40;
    const end = icmp + ((frame[ip + 4]! << 8) | frame[ip + 5]!);
    if (isOwnNonce(frame, icmp, end)) return drop("own_frame");
    const asker = askerOf(frame, icmp, end);
    if (asker === 0 || isGroupMac(asker)) return drop("sha_not_unicast");
    const speaker = owned.find(frame, ip + 8);
    if (speaker !== undefined && !anycast) return conflict(frame, speaker);
    const address = owned.find(frame, icmp + 8);
    if (address === undefined) return notOwned(frame, ip, asker);
    if (!isAsked(frame, ip)) return drop("ip_destination");
    const refused = refusal(asker, now);
    return refused === undefined ? answer(frame, ip, address, asker) : drop(refused);
  };
  const advertised = (frame: Uint8Array, ip: number): NdpVerdict => {
    // RFC 4862 section 5.4.4: somebody else advertises our address. Anycast addresses are many stations' by design.
    const address = owned.find(frame, ip + 48);
    return address === undefined || anycast ? drop("not_solicitation") : conflict(frame, address);
  };
  const receive = (frame: Uint8Array, now: Millis): NdpVerdict => {
    counters.received += 1;
    if (ethernetFault(frame) !== undefined) return drop("malformed");
    const type = typeOffset(frame);
    if (!isInVlan(frame, type, vlan)) return drop("vlan");
    const { mac } = responder;
    const source = readMac(frame, 6);
    if (source === mac) return drop("own_frame");
    const fault = ndpFault(frame);
    if (fault !== undefined) return drop(NOT_NEIGHBOUR.has(fault) ? "not_solicitation" : "malformed");
    const ip = type + 2;
    if (!isForUs(frame, ip, mac)) return drop("eth_destination");
    if (source === 0 || isGroupMac(source)) return drop("sha_not_unicast");
    if (frame[ip + 40] === NDP_TYPES.ns) return solicited(frame, ip, now);
    return frame[ip + 40] === NDP_TYPES.na ? advertised(frame, ip) : drop("not_solicitation");
  };
  const responder: NdpResponder = {
    mac: options.mac,
    get linkLocal() {
      return linkLocal[0] === 0 ? undefined : readIpv6(linkLocal, 0);
    },
    set linkLocal(ip: Ipv6 | undefined) {
      writeIpv6(linkLocal, 0, ip ?? 0n);
    },
    counters,
    receive,
    own: (address) => owned.set(address, address),
    disown: (address) => void owned.delete(address),
    owns: (address) => owned.get(address) !== undefined,
    watch: (addresses) => {
      watched.clear();
      for (const address of addresses) watched.set(address, address);
    },
  };
  responder.linkLocal = options.linkLocal;
  return responder;
}
