import { ByteReader, DecodeError, isVipkitError } from "@vipkit/net";
import { crc32 } from "./crc32.js";
import { LIMITS } from "./limits.js";
import { inflateLzw } from "./lzw.js";
import { MESSAGE_TYPE } from "./message-type.js";
import { STRUCTS } from "./messages.js";
import { decodeMsgpack, type MsgValue } from "./msgpack.js";
import { utf8Bytes, utf8Text } from "./utf8.js";

/**
 * A packet or a stream message taken apart without loss, layer by layer as it came: for tools that show or compare what goes
 * over the wire. `encodeLayer` puts it together again. Members use the lighter `decodePacket` and `createStreamReader`.
 */
export type Layer =
  | { readonly kind: "label"; readonly label: string; readonly inner: Layer }
  | { readonly kind: "hasCrc"; readonly crc: number; readonly crcOk: boolean; readonly inner: Layer }
  /** `lengths` of all parts that were announced; `rest` is what came instead of those that are cut off. */
  | {
      readonly kind: "compound";
      readonly lengths: readonly number[];
      readonly parts: readonly Layer[];
      readonly rest: Uint8Array;
    }
  | { readonly kind: "compress"; readonly body: MsgValue; readonly inner: Layer; readonly rest: Uint8Array }
  | { readonly kind: "message"; readonly type: number; readonly body: MsgValue; readonly rest: Uint8Array }
  | { readonly kind: "user"; readonly payload: Uint8Array }
  | { readonly kind: "userStream"; readonly header: MsgValue; readonly payload: Uint8Array; readonly rest: Uint8Array }
  | {
      readonly kind: "pushPull";
      readonly header: MsgValue;
      readonly nodes: readonly MsgValue[];
      readonly userState: Uint8Array;
      readonly rest: Uint8Array;
    }
  /** A part of a compound message that does not decode; it does not spoil the others. */
  | { readonly kind: "opaque"; readonly bytes: Uint8Array; readonly problem: DecodeError };

const TRUNCATED = "ERR_MSGPACK_TRUNCATED";

/**
 * Takes a packet, or the whole of what one side of a stream sent, apart.
 * @throws DecodeError as `decodePacket` and `createStreamReader` report them
 */
export function decodeLayers(bytes: Uint8Array, options: { readonly stream?: boolean } = {}): Layer {
  const stream = options.stream === true;
  if (bytes[0] === MESSAGE_TYPE.label) return decodeLabel(bytes, stream);
  if (bytes[0] === MESSAGE_TYPE.hasCrc && !stream) {
    const crc = new ByteReader(bytes, "ERR_CRC", 1).u32("crc");
    const inner = decodeInner(bytes.subarray(5), stream, LIMITS.depth);
    return { kind: "hasCrc", crc, crcOk: crc32(bytes, 5) === crc, inner };
  }
  return decodeInner(bytes, stream, LIMITS.depth);
}

function decodeLabel(bytes: Uint8Array, stream: boolean): Layer {
  const reader = new ByteReader(bytes, "ERR_LABEL_TRUNCATED", 1);
  const length = reader.u8("label length");
  if (length === 0) throw new DecodeError("ERR_LABEL_EMPTY", "label length", 1, "a label has at least one octet");
  const start = reader.take(length, "label");
  const label = utf8Text(bytes, start, start + length, "label");
  const inside = bytes.subarray(reader.offset);
  if (inside[0] === MESSAGE_TYPE.label) {
    throw new DecodeError("ERR_LABEL_NESTED", "type", reader.offset, "a label stands inside a label");
  }
  return { kind: "label", label, inner: decodeLayers(inside, { stream }) };
}

