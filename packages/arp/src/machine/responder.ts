import {
  BROADCAST_MAC,
  createResponderBook,
  ETHERTYPE_ARP,
  ethernetFault,
  isGroupMac,
  isInVlan,
  MIN_FRAME_OCTETS,
  readIpv4,
  readMac,
  typeOffset,
  vlanTags,
  type Ipv4,
  type Mac,
  type Millis,
  type ResponderLimits,
  type SpeakerCounters,
  type SpeakerResponder,
  type Verdict,
} from "@vipkit/net";
import { ARP_REPLY, ARP_REQUEST, arpFault } from "../wire/arp.js";
import { writeArpFields } from "../wire/frame.js";

/** Why a frame was not answered. */
export const ARP_DROPS = [
  "malformed",
  "not_arp",
  "vlan",
  "own_frame",
  "eth_destination",
  "sha_not_unicast",
  "conflict",
  "not_request",
  "not_owned",
  "rate_sender",
  "rate_total",
] as const;
export type ArpDrop = (typeof ARP_DROPS)[number];
/** A conflict is dropped too, and has a verdict of its own. */
type Reason = Exclude<ArpDrop, "conflict">;

export interface ArpResponderOptions {
  readonly mac: Mac;
  /** Answers only frames with exactly this 802.1Q tag; without it, only untagged frames. */
  readonly vlan?: number | undefined;
  readonly limits?: Partial<ResponderLimits> | undefined;
  /** 32 bits that outsiders cannot guess, for the table of askers. */
  readonly seed?: number | undefined;
}

export interface ArpResponder extends SpeakerResponder<Ipv4> {
  /** The address that answers carry; assign when the interface's changes. */
  mac: Mac;
  /** Answer for this address from now on; the cost of a frame does not depend on how many there are. */
  own(address: Ipv4): void;
  disown(address: Ipv4): void;
  owns(address: Ipv4): boolean;
  /** Addresses whose askers are reported and not answered. */
  watch(addresses: Iterable<Ipv4>): void;
  /** Judges a received frame. Frames about others cost no memory. An answer's bytes are good until the next call. */
  receive(frame: Uint8Array, now: Millis): ArpVerdict;
  /** Frames judged, frames answered, frames dropped by reason, since the start. */
  readonly counters: ArpCounters;
}

export interface ArpCounters extends SpeakerCounters {
  readonly received: number;
  readonly answered: number;
  readonly dropped: Readonly<Record<ArpDrop, number>>;
}

/** What becomes of a frame; a dropped one says why. */
export type ArpVerdict =
  Exclude<Verdict<Ipv4>, { readonly type: "drop" }> | { readonly type: "drop"; readonly reason: Reason };

/** The reasons not to look at who asks for what: shape, VLAN, sender and receiver. `body` is where the packet starts. */
function unfit(frame: Uint8Array, type: number, mac: Mac, vlan: number | undefined): Reason | undefined {
  if (ethernetFault(frame) !== undefined) return "malformed";
  if (((frame[type]! << 8) | frame[type + 1]!) !== ETHERTYPE_ARP) return "not_arp";
  if (!isInVlan(frame, type, vlan)) return "vlan";
  const body = type + 2;
  if (arpFault(frame, body, frame.length) !== undefined) return "malformed";
  const sha = readMac(frame, body + 8);
  if (sha === mac || readMac(frame, 6) === mac) return "own_frame";
  const dst = readMac(frame, 0);
  if (dst !== mac && dst !== BROADCAST_MAC) return "eth_destination";
  return sha === 0 || isGroupMac(sha) ? "sha_not_unicast" : undefined;
}

/** Answers requests for owned addresses (RFC 826), probes included (RFC 5227 section 2.1.1). */
export function createArpResponder(options: ArpResponderOptions): ArpResponder {
  const { limits, seed } = options;
  const { counters, drop, refusal } = createResponderBook<ArpDrop>({ reasons: ARP_DROPS, limits, seed });
  const { vlan } = options;
  const tags = vlanTags(vlan);
  const owned = new Set<Ipv4>();
  let watched: ReadonlySet<Ipv4> = new Set();
  // All answers have one length and are written into one buffer, whose padding stays zero.
  const kept = new Uint8Array(MIN_FRAME_OCTETS);

  const notOwned = (frame: Uint8Array, body: number, address: Ipv4): ArpVerdict => {
    const verdict = drop("not_owned");
    const ip = readIpv4(frame, body + 14);
    if (ip === 0 || !watched.has(address)) return verdict;
    return { type: "overheard", address, ip, mac: readMac(frame, body + 8) };
  };
  const answer = (frame: Uint8Array, body: number, address: Ipv4): ArpVerdict => {
    const { mac } = responder;
    // To the sender hardware address, which need not be the Ethernet source (RFC 826; Linux does the same).
    const asker = readMac(frame, body + 8);
    const ip = readIpv4(frame, body + 14);
    counters.answered += 1;
    writeArpFields(kept, {
      eth: { dst: asker, src: mac, tags },
      arp: { op: ARP_REPLY, sha: mac, spa: address, tha: asker, tpa: ip },
    });
    return { type: "reply", frame: kept, address, ip: ip === 0 ? undefined : ip, mac: asker, delayMs: 0 };
  };
  const receive = (frame: Uint8Array, now: Millis): ArpVerdict => {
    counters.received += 1;
    const type = typeOffset(frame);
    const reason = unfit(frame, type, responder.mac, vlan);
    if (reason !== undefined) return drop(reason);
    const body = type + 2;
    // RFC 5227 section 2.4: whatever the operation, a foreign sender with our protocol address is a conflict.
    const spa = readIpv4(frame, body + 14);
    if (owned.has(spa)) {
      drop("conflict");
      return { type: "conflict", address: spa, mac: readMac(frame, body + 8) };
    }
    if (((frame[body + 6]! << 8) | frame[body + 7]!) !== ARP_REQUEST) return drop("not_request");
    const address = readIpv4(frame, body + 24);
    if (!owned.has(address)) return notOwned(frame, body, address);
    const refused = refusal(readMac(frame, body + 8), now);
    return refused === undefined ? answer(frame, body, address) : drop(refused);
  };
  const responder: ArpResponder = {
    mac: options.mac,
    counters,
    receive,
    own: (address) => void owned.add(address),
    disown: (address) => void owned.delete(address),
    owns: (address) => owned.has(address),
    watch: (addresses) => {
      watched = new Set(addresses);
    },
  };
  return responder;
}
