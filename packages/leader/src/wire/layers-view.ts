import { toHex } from "@vipkit/net";
import type { Layer } from "./layers.js";
import { MESSAGE_TYPE, messageTypeName } from "./message-type.js";
import { NODE_STATE, PUSH_PULL_HEADER, STRUCTS, USER_HEADER } from "./messages.js";
import type { MsgValue } from "./msgpack.js";
import type { FieldSpec } from "./struct.js";
import { isUtf8, utf8Text } from "./utf8.js";

/** Layers as plain data that JSON can carry: `{ type, name, ... }` with the wire's own keys, octets as `{ hex }` or null. */
export type LayerView = { readonly type: number; readonly name: string } & Readonly<Record<string, unknown>>;

export function viewLayer(layer: Layer): LayerView {
  switch (layer.kind) {
    case "label":
      return { ...named(MESSAGE_TYPE.label), label: layer.label, inner: viewLayer(layer.inner) };
    case "hasCrc": {
      const crc = layer.crc.toString(16).padStart(8, "0");
      return { ...named(MESSAGE_TYPE.hasCrc), crc, crcOk: layer.crcOk, inner: viewLayer(layer.inner) };
    }
    case "compound": {
      const missing = layer.lengths.length - layer.parts.length;
      const count = layer.lengths.length;
      const parts = layer.parts.map(viewLayer);
      return { ...named(MESSAGE_TYPE.compound), count, parts, ...(missing > 0 ? { truncated: missing } : {}) };
    }
    case "compress":
      return { ...named(MESSAGE_TYPE.compress), algo: 0, inner: viewLayer(layer.inner) };
    case "message":
      return { ...named(layer.type), fields: viewStruct(layer.body, STRUCTS.get(layer.type)?.fields ?? []) };
    case "user":
      return { ...named(MESSAGE_TYPE.user), fields: { Payload: viewOctets(layer.payload) } };
    case "userStream": {
      const header = viewStruct(layer.header, USER_HEADER.fields);
      return { ...named(MESSAGE_TYPE.user), header, payload: viewOctets(layer.payload) };
    }
    case "pushPull":
      return {
        ...named(MESSAGE_TYPE.pushPull),
        header: viewStruct(layer.header, PUSH_PULL_HEADER.fields),
        nodes: layer.nodes.map((node) => viewStruct(node, NODE_STATE.fields)),
        userState: viewOctets(layer.userState),
      };
    case "opaque":
      return { ...named(layer.bytes[0] ?? -1), hex: toHex(layer.bytes), error: layer.problem.code };
  }
}

function named(type: number): { readonly type: number; readonly name: string } {
  return { type, name: messageTypeName(type) ?? "unknown" };
}

function viewOctets(bytes: Uint8Array): { readonly hex: string } {
  return { hex: toHex(bytes) };
}

/** The fields of a struct under the wire's keys; an array is read in the order of declaration. */
function viewStruct(body: MsgValue, specs: readonly FieldSpec[]): Record<string, unknown> {
  const kinds = new Map(specs);
  const view: [string, unknown][] = [];
  if (body.kind === "map") {
    for (const [key, value] of body.entries) {
      const name = String(viewValue(key));
      view.push([name, kinds.get(name) === "octets" ? viewOctetField(value) : viewValue(value)]);
    }
  } else if (body.kind === "array") {
    body.items.forEach((value, place) => {
      const [name, kind] = specs[place] ?? [String(place), undefined];
      view.push([name, kind === "octets" ? viewOctetField(value) : viewValue(value)]);
    });
  }
  // fromEntries defines own properties, so that a key such as __proto__ is only a key.
  return Object.fromEntries(view);
}

function viewOctetField(value: MsgValue): unknown {
  if (value.kind === "raw") return viewOctets(value.bytes);
  if (value.kind !== "array") return viewValue(value);
  const octets = value.items.map((item) => (item.kind === "int" ? Number(item.value) : -1));
  return octets.every((octet) => octet >= 0 && octet <= 255) ? viewOctets(Uint8Array.from(octets)) : viewValue(value);
}

function viewValue(value: MsgValue): unknown {
  switch (value.kind) {
    case "nil":
      return null;
    case "bool":
      return value.value;
    case "int":
      return typeof value.value === "bigint" ? value.value.toString() : value.value;
    case "float":
      return viewFloat(value.bytes);
    case "raw":
      return isUtf8(value.bytes) ? utf8Text(value.bytes, 0, value.bytes.length, "text") : viewOctets(value.bytes);
    case "ext":
      return { ext: value.extType, ...viewOctets(value.bytes) };
    case "array":
      return value.items.map(viewValue);
    case "map":
      return Object.fromEntries(value.entries.map(([key, inner]) => [String(viewValue(key)), viewValue(inner)]));
  }
}

function viewFloat(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const number = bytes.length === 4 ? view.getFloat32(0) : view.getFloat64(0);
  return Number.isFinite(number) ? number : viewOctets(bytes);
}
