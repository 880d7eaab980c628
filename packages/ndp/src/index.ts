export {
  NDP_TYPES,
  type NdpMessage,
  type NdpName,
  type NeighbourAdvertisement,
  type NeighbourSolicitation,
  type Redirect,
  type RouterAdvertisement,
  type RouterSolicitation,
} from "./wire/message.js";
export {
  NDP_OPTION_TYPES,
  optionType,
  type CaptivePortalOption,
  type DnsslOption,
  type FlagsExtensionOption,
  type LinkLayerOption,
  type MtuOption,
  type NdpOption,
  type NonceOption,
  type Pref64Option,
  type Preference,
  type PrefixInformationOption,
  type RawOption,
  type RdnssOption,
  type RedirectedHeaderOption,
  type RouteInformationOption,
} from "./wire/option.js";
export { ndpFault, type NdpFault } from "./wire/fault.js";
export type { MessageFault } from "./wire/message-fault.js";
export { decodeNdpFrame, decodeNdpMessage, type NdpFrame } from "./wire/decode.js";
export {
  encodeNdpFrame,
  encodeNdpMessage,
  lengthOfNdpFrame,
  lengthOfNdpMessage,
  writeNdpFrame,
  writeNdpMessage,
  type NdpFrameFields,
} from "./wire/encode.js";
export { lengthOfNdpOption } from "./wire/encode-option.js";
export {
  ALL_NODES,
  ALL_ROUTERS,
  encodeDadProbe,
  encodeNdpAnnouncement,
  encodeRouterAnnouncement,
  type DadProbeRequest,
  type NdpAnnouncementRequest,
} from "./wire/announcement.js";
export {
  createNdpResponder,
  NDP_DROPS,
  type NdpCounters,
  type NdpDrop,
  type NdpResponder,
  type NdpResponderOptions,
  type NdpVerdict,
} from "./machine/responder.js";
export { createNdpAnnouncer, NDP_ANNOUNCE, type NdpAnnouncerOptions } from "./machine/announcer.js";
export { createOwnNonces, type OwnNonces } from "./machine/own-nonces.js";
export { DAD } from "./machine/probe.js";
export { probeRival, type ProbingStation, type Rival } from "./machine/probe-rival.js";
