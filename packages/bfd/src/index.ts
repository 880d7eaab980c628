export {
  BFD_HEADER_LENGTH,
  BFD_STATES,
  BfdAuthType,
  BfdDiagnostic,
  decodeBfd,
  diagnosticName,
  encodeBfd,
  lengthOfBfd,
  type BfdAuth,
  type BfdPacket,
  type BfdStateName,
} from "./wire/packet.js";
export { encodeAuthenticated, verifyAuth, type AuthVerdict, type BfdKey } from "./wire/auth.js";
export { md5 } from "./wire/md5.js";
export { sha1 } from "./wire/sha1.js";
export { bfdSettings, type BfdConfig, type BfdSettings, type DampingConfig } from "./machine/config.js";
export type { BfdCounters, BfdEffect, BfdEvent, BfdInput, BfdSnapshot } from "./machine/effects.js";
export { createBfdMachine, type BfdMachine } from "./machine/machine.js";
export { detectionTimeMs, transmitIntervalMs, type BfdState } from "./machine/state.js";
