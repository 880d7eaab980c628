export {
  ARP_OCTETS,
  ARP_REPLY,
  ARP_REQUEST,
  arpFault,
  arpKind,
  decodeArp,
  encodeArp,
  lengthOfArp,
  writeArp,
  type ArpFault,
  type ArpKind,
  type ArpPacket,
} from "./wire/arp.js";
export {
  decodeArpFrame,
  encodeArpFrame,
  lengthOfArpFrame,
  writeArpFrame,
  type ArpFrame,
  type ArpFrameFields,
} from "./wire/frame.js";
export { encodeArpAnnouncement, type ArpAnnouncementForm, type ArpAnnouncementRequest } from "./wire/announcement.js";
export { arpOddities, type ArpOddity } from "./wire/oddities.js";
export {
  ARP_DROPS,
  createArpResponder,
  type ArpCounters,
  type ArpDrop,
  type ArpResponder,
  type ArpResponderOptions,
  type ArpVerdict,
} from "./machine/responder.js";
export { ARP_ANNOUNCE, createArpAnnouncer, type ArpAnnouncerOptions } from "./machine/announcer.js";
export { ARP_PROBE } from "./machine/probe.js";
export { probeRival, type Rival } from "./machine/probe-rival.js";
