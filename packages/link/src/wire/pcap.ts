/** The pcap file format with nanoseconds, little endian: what tcpdump, tshark and Wireshark read. */

const MAGIC_NANOSECONDS = 0xa1b2_3c4d;
const LINK_ETHERNET = 1;
const SNAP_LENGTH = 0x4_0000;

/** The 24 bytes that open a file of Ethernet frames. */
export function encodePcapHeader(): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC_NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, SNAP_LENGTH, true);
  view.setUint32(20, LINK_ETHERNET, true);
  return bytes;
}

/** One record: 16 bytes and the frame. `timeMs` is wall-clock milliseconds since 1970, fractions allowed. */
export function encodePcapRecord(timeMs: number, frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + frame.length);
  const view = new DataView(bytes.buffer);
  const seconds = Math.floor(timeMs / 1000);
  view.setUint32(0, seconds, true);
  view.setUint32(4, Math.min(999_999_999, Math.round((timeMs - seconds * 1000) * 1e6)), true);
  view.setUint32(8, frame.length, true);
  view.setUint32(12, frame.length, true);
  bytes.set(frame, 16);
  return bytes;
}
