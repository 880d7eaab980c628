import { DecodeError } from "@vipkit/net";

/**
 * Messages of the Linux rtnetlink(7) interface, in the byte order of a little-endian machine. They come from the kernel, and
 * are still decoded as if they did not.
 */

export const NETLINK = {
  error: 2,
  done: 3,
  overrun: 4,
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
} as const;

const HEADER_LENGTH = 16;
const ATTRIBUTE_HEADER = 4;
const FLAG_REQUEST = 0x1;
const FLAG_DUMP = 0x300;
/** The nested and byte order bits of an attribute's type. */
const TYPE_MASK = 0x3fff;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Every message of one datagram. The payloads are views of `bytes`. @throws DecodeError `ERR_NETLINK` */
export function decodeNetlinkViews(bytes: Uint8Array): NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER_LENGTH <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (length < HEADER_LENGTH || at + length > bytes.length) {
      throw new DecodeError("ERR_NETLINK", "nlmsg_len", at, `a netlink message of ${length} bytes does not fit`);
    }
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      payload: bytes.subarray(at + HEADER_LENGTH, at + length),
    });
    at += (length + 3) & ~3;
  }
  return messages;
}

/** The attributes behind a fixed part of `from` bytes, by type; of two of one type the last. @throws DecodeError `ERR_NETLINK` */
export function decodeAttributeViews(bytes: Uint8Array, from: number): Map<number, Uint8Array> {
  const view = viewOf(bytes);
  const attributes = new Map<number, Uint8Array>();
  for (let at = from; at + ATTRIBUTE_HEADER <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > bytes.length) {
      throw new DecodeError("ERR_NETLINK", "rta_len", at, `a netlink attribute of ${length} bytes does not fit`);
    }
    attributes.set(view.getUint16(at + 2, true) & TYPE_MASK, bytes.subarray(at + ATTRIBUTE_HEADER, at + length));
    at += (length + 3) & ~3;
  }
  return attributes;
}

/** Asks for all links or all addresses. */
export function encodeDumpRequest(type: number, sequence: number): Uint8Array {
  // The fixed part of either request fits into 16 zero bytes: no family, no index.
  const bytes = new Uint8Array(HEADER_LENGTH + 16);
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, FLAG_REQUEST | FLAG_DUMP, true);
  view.setUint32(8, sequence, true);
  return bytes;
}
