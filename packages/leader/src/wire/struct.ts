import { type ByteReader, ByteWriter, DecodeError } from "@vipkit/net";
import { LIMITS } from "./limits.js";
import { msgHead, readInt, readSized, skipMsgpack } from "./msgpack.js";
import { utf8Bytes, utf8Length, utf8Text } from "./utf8.js";

/** What a field holds. `octets` may be absent on the wire (nil), which reads as no octets. */
export type FieldKind = "text" | "octets" | "flag" | "u8" | "u16" | "u32" | "count";

/** One field: its key on the wire and its kind. In our types it has the same name with a small first letter. */
export type FieldSpec = readonly [wireKey: string, kind: FieldKind];

/** A struct of the protocol: a MessagePack map (or an array in declaration order), without its leading type octet. */
export interface StructSpec<T> {
  readonly name: string;
  decode(reader: ByteReader): T;
  /** Octets of the map, keys sorted, integers in their shortest unsigned form, text and octets as raw. */
  encode(value: T, before?: number): Uint8Array;
  /** Wire keys in declaration order. */
  readonly fields: readonly FieldSpec[];
}

type FieldValue = string | number | boolean | Uint8Array;
type Slots = Record<string, FieldValue>;

const BOUNDS = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff, count: Number.MAX_SAFE_INTEGER } as const;
const NO_OCTETS = new Uint8Array(0);

/** Describes a struct by its fields in declaration order. */
export function structOf<T>(name: string, fields: readonly FieldSpec[]): StructSpec<T> {
  const byKey = new Map(fields.map(([key, kind]) => [key, { key, kind, slot: slotName(key) }]));
  const inOrder = fields.map(([key, kind]) => ({ key, kind, slot: slotName(key) }));
  const sorted = [...inOrder]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((field) => ({ ...field, head: rawKey(field.key) }));
  const empty: Slots = Object.fromEntries(inOrder.map(({ slot, kind }) => [slot, emptyOf(kind)]));
  const headLength = 1 + sorted.reduce((sum, field) => sum + field.head.length, 0);

  const decode = (reader: ByteReader): T => {
    const at = reader.offset;
    const form = msgHead(reader.u8(name), at, name);
    const value: Slots = { ...empty };
    const count = form.kind === "map" || form.kind === "array" ? readSized(reader, form, name) : -1;
    if (count < 0 || count > LIMITS.msgpackValues) {
      throw new DecodeError("ERR_STRUCT", name, at, `${name} is not a map of its fields`);
    }
    let next = 0;
    for (let i = 0; i < count; i += 1) {
      const expected = form.kind === "map" ? sorted[next] : undefined;
      if (expected !== undefined && takeIfNext(reader, expected.head)) {
        // Keys usually come sorted, with none left out but those that are empty: then no text has to be made of them.
        next += 1;
        readField(reader, value, expected.slot, expected.key, expected.kind);
        continue;
      }
      const field = form.kind === "map" ? byKey.get(readKey(reader, name)) : inOrder[i];
      if (field === undefined) skipMsgpack(reader, name);
      else readField(reader, value, field.slot, field.key, field.kind);
    }
    return value as T;
  };

  const encode = (value: T, before = 0): Uint8Array => {
    const slots = value as Slots;
    let length = headLength + before;
    for (const { slot } of sorted) length += lengthOfField(slots[slot]!);
    const writer = new ByteWriter(length);
    writer.offset = before;
    writer.u8(0x80 | sorted.length);
    for (const { head, slot } of sorted) {
      writer.put(head);
      writeField(writer, slots[slot]!);
    }
    return writer.bytes;
  };

  return { name, decode, encode, fields };
}

function slotName(key: string): string {
  return key.charAt(0).toLowerCase() + key.slice(1);
}

function rawKey(key: string): Uint8Array {
  return Uint8Array.from([0xa0 | key.length, ...utf8Bytes(key)]);
}

function emptyOf(kind: FieldKind): FieldValue {
  return kind === "text" ? "" : kind === "octets" ? NO_OCTETS : kind === "flag" ? false : 0;
}

/** Steps over these octets if they come next. */
function takeIfNext(reader: ByteReader, octets: Uint8Array): boolean {
  const { bytes, offset, end } = reader;
  if (octets.length > end - offset) return false;
  for (let i = 0; i < octets.length; i += 1) if (bytes[offset + i] !== octets[i]) return false;
  reader.offset = offset + octets.length;
  return true;
}

