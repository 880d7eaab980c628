import { ByteReader, ByteWriter, DecodeError, isVipkitError } from "@vipkit/net";
import { crc32 } from "./crc32.js";
import { LIMITS } from "./limits.js";
import { inflateLzw } from "./lzw.js";
import { MESSAGE_TYPE } from "./message-type.js";
import { COMPRESS, decodeMessage, type Message } from "./messages.js";

/** What a datagram held. Parts that do not decode are reported and do not spoil the others. */
export interface Packet {
  readonly messages: readonly Message[];
  /** At most one entry for each part. */
  readonly problems: readonly DecodeError[];
}

/** Octets that a compound message adds: its own head, and for each part. */
export const COMPOUND_HEAD_BYTES = 2;
export const COMPOUND_PART_BYTES = 2;
/** Octets of a checksum in front of a packet. */
export const CRC_BYTES = 5;

const TRUNCATED = "ERR_MSGPACK_TRUNCATED";

/**
 * Reads a datagram: outside in a checksum, then a compressed, compound or plain message. Never throws.
 * Codes of problems: those of `decodeMessage`, `ERR_PACKET_EMPTY`, `ERR_PACKET_MESSAGES`, `ERR_PACKET_PROBLEMS`, `ERR_CRC`,
 * `ERR_DEPTH`, `ERR_COMPOUND_TRUNCATED`, `ERR_COMPOUND_PARTS`, `ERR_COMPRESS_ALGORITHM`, `ERR_LZW_*`, and `ERR_LABEL` and
 * `ERR_MISPLACED` for layers that have no place here.
 */
export function decodePacket(bytes: Uint8Array): Packet {
  const messages: Message[] = [];
  const problems: DecodeError[] = [];
  attempt(problems, () => {
    if (bytes[0] !== MESSAGE_TYPE.hasCrc) return readLayer(bytes, 0, bytes.length, LIMITS.depth, messages, problems);
    const reader = new ByteReader(bytes, "ERR_CRC", 1);
    const claimed = reader.u32("crc");
    if (crc32(bytes, CRC_BYTES) !== claimed) throw new DecodeError("ERR_CRC", "crc", 1, "the checksum is wrong");
    readLayer(bytes, CRC_BYTES, bytes.length, LIMITS.depth, messages, problems);
  });
  return { messages, problems };
}

function attempt(problems: DecodeError[], read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!isVipkitError(error)) throw error;
    problems.push(error as DecodeError);
  }
}

function readLayer(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
  messages: Message[],
  problems: DecodeError[],
): void {
  if (start >= end) throw new DecodeError("ERR_PACKET_EMPTY", "type", start, "there is no message");
  if (depth === 0) throw new DecodeError("ERR_DEPTH", "type", start, "messages nest too deep");
  if (messages.length >= LIMITS.messagesPerPacket) {
    throw new DecodeError("ERR_PACKET_MESSAGES", "type", start, "there are too many messages in one packet");
  }
  const type = bytes[start];
  if (type === MESSAGE_TYPE.compound) readCompound(bytes, start + 1, end, depth, messages, problems);
  else if (type === MESSAGE_TYPE.compress) {
    const inner = inflateCompress(new ByteReader(bytes, TRUNCATED, start + 1, end), LIMITS.packetBytes * 16);
    readLayer(inner, 0, inner.length, depth - 1, messages, problems);
  } else if (type === MESSAGE_TYPE.label) {
    throw new DecodeError("ERR_LABEL", "type", start, "the packet carries a label, and this member has none");
  } else if (type === MESSAGE_TYPE.hasCrc || type === MESSAGE_TYPE.encrypt || type === MESSAGE_TYPE.pushPull) {
    throw new DecodeError("ERR_MISPLACED", "type", start, `message type ${type} has no place here`);
  } else messages.push(decodeMessage(new ByteReader(bytes, TRUNCATED, start, end)));
}

function readCompound(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
  messages: Message[],
  problems: DecodeError[],
): void {
  const reader = new ByteReader(bytes, "ERR_COMPOUND_TRUNCATED", start, end);
  const count = reader.u8("count");
  const lengths = new ByteReader(bytes, "ERR_COMPOUND_TRUNCATED", reader.take(2 * count, "lengths"), end);
  let at = reader.offset;
  for (let i = 0; i < count; i += 1) {
    if (problems.length >= LIMITS.problemsPerPacket) {
      throw new DecodeError("ERR_PACKET_PROBLEMS", "part", at, "too many parts do not decode, the rest is given up");
    }
    const length = lengths.u16("length");
    if (length > end - at) {
      throw new DecodeError("ERR_COMPOUND_PARTS", "part", at, `${count - i} of ${count} parts are cut off`);
    }
    attempt(problems, () => readLayer(bytes, at, at + length, depth - 1, messages, problems));
    at += length;
  }
}

/** Reads and unpacks the body of a compress message. @throws DecodeError `ERR_COMPRESS_ALGORITHM`, `ERR_LZW_*` */
export function inflateCompress(reader: ByteReader, maxBytes: number): Uint8Array {
  const at = reader.offset;
  const { algo, buf } = COMPRESS.decode(reader);
  if (algo !== 0) throw new DecodeError("ERR_COMPRESS_ALGORITHM", "Algo", at, `compression ${algo} is not known`);
  return inflateLzw(buf, maxBytes);
}

/** Joins 1 to 255 encoded messages of at most 65535 octets each. */
export function encodeCompound(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + COMPOUND_PART_BYTES + part.length, COMPOUND_HEAD_BYTES);
  const writer = new ByteWriter(length);
  writer.u8(MESSAGE_TYPE.compound);
  writer.u8(parts.length);
  for (const part of parts) writer.u16(part.length);
  for (const part of parts) writer.put(part);
  return writer.bytes;
}

/** Puts a checksum in front. */
export function withCrc(packet: Uint8Array): Uint8Array {
  const writer = new ByteWriter(CRC_BYTES + packet.length);
  writer.u8(MESSAGE_TYPE.hasCrc);
  writer.u32(crc32(packet));
  writer.put(packet);
  return writer.bytes;
}
