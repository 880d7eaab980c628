export { IPV4_MULTICAST, IPV4_UNICAST, IPV6_MULTICAST, IPV6_UNICAST } from "./wire/family.js";
export { familyFromName, familyKey, familyName, hasFamily, isSameFamily, type Family } from "./wire/family.js";
export { PLAIN_CONTEXT, type CodecContext, type ReceiveContext } from "./wire/context.js";
export {
  HEADER_LENGTH,
  MAX_EXTENDED_LENGTH,
  MAX_LENGTH,
  MessageType,
  type KeepaliveMessage,
  type Message,
  type NotificationMessage,
  type OpenMessage,
  type RouteRefreshMessage,
  type UpdateMessage,
} from "./wire/message.js";
export type { Nlri } from "./wire/nlri.js";
export type {
  AigpAttribute,
  AggregatorAttribute,
  As4AggregatorAttribute,
  As4PathAttribute,
  AsPathAttribute,
  AsSegment,
  AtomicAggregateAttribute,
  ClusterListAttribute,
  CommunitiesAttribute,
  ExtCommunitiesAttribute,
  Ipv6ExtCommunitiesAttribute,
  KnownAttribute,
  LargeCommunitiesAttribute,
  LargeCommunity,
  LocalPrefAttribute,
  MedAttribute,
  MpReachAttribute,
  MpUnreachAttribute,
  NextHopAttribute,
  OriginAttribute,
  OriginatorIdAttribute,
  OtcAttribute,
  PathAttribute,
  UnknownAttribute,
} from "./wire/attribute.js";
export { ATTRIBUTE_FLAGS, attributeCode, AttributeCode, AttributeFlag } from "./wire/attribute-codes.js";
export { ATTRIBUTE_RULES, type AttributeRule } from "./wire/attribute-rules.js";
export type { ContentCheck } from "./wire/attribute-checks.js";
export {
  BgpRole,
  CapabilityCode,
  type AddPathCapability,
  type Capability,
  type EnhancedRouteRefreshCapability,
  type ExtendedMessageCapability,
  type ExtendedNextHopCapability,
  type FourOctetAsCapability,
  type FqdnCapability,
  type GracefulRestartCapability,
  type LinkLocalNextHopCapability,
  type LongLivedGracefulRestartCapability,
  type MultiprotocolCapability,
  type RoleCapability,
  type RouteRefreshCapability,
  type SoftwareVersionCapability,
  type UnknownCapability,
} from "./wire/capability.js";
export { capabilityCode, encodeCapability, encodeCapabilityValue } from "./wire/encode-capability.js";
export { decodeCapability } from "./wire/decode-capability.js";
export {
  CeaseSubcode,
  FsmSubcode,
  HeaderSubcode,
  NotificationCode,
  notificationName,
  OpenSubcode,
  RouteRefreshSubcode,
  UpdateSubcode,
} from "./wire/notification-codes.js";
export { ACCEPT, type Verdict, type VerdictAction } from "./wire/verdict.js";
export { BgpDecodeError } from "./wire/decode-error.js";
export { decodeMessage, judgeMessage, viewMessage, type MessageView } from "./wire/decode-message.js";
export { encodeMessage } from "./wire/encode-message.js";
export { lengthOfAttribute, lengthOfAttributes, lengthOfMessage } from "./wire/length-of.js";
export { lengthOfNlri } from "./wire/write-nlri.js";
export { createFramer, type Framer } from "./wire/framer.js";
export type { UpdateView } from "./wire/update-view.js";
export {
  asPathOf,
  attributesOf,
  clusterListOf,
  communitiesOf,
  extCommunitiesOf,
  largeCommunitiesOf,
  localPrefOf,
  medOf,
  nextHopOf,
  originatorIdOf,
  originOf,
  otcOf,
} from "./wire/view-values.js";
export {
  announcedBy,
  countRoutes,
  endOfRibOf,
  nlriOf,
  routesOf,
  withdrawnBy,
  type AnnouncedSpan,
  type UpdateRoutes,
} from "./wire/view-routes.js";
export {
  countNlri,
  createPrefixCursor,
  packPrefixes,
  unpackPrefix,
  type NlriSpan,
  type PrefixCursor,
} from "./wire/prefix-cursor.js";
export { endOfRib } from "./wire/end-of-rib.js";
export { asnOf, AS_TRANS, familiesOf, findCapability } from "./wire/open-facts.js";
export { ceaseWithText, hardReset, innerNotification, shutdownText } from "./wire/shutdown.js";
export {
  communityName,
  compareLargeCommunities,
  formatCommunity,
  formatLargeCommunity,
  parseCommunity,
  parseLargeCommunity,
  WellKnownCommunity,
  type WellKnownCommunityName,
} from "./wire/communities.js";
