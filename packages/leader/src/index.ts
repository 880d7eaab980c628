export { MESSAGE_TYPE, messageTypeName, type MessageTypeName } from "./wire/message-type.js";
export { LIMITS } from "./wire/limits.js";
export { decodeMsgpack, type MsgValue } from "./wire/msgpack.js";
export { encodeMsgpack, lengthOfMsgpack } from "./wire/msgpack-encode.js";
export { crc32 } from "./wire/crc32.js";
export { inflateLzw } from "./wire/lzw.js";
export { deflateLzw } from "./wire/lzw-encode.js";
export { decodeLayers, type Layer } from "./wire/layers.js";
export { encodeLayer } from "./wire/layers-encode.js";
export { viewLayer, type LayerView } from "./wire/layers-view.js";
export {
  decodeMessage,
  encodeMessage,
  type Ack,
  type Alive,
  type Dead,
  type IndirectPing,
  type Message,
  type Nack,
  type NodeState,
  type Ping,
  type Refusal,
  type Suspect,
  type User,
} from "./wire/messages.js";
export { decodePacket, encodeCompound, withCrc, type Packet } from "./wire/packet.js";
export {
  createStreamReader,
  encodeStreamMessage,
  type PushPull,
  type StreamMessage,
  type StreamReader,
} from "./wire/stream.js";
export { gossipKey, type KeyDerivation } from "./wire/gossip-key.js";
export { PROFILES, swimConfig, type ProfileName, type SwimConfig } from "./machine/config.js";
export {
  pushPullScale,
  retransmitLimit,
  suspicionBounds,
  suspicionMs,
  suspicionScale,
  type SuspicionBounds,
} from "./machine/formulas.js";
export { createSwim, type Swim } from "./machine/swim.js";
export type { SwimOptions } from "./machine/core.js";
export type {
  MemberEvent,
  MemberState,
  MemberView,
  StreamId,
  SwimCounters,
  SwimEffect,
  SwimInput,
  SwimSnapshot,
} from "./machine/swim-types.js";
export {
  electMetallb,
  explainMetallb,
  rankMetallb,
  type ElectionExplanation,
  type ElectionKey,
  type ElectionPolicy,
  type Ranked,
} from "./election/metallb.js";
export {
  guardAvailable,
  guardMajority,
  nextElectorate,
  type Guard,
  type GuardFacts,
  type Verdict,
} from "./election/guard.js";
