import { ByteWriter } from "@vipkit/net";
import type { Layer } from "./layers.js";
import { deflateLzw } from "./lzw-encode.js";
import { MESSAGE_TYPE } from "./message-type.js";
import type { MsgValue } from "./msgpack.js";
import { encodeMsgpack } from "./msgpack-encode.js";
import { utf8Bytes } from "./utf8.js";

/** Puts the layers together again: the inverse of `decodeLayers`, octet for octet. What was compressed is compressed anew. */
export function encodeLayer(layer: Layer): Uint8Array {
  switch (layer.kind) {
    case "label": {
      const label = utf8Bytes(layer.label);
      return joined([MESSAGE_TYPE.label, label.length], label, encodeLayer(layer.inner));
    }
    case "hasCrc": {
      const { crc } = layer;
      return joined([MESSAGE_TYPE.hasCrc, crc >>> 24, crc >>> 16, crc >>> 8, crc], encodeLayer(layer.inner));
    }
    case "compound": {
      const lengths = layer.lengths.flatMap((length) => [length >>> 8, length]);
      const parts = layer.parts.map(encodeLayer);
      return joined([MESSAGE_TYPE.compound, layer.lengths.length, ...lengths], ...parts, layer.rest);
    }
    case "compress":
      return joined([MESSAGE_TYPE.compress], encodeMsgpack(repacked(layer)), layer.rest);
    case "message":
      return joined([layer.type], encodeMsgpack(layer.body), layer.rest);
    case "user":
      return joined([MESSAGE_TYPE.user], layer.payload);
    case "userStream":
      return joined([MESSAGE_TYPE.user], encodeMsgpack(layer.header), layer.payload, layer.rest);
    case "pushPull":
      return joined(
        [MESSAGE_TYPE.pushPull],
        encodeMsgpack(layer.header),
        ...layer.nodes.map(encodeMsgpack),
        layer.userState,
        layer.rest,
      );
    case "opaque":
      return layer.bytes;
  }
}

/** The body of a compress message with its octets made anew from what they unpacked to. */
function repacked({ body, inner }: Extract<Layer, { kind: "compress" }>): MsgValue {
  const bytes = deflateLzw(encodeLayer(inner));
  const withBytes = (value: MsgValue): MsgValue => (value.kind === "raw" ? { ...value, bytes } : value);
  if (body.kind === "array") return { ...body, items: body.items.map((item, i) => (i === 1 ? withBytes(item) : item)) };
  if (body.kind !== "map") return body;
  const isBuf = (key: MsgValue): boolean => key.kind === "raw" && String.fromCharCode(...key.bytes) === "Buf";
  return { ...body, entries: body.entries.map(([key, value]) => [key, isBuf(key) ? withBytes(value) : value]) };
}

function joined(head: readonly number[], ...parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(parts.reduce((sum, part) => sum + part.length, head.length));
  for (const octet of head) writer.u8(octet);
  for (const part of parts) writer.put(part);
  return writer.bytes;
}