function decodeInner(bytes: Uint8Array, stream: boolean, depth: number): Layer {
  if (bytes.length === 0) throw new DecodeError("ERR_PACKET_EMPTY", "type", 0, "there is no message");
  if (depth === 0) throw new DecodeError("ERR_DEPTH", "type", 0, "messages nest too deep");
  const reader = new ByteReader(bytes, TRUNCATED, 1);
  const type = bytes[0]!;
  if (type === MESSAGE_TYPE.compress) return decodeCompress(reader, stream, depth);
  if (type === MESSAGE_TYPE.compound && !stream) return decodeCompound(bytes, depth);
  if (type === MESSAGE_TYPE.user) return stream ? decodeUserStream(reader) : { kind: "user", payload: restOf(reader) };
  if (type === MESSAGE_TYPE.pushPull && stream) return decodePushPull(reader);
  const struct = STRUCTS.get(type);
  if (struct === undefined) throw new DecodeError("ERR_MESSAGE_TYPE", "type", 0, `${type} is not a message here`);
  return { kind: "message", type, body: decodeBody(reader, struct.name), rest: restOf(reader) };
}

/** One struct: a map, or an array in the order of declaration. */
function decodeBody(reader: ByteReader, name: string): MsgValue {
  const at = reader.offset;
  const body = decodeMsgpack(reader, name);
  if (body.kind === "map" || body.kind === "array") return body;
  throw new DecodeError("ERR_STRUCT", name, at, `${name} is not a map of its fields`);
}

function restOf(reader: ByteReader): Uint8Array {
  return reader.copy(reader.remaining, "rest");
}

function decodeCompress(reader: ByteReader, stream: boolean, depth: number): Layer {
  const body = decodeBody(reader, "compress");
  const algo = fieldOf(body, "Algo", 0);
  const packed = fieldOf(body, "Buf", 1);
  if (algo?.kind !== "int" || algo.value !== 0) {
    throw new DecodeError("ERR_COMPRESS_ALGORITHM", "Algo", 1, "the compression is not known");
  }
  const inside = inflateLzw(packed?.kind === "raw" ? packed.bytes : new Uint8Array(0));
  return { kind: "compress", body, inner: decodeInner(inside, stream, depth - 1), rest: restOf(reader) };
}

function decodeCompound(bytes: Uint8Array, depth: number): Layer {
  const reader = new ByteReader(bytes, "ERR_COMPOUND_TRUNCATED", 1);
  const count = reader.u8("count");
  const lengths = Array.from({ length: count }, () => reader.u16("length"));
  const parts: Layer[] = [];
  for (const length of lengths) {
    if (length > reader.remaining) break;
    parts.push(decodePart(reader.copy(length, "part"), depth - 1));
  }
  return { kind: "compound", lengths, parts, rest: restOf(reader) };
}

function decodePart(bytes: Uint8Array, depth: number): Layer {
  try {
    return decodeInner(bytes, false, depth);
  } catch (error) {
    if (!isVipkitError(error)) throw error;
    return { kind: "opaque", bytes, problem: error as DecodeError };
  }
}

function decodeUserStream(reader: ByteReader): Layer {
  const header = decodeBody(reader, "user");
  const payload = reader.copy(countOf(header, "UserMsgLen", 0, LIMITS.streamBytes), "Payload");
  return { kind: "userStream", header, payload, rest: restOf(reader) };
}

function decodePushPull(reader: ByteReader): Layer {
  const header = decodeBody(reader, "pushPull");
  const count = countOf(header, "Nodes", 0, LIMITS.pushPullNodes);
  const length = countOf(header, "UserStateLen", 1, LIMITS.streamBytes);
  const nodes: MsgValue[] = [];
  while (nodes.length < count) nodes.push(decodeBody(reader, "pushPull node"));
  return { kind: "pushPull", header, nodes, userState: reader.copy(length, "userState"), rest: restOf(reader) };
}

function countOf(body: MsgValue, key: string, place: number, most: number): number {
  const value = fieldOf(body, key, place);
  if (value === undefined) return 0;
  if (value.kind === "int" && typeof value.value === "number" && value.value >= 0 && value.value <= most) {
    return value.value;
  }
  throw new DecodeError("ERR_FIELD_RANGE", key, 1, `${key} is not a number from 0 to ${most}`);
}

/** A field of a struct by its key, or by its place where the struct came as an array. The last of two equal keys counts. */
function fieldOf(body: MsgValue, key: string, place: number): MsgValue | undefined {
  if (body.kind === "array") return body.items[place];
  if (body.kind !== "map") return undefined;
  const wanted = utf8Bytes(key);
  return body.entries.findLast(([name]) => name.kind === "raw" && sameOctets(name.bytes, wanted))?.[1];
}

function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
