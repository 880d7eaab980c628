/** Link type of Ethernet frames (LINKTYPE_ETHERNET of the tcpdump registry). */
const LINKTYPE_ETHERNET = 1;
/** Little-endian file with nanoseconds. */
const MAGIC_NANOSECONDS = 0xa1b2_3c4d;
const SNAP_LENGTH = 262_144;

/** The header of a capture file of Ethernet frames with nanosecond times: 24 octets, written once at the start. */
export function encodePcapHeader(): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC_NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, SNAP_LENGTH, true);
  view.setUint32(20, LINKTYPE_ETHERNET, true);
  return bytes;
}

/**
 * One frame of a capture file: a header of 16 octets and a copy of the frame.
 * @param timeMs milliseconds since the epoch, fractions kept to the nanosecond as far as the number has them
 */
export function encodePcapRecord(frame: Uint8Array, timeMs: number): Uint8Array {
  const length = Math.min(frame.length, SNAP_LENGTH);
  const bytes = new Uint8Array(16 + length);
  const view = new DataView(bytes.buffer);
  const seconds = Math.floor(timeMs / 1000);
  const nanoseconds = Math.min(999_999_999, Math.round((timeMs - seconds * 1000) * 1e6));
  view.setUint32(0, seconds, true);
  view.setUint32(4, nanoseconds, true);
  view.setUint32(8, length, true);
  view.setUint32(12, frame.length, true);
  bytes.set(length === frame.length ? frame : frame.subarray(0, length), 16);
  return bytes;
}
