import type { CodecContext } from "./context.js";
import { encodeOpenBody } from "./encode-open.js";
import { hasFamily } from "./family.js";
import {
  HEADER_LENGTH,
  MAX_EXTENDED_LENGTH,
  MAX_LENGTH,
  MessageType,
  type Message,
  type UpdateMessage,
} from "./message.js";
import { tooLong, writeAttribute } from "./write-attribute.js";
import { writeNlri } from "./write-nlri.js";

// Messages are written here and copied out, so that nothing has to be measured first. One octet more than the longest message
// tells what is too long; the rest takes what a single attribute may write before it is looked at.
const SCRATCH = new Uint8Array(2 * (MAX_EXTENDED_LENGTH + 1)).fill(0xff, 0, 16);

/** Small messages share blocks of memory: an array of its own costs more than all the rest. */
const BLOCK_LENGTH = 16_384;
const SMALL_LENGTH = 1024;
let block = new Uint8Array(BLOCK_LENGTH);
let blockUsed = 0;

/** Copies the message out of the scratch. */
function takeOut(length: number): Uint8Array {
  if (length > SMALL_LENGTH) return SCRATCH.slice(0, length);
  if (length > BLOCK_LENGTH - blockUsed) {
    block = new Uint8Array(BLOCK_LENGTH);
    blockUsed = 0;
  }
  const bytes = new Uint8Array(block.buffer, blockUsed, length);
  blockUsed += length;
  for (let at = 0; at < length; at += 1) bytes[at] = SCRATCH[at]!;
  return bytes;
}

function writeUpdate(bytes: Uint8Array, { withdrawn, attributes, nlri }: UpdateMessage, context: CodecContext): number {
  const addPath = hasFamily(context.addPath.send, 1, 1);
  const withdrawnStart = HEADER_LENGTH + 2;
  const withdrawnEnd = writeNlri(bytes, withdrawnStart, withdrawn, addPath);
  if (withdrawnEnd > MAX_EXTENDED_LENGTH) throw tooLong(withdrawnEnd, MAX_EXTENDED_LENGTH);
  bytes[HEADER_LENGTH] = (withdrawnEnd - withdrawnStart) >>> 8;
  bytes[HEADER_LENGTH + 1] = withdrawnEnd - withdrawnStart;
  let at = withdrawnEnd + 2;
  for (let i = 0; i < attributes.length; i += 1) at = writeAttribute(bytes, at, attributes[i]!, context);
  const length = at - withdrawnEnd - 2;
  bytes[withdrawnEnd] = length >>> 8;
  bytes[withdrawnEnd + 1] = length;
  return writeNlri(bytes, at, nlri, addPath);
}

/** Copies octets in, as far as they fit; answers where they end or would end. */
function put(bytes: Uint8Array, at: number, value: Uint8Array): number {
  if (at + value.length <= bytes.length) bytes.set(value, at);
  return at + value.length;
}

function writeBody(bytes: Uint8Array, message: Message, context: CodecContext): number {
  switch (message.type) {
    case "update":
      return writeUpdate(bytes, message, context);
    case "keepalive":
      return HEADER_LENGTH;
    case "open":
      return put(bytes, HEADER_LENGTH, encodeOpenBody(message));
    case "notification":
      bytes[19] = message.code;
      bytes[20] = message.subcode;
      return put(bytes, 21, message.data);
    case "route-refresh":
      bytes[19] = message.family.afi >>> 8;
      bytes[20] = message.family.afi;
      bytes[21] = message.subtype;
      bytes[22] = message.family.safi;
      return 23;
  }
}

/**
 * Writes one message. Host bits of prefixes and reserved bits are zero; attributes stand in the order given. Messages of up to
 * 1024 octets are parts of larger blocks of memory, as with Buffer: `slice()` gives octets that stand alone.
 * @throws VipkitError `ERR_BGP_TOO_LONG` when it has more octets than the context allows, `ERR_BGP_VALUE` when a field cannot
 * hold what it should
 */
export function encodeMessage(message: Message, context: CodecContext): Uint8Array {
  const length = writeBody(SCRATCH, message, context);
  const isShort = !context.extendedMessage || message.type === "open" || message.type === "keepalive";
  const limit = isShort ? MAX_LENGTH : MAX_EXTENDED_LENGTH;
  if (length > limit) throw tooLong(length, limit);
  SCRATCH[16] = length >>> 8;
  SCRATCH[17] = length;
  SCRATCH[18] = MessageType[message.type];
  return takeOut(length);
}
