import { type ByteReader, DecodeError } from "@vipkit/net";
import { LIMITS } from "./limits.js";

/**
 * MessagePack without loss: every value keeps the octet that it started with (`head`), so that writing it again gives the
 * same octets whatever form the sender chose. Both dialects are read: the old one, where text and octets are both raw, and the
 * new one with str8, bin and ext.
 */
export type MsgValue =
  | { readonly kind: "nil"; readonly head: number }
  | { readonly kind: "bool"; readonly head: number; readonly value: boolean }
  | { readonly kind: "int"; readonly head: number; readonly value: number | bigint }
  | { readonly kind: "float"; readonly head: number; readonly bytes: Uint8Array }
  | { readonly kind: "raw"; readonly head: number; readonly bytes: Uint8Array }
  | { readonly kind: "ext"; readonly head: number; readonly extType: number; readonly bytes: Uint8Array }
  | { readonly kind: "array"; readonly head: number; readonly items: readonly MsgValue[] }
  | { readonly kind: "map"; readonly head: number; readonly entries: readonly (readonly [MsgValue, MsgValue])[] };

/** What the head octet says: the kind, the number that it holds itself, and how many octets of length or value follow. */
export interface MsgHead {
  readonly kind: MsgValue["kind"];
  /** Value or length in the head itself; undefined when octets follow. */
  readonly inline: number | undefined;
  /** Octets of length (or of value, for integers and floats) behind the head. */
  readonly size: number;
  readonly signed: boolean;
}

const FIXED: Readonly<Record<number, MsgHead>> = {
  0xc0: head("nil", 0),
  0xc2: head("bool", 0),
  0xc3: head("bool", 1),
  0xc4: head("raw", undefined, 1),
  0xc5: head("raw", undefined, 2),
  0xc6: head("raw", undefined, 4),
  0xc7: head("ext", undefined, 1),
  0xc8: head("ext", undefined, 2),
  0xc9: head("ext", undefined, 4),
  0xca: head("float", undefined, 4),
  0xcb: head("float", undefined, 8),
  0xcc: head("int", undefined, 1),
  0xcd: head("int", undefined, 2),
  0xce: head("int", undefined, 4),
  0xcf: head("int", undefined, 8),
  0xd0: head("int", undefined, 1, true),
  0xd1: head("int", undefined, 2, true),
  0xd2: head("int", undefined, 4, true),
  0xd3: head("int", undefined, 8, true),
  0xd4: head("ext", 1),
  0xd5: head("ext", 2),
  0xd6: head("ext", 4),
  0xd7: head("ext", 8),
  0xd8: head("ext", 16),
  0xd9: head("raw", undefined, 1),
  0xda: head("raw", undefined, 2),
  0xdb: head("raw", undefined, 4),
  0xdc: head("array", undefined, 2),
  0xdd: head("array", undefined, 4),
  0xde: head("map", undefined, 2),
  0xdf: head("map", undefined, 4),
};

const HEADS: readonly (MsgHead | undefined)[] = Array.from({ length: 256 }, (_, octet) => {
  if (octet <= 0x7f) return head("int", octet);
  if (octet <= 0x8f) return head("map", octet & 0x0f);
  if (octet <= 0x9f) return head("array", octet & 0x0f);
  if (octet <= 0xbf) return head("raw", octet & 0x1f);
  if (octet >= 0xe0) return head("int", octet - 256);
  return FIXED[octet];
});

function head(kind: MsgValue["kind"], inline: number | undefined, size = 0, signed = false): MsgHead {
  return { kind, inline, size, signed };
}

/** The meaning of a head octet. @throws DecodeError `ERR_MSGPACK_HEAD` for 0xc1, which means nothing */
export function msgHead(octet: number, offset: number, field: string): MsgHead {
  const found = HEADS[octet];
  if (found !== undefined) return found;
  throw new DecodeError("ERR_MSGPACK_HEAD", field, offset, `${field} starts with the unused octet 0xc1`);
}

