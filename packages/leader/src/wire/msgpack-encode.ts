import { ByteWriter } from "@vipkit/net";
import { msgHead, type MsgValue } from "./msgpack.js";

/** Octets of a value in the form it carries. */
export function lengthOfMsgpack(value: MsgValue): number {
  const { size } = msgHead(value.head, 0, "value");
  switch (value.kind) {
    case "nil":
    case "bool":
      return 1;
    case "int":
    case "float":
      return 1 + size;
    case "raw":
      return 1 + size + value.bytes.length;
    case "ext":
      return 2 + size + value.bytes.length;
    case "array":
      return value.items.reduce((sum, item) => sum + lengthOfMsgpack(item), 1 + size);
    case "map":
      return value.entries.reduce((sum, [k, v]) => sum + lengthOfMsgpack(k) + lengthOfMsgpack(v), 1 + size);
  }
}

/** Writes a value in the form it carries: the inverse of `decodeMsgpack`, octet for octet. */
export function encodeMsgpack(value: MsgValue): Uint8Array {
  const writer = new ByteWriter(lengthOfMsgpack(value));
  writeValue(writer, value);
  return writer.bytes;
}

function writeValue(writer: ByteWriter, value: MsgValue): void {
  const { size } = msgHead(value.head, 0, "value");
  writer.u8(value.head);
  switch (value.kind) {
    case "nil":
    case "bool":
      return;
    case "int":
      writeSized(writer, size, value.value);
      return;
    case "float":
      writer.put(value.bytes);
      return;
    case "raw":
      writeSized(writer, size, value.bytes.length);
      writer.put(value.bytes);
      return;
    case "ext":
      writeSized(writer, size, value.bytes.length);
      writer.u8(value.extType);
      writer.put(value.bytes);
      return;
    case "array":
      writeSized(writer, size, value.items.length);
      for (const item of value.items) writeValue(writer, item);
      return;
    case "map":
      writeSized(writer, size, value.entries.length);
      for (const [key, inner] of value.entries) {
        writeValue(writer, key);
        writeValue(writer, inner);
      }
  }
}

function writeSized(writer: ByteWriter, size: number, value: number | bigint): void {
  if (size === 1) writer.u8(Number(value));
  else if (size === 2) writer.u16(Number(value));
  else if (size === 4) writer.u32(Number(value));
  else if (size === 8) {
    const bits = BigInt.asUintN(64, BigInt(value));
    writer.u32(Number(bits >> 32n));
    writer.u32(Number(bits & 0xffff_ffffn));
  }
}
