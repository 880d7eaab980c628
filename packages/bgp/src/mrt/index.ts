// MRT files (RFC 6396, RFC 8050): what route collectors write.
export {
  MRT_HEADER_LENGTH,
  MRT_MAX_LENGTH,
  MrtType,
  type MrtMessage,
  type MrtPeer,
  type MrtPeerIndexTable,
  type MrtRecord,
  type MrtRib,
  type MrtRibEntry,
  type MrtStateChange,
  type MrtTableDump,
  type MrtUnknown,
} from "./record.js";
export { decodeMrt } from "./decode-record.js";
export { encodeMrt } from "./encode-record.js";
export { createMrtFramer, type MrtFramer } from "./framer.js";
export { decodeRibAttributes } from "./rib-attributes.js";
