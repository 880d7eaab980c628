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
export { dissect, type DissectedField } from "./wire/dissect.js";
export { messageToJson } from "./wire/message-to-json.js";
export { messageFromJson } from "./wire/message-from-json.js";
export type {
  AttributeJson,
  CapabilityJson,
  MessageJson,
  MpReachJson,
  MpUnreachJson,
  NlriJson,
  NotificationJson,
  OpenJson,
  UpdateJson,
} from "./wire/json-form.js";
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
  packPrefixesInto,
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

// The session: state machine, negotiation, routes out.
export {
  FSM_EVENT_NAMES,
  FSM_EVENTS,
  FSM_STATE_NAMES,
  type FsmEventName,
  type FsmStateName,
} from "./machine/fsm/events.js";
export {
  FSM_TABLE,
  type FsmAction,
  type FsmBranch,
  type FsmCell,
  type FsmGuard,
  type FsmRow,
} from "./machine/fsm/table.js";
export {
  newHalf,
  nextTimer,
  type FsmTimerName,
  type FsmTimers,
  type HalfSession,
  type Side,
} from "./machine/fsm/half.js";
export {
  step,
  type ErrorReport,
  type FsmContext,
  type FsmEffect,
  type FsmInput,
  type FsmStep,
  type Transition,
} from "./machine/fsm/step.js";
export { collisionWinner, type SpeakerId } from "./machine/fsm/collision.js";
export type { IdleHoldConfig } from "./machine/fsm/backoff.js";
export {
  DEFAULT_HOLD_TIME_SECONDS,
  peerSettings,
  type GracefulRestartConfig,
  type NextHops,
  type PeerConfig,
  type PeerSettings,
  type RoleName,
} from "./machine/peer/config.js";
export { createPeerMachine, type PeerMachine } from "./machine/peer/machine.js";
export type { PeerCounters, PeerState } from "./machine/peer/core.js";
export type { NotificationRecord, PeerEffect, PeerEvent, PeerInput } from "./machine/peer/effects.js";
export { negotiate, type Negotiated, type Negotiation } from "./machine/peer/negotiate.js";
export { recordHeader, recordStep, replayRecord, type ReplayDifference } from "./machine/peer/record.js";
export type { PeerSnapshot, SessionSnapshot } from "./machine/peer/snapshot.js";
export { createRibOut, type RibOut, type RibOutCounts } from "./machine/routes/rib-out.js";
export type { OutContext, SkipReason } from "./machine/routes/attributes.js";
export { routeKey, type Route, type RouteKey } from "./machine/routes/route.js";
