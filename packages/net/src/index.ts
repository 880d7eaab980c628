export { DecodeError, isVipkitError, ParseError, VipkitError, type ErrorDetails } from "./errors.js";
export {
  BROADCAST_MAC,
  formatMac,
  isGroupMac,
  multicastMac,
  parseMac,
  readMac,
  writeMac,
  type Mac,
} from "./wire/mac.js";
export {
  canonicalIp,
  compareIp,
  familyOf,
  formatIp,
  formatIpv4,
  formatIpv6,
  formatScopedIp,
  ipFromBytes,
  ipToBytes,
  isIpv4,
  isIpv6,
  MAX_IPV4,
  MAX_IPV6,
  parseIp,
  parseIpv4,
  parseIpv6,
  parseScopedIp,
  readIpv4,
  readIpv6,
  tryParseIp,
  writeIpv4,
  writeIpv6,
  type Ip,
  type IpFamily,
  type Ipv4,
  type Ipv6,
  type ScopedIp,
} from "./wire/ip.js";
export { isLinkLocal, isLoopback, isMulticast, isUnspecified, solicitedNodeGroup } from "./wire/scope.js";
export {
  comparePrefixes,
  formatPrefix,
  hostPrefix,
  lastIp,
  maskIp,
  parsePrefix,
  prefixContains,
  prefixOf,
  widthOf,
  type Prefix,
} from "./wire/prefix.js";
export {
  formatRange,
  parseRange,
  prefixRange,
  rangeContains,
  rangesOverlap,
  rangeSize,
  rangeToPrefixes,
  unmapIp,
  type Range,
} from "./wire/range.js";
export { fromHex, toHex } from "./wire/hex.js";
export { ByteReader, bytesEqual, ByteWriter } from "./wire/bytes.js";
export {
  ipv6FromWords,
  ipv6ToWords,
  readIpv6Words,
  sameIpv6Words,
  writeIpv6Words,
  type Ipv6Words,
} from "./wire/ipv6-words.js";
export {
  decodeEthernet,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV6,
  ethernetError,
  ethernetFault,
  isInVlan,
  lengthOfEthernet,
  MIN_FRAME_OCTETS,
  readEthernet,
  TPID_8021AD,
  TPID_8021Q,
  typeOffset,
  vlanTags,
  writeEthernet,
  type EthernetFault,
  type EthernetFields,
  type EthernetHeader,
  type Snap,
  type VlanTag,
} from "./wire/ethernet.js";
export { encodePcapHeader, encodePcapRecord } from "./wire/pcap.js";
export { addIpv6WordsToChecksum, addToChecksum, finishChecksum, ipv6Checksum } from "./wire/checksum.js";
export { Ipv6Table } from "./wire/ipv6-table.js";
export { TICK, type Machine, type Millis, type Tick } from "./machine/machine.js";
export type { Clock } from "./machine/clock.js";
export { drive, type Driver } from "./machine/drive.js";
export { createTokenBucket, type RateOptions, type TokenBucket } from "./machine/token-bucket.js";
export { createSenderLimit, type SenderLimit, type SenderLimitOptions } from "./machine/sender-limit.js";
export { createDueQueue, type DueQueue } from "./machine/due-queue.js";
export {
  createAnnounceSchedule,
  type AnnounceConfig,
  type AnnounceEffect,
  type AnnounceInput,
  type AnnounceScheduleOptions,
} from "./machine/announce-schedule.js";
export {
  createConflictWatch,
  type Conflict,
  type ConflictAction,
  type ConflictEffect,
  type ConflictInput,
  type ConflictPolicy,
  type ConflictWatch,
  type ConflictWatchOptions,
} from "./machine/conflict-watch.js";
export { createProbing, type ProbeConfig, type ProbeEffect, type ProbeInput, type Probing } from "./machine/probing.js";
export { createPacedQueue, type PacedInput, type PacedQueueOptions } from "./machine/paced-queue.js";
export { startSpeaker } from "./machine/start-speaker.js";
export type {
  AddressSnapshot,
  AddressState,
  Announcer,
  AnnouncerEffect,
  AnnouncerInput,
  Speaker,
  SpeakerCounters,
  SpeakerEvent,
  SpeakerOptions,
  SpeakerProtocol,
  SpeakerResponder,
  SpeakerSnapshot,
  Verdict,
} from "./machine/speaker.js";
export { RESPONDER_LIMITS, type ResponderLimits } from "./machine/responder-limits.js";
export { createResponderBook, type ResponderBook, type ResponderBookOptions } from "./machine/responder-book.js";
export { createAskers, type Asker, type Askers, type AskersOptions } from "./machine/askers.js";
export type {
  BindOptions,
  ByteStream,
  DatagramHandler,
  DatagramSocket,
  DialOptions,
  Endpoint,
  FrameInterest,
  FrameLink,
  LinkChange,
  Host,
  ListenOptions,
  StreamListener,
} from "./machine/ports.js";