/** Reads the length or the unsigned number of 1, 2 or 4 octets that a head announces. */
export function readSized(reader: ByteReader, { inline, size }: MsgHead, field: string): number {
  if (inline !== undefined) return inline;
  return size === 1 ? reader.u8(field) : size === 2 ? reader.u16(field) : reader.u32(field);
}

/** Reads an integer in any of its forms; above 2^53 it is a bigint. */
export function readInt(reader: ByteReader, form: MsgHead, field: string): number | bigint {
  if (form.size === 8) {
    const unsigned = (BigInt(reader.u32(field)) << 32n) | BigInt(reader.u32(field));
    const value = form.signed ? BigInt.asIntN(64, unsigned) : unsigned;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  const value = readSized(reader, form, field);
  if (!form.signed) return value;
  const shift = 32 - 8 * form.size;
  return (value << shift) >> shift;
}

/**
 * Reads one value.
 * @throws DecodeError `ERR_MSGPACK_TRUNCATED`, `ERR_MSGPACK_HEAD`, `ERR_MSGPACK_DEPTH`, `ERR_MSGPACK_VALUES`
 */
export function decodeMsgpack(reader: ByteReader, field: string): MsgValue {
  return readValue(reader, field, LIMITS.msgpackDepth, { left: LIMITS.msgpackValues });
}

function readValue(reader: ByteReader, field: string, depth: number, budget: { left: number }): MsgValue {
  const at = reader.offset;
  if (depth === 0) throw new DecodeError("ERR_MSGPACK_DEPTH", field, at, `${field} nests too deep`);
  if ((budget.left -= 1) < 0) throw new DecodeError("ERR_MSGPACK_VALUES", field, at, `${field} has too many values`);
  const octet = reader.u8(field);
  const form = msgHead(octet, at, field);
  switch (form.kind) {
    case "nil":
      return { kind: "nil", head: octet };
    case "bool":
      return { kind: "bool", head: octet, value: form.inline === 1 };
    case "int":
      return { kind: "int", head: octet, value: readInt(reader, form, field) };
    case "float":
      return { kind: "float", head: octet, bytes: reader.copy(form.size, field) };
    case "raw":
      return { kind: "raw", head: octet, bytes: reader.copy(readSized(reader, form, field), field) };
    case "ext": {
      const length = readSized(reader, form, field);
      return { kind: "ext", head: octet, extType: reader.u8(field), bytes: reader.copy(length, field) };
    }
    case "array": {
      const items: MsgValue[] = [];
      for (let n = readSized(reader, form, field); n > 0; n -= 1)
        items.push(readValue(reader, field, depth - 1, budget));
      return { kind: "array", head: octet, items };
    }
    case "map": {
      const entries: [MsgValue, MsgValue][] = [];
      for (let n = readSized(reader, form, field); n > 0; n -= 1) {
        entries.push([readValue(reader, field, depth - 1, budget), readValue(reader, field, depth - 1, budget)]);
      }
      return { kind: "map", head: octet, entries };
    }
  }
}

/** Steps over one value without keeping it. @throws DecodeError as `decodeMsgpack` */
export function skipMsgpack(reader: ByteReader, field: string): void {
  // One number is enough for a walk without recursion: how many values are still to come.
  let left = 1;
  for (let seen = 0; left > 0; left -= 1, seen += 1) {
    const at = reader.offset;
    if (seen > LIMITS.msgpackValues) {
      throw new DecodeError("ERR_MSGPACK_VALUES", field, at, `${field} has too many values`);
    }
    const form = msgHead(reader.u8(field), at, field);
    if (form.kind === "int" || form.kind === "float") reader.take(form.size, field);
    else if (form.kind === "raw") reader.take(readSized(reader, form, field), field);
    else if (form.kind === "ext") reader.take(readSized(reader, form, field) + 1, field);
    else if (form.kind === "array") left += readSized(reader, form, field);
    else if (form.kind === "map") left += 2 * readSized(reader, form, field);
  }
}