/** A key that is no text is stepped over together with its value, as an unknown one. */
function readKey(reader: ByteReader, name: string): string {
  const at = reader.offset;
  const form = msgHead(reader.bytes[reader.take(1, name)]!, at, name);
  if (form.kind !== "raw") {
    reader.offset = at;
    skipMsgpack(reader, name);
    return "";
  }
  const length = readSized(reader, form, name);
  const start = reader.take(length, name);
  return length > 32 ? "" : utf8Text(reader.bytes, start, start + length, name);
}

function readField(reader: ByteReader, value: Slots, slot: string, key: string, kind: FieldKind): void {
  const at = reader.offset;
  const form = msgHead(reader.u8(key), at, key);
  if (form.kind === "nil") return;
  if (kind === "text" || kind === "octets") {
    if (kind === "octets" && form.kind === "array")
      value[slot] = readOctetArray(reader, readSized(reader, form, key), key);
    else if (form.kind !== "raw") throw wrongKind(key, at, kind);
    else value[slot] = readRaw(reader, readSized(reader, form, key), key, kind);
  } else if (kind === "flag") {
    if (form.kind !== "bool") throw wrongKind(key, at, kind);
    value[slot] = form.inline === 1;
  } else {
    if (form.kind !== "int") throw wrongKind(key, at, kind);
    const number = readInt(reader, form, key);
    if (typeof number === "bigint" || number < 0 || number > BOUNDS[kind]) {
      throw new DecodeError("ERR_FIELD_RANGE", key, at, `${key} is ${number}, outside 0 to ${BOUNDS[kind]}`);
    }
    value[slot] = number;
  }
}

function readRaw(reader: ByteReader, length: number, key: string, kind: "text" | "octets"): string | Uint8Array {
  if (kind === "octets") return length === 0 ? NO_OCTETS : reader.copy(length, key);
  const start = reader.take(length, key);
  if (length > LIMITS.nameBytes) {
    throw new DecodeError(
      "ERR_NAME_LENGTH",
      key,
      start,
      `${key} has ${length} octets, at most ${LIMITS.nameBytes} are allowed`,
    );
  }
  return utf8Text(reader.bytes, start, start + length, key);
}

/** Octets may also come as an array of small integers. */
function readOctetArray(reader: ByteReader, length: number, key: string): Uint8Array {
  if (length > reader.remaining) reader.take(length, key);
  return Uint8Array.from({ length }, () => {
    const at = reader.offset;
    const form = msgHead(reader.u8(key), at, key);
    const octet = form.kind === "int" ? readInt(reader, form, key) : -1;
    if (octet < 0 || octet > 255) throw wrongKind(key, at, "octets");
    return Number(octet);
  });
}

function wrongKind(key: string, at: number, kind: FieldKind): DecodeError {
  return new DecodeError("ERR_FIELD_KIND", key, at, `${key} is not ${kind}`);
}

function lengthOfField(value: FieldValue): number {
  if (typeof value === "boolean") return 1;
  if (typeof value === "number") {
    return value <= 0x7f ? 1 : value <= 0xff ? 2 : value <= 0xffff ? 3 : value <= 0xffff_ffff ? 5 : 9;
  }
  const length = typeof value === "string" ? utf8Length(value) : value.length;
  return (length < 32 ? 1 : length <= 0xffff ? 3 : 5) + length;
}

function writeField(writer: ByteWriter, value: FieldValue): void {
  if (typeof value === "boolean") writer.u8(value ? 0xc3 : 0xc2);
  else if (typeof value === "number") writeUnsigned(writer, value);
  else if (typeof value === "string") {
    const length = utf8Length(value);
    writeRawHead(writer, length);
    if (length !== value.length) writer.put(utf8Bytes(value));
    else for (let i = 0; i < length; i += 1) writer.u8(value.charCodeAt(i));
  } else {
    writeRawHead(writer, value.length);
    writer.put(value);
  }
}

function writeRawHead(writer: ByteWriter, length: number): void {
  if (length < 32) writer.u8(0xa0 | length);
  else if (length <= 0xffff) {
    writer.u8(0xda);
    writer.u16(length);
  } else {
    writer.u8(0xdb);
    writer.u32(length);
  }
}

function writeUnsigned(writer: ByteWriter, value: number): void {
  if (value <= 0x7f) writer.u8(value);
  else if (value <= 0xff) {
    writer.u8(0xcc);
    writer.u8(value);
  } else if (value <= 0xffff) {
    writer.u8(0xcd);
    writer.u16(value);
  } else if (value <= 0xffff_ffff) {
    writer.u8(0xce);
    writer.u32(value);
  } else {
    writer.u8(0xcf);
    writer.u32(Math.floor(value / 0x1_0000_0000));
    writer.u32(value >>> 0);
  }
}
