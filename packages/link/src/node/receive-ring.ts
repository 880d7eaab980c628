import { insertTag } from "../wire/vlan-tag.js";
import { MSG } from "./constants.js";
import { libc } from "./libc.js";

/** Frames per call of the kernel. */
export const RECEIVE_BATCH = 32;

/** Sizes and offsets, in bytes, of struct mmsghdr, iovec, cmsghdr and tpacket_auxdata. */
const MMSGHDR = 64;
const MMSGHDR_IOV = 16;
const MMSGHDR_IOV_COUNT = 24;
const MMSGHDR_CONTROL = 32;
const MMSGHDR_CONTROL_LENGTH = 40;
const MMSGHDR_FLAGS = 48;
const MMSGHDR_LENGTH = 56;
const IOVEC = 16;
const CONTROL = 40;
const AUXDATA = 16;
const AUXDATA_TCI = AUXDATA + 16;
const AUXDATA_TPID = AUXDATA + 18;
const STATUS_VLAN_VALID = 0x10;
const STATUS_TPID_VALID = 0x40;
const TPID_8021Q = 0x8100;
/** Room in front of each frame, where a tag is put back. */
const HEADROOM = 16;

/** Memory that the kernel fills with frames, a batch at a time. */
export interface ReceiveRing {
  /**
   * Fetches what is there, at most a batch: says how many frames there are, then hands over each with its VLAN tag put back,
   * or undefined for one that did not fit. Returns the number fetched, or minus the errno.
   */
  fetch(fd: number, begin: (count: number) => void, deliver: (frame: Uint8Array | undefined) => void): number;
}

/** @param frameBytes the longest frame that fits, header included and tag excluded */
export function createReceiveRing(frameBytes: number): ReceiveRing {
  const c = libc();
  const slot = (HEADROOM + frameBytes + 63) & ~63;
  const frames = new Uint8Array(slot * RECEIVE_BATCH);
  const controls = new DataView(new ArrayBuffer(CONTROL * RECEIVE_BATCH));
  const vectors = new DataView(new ArrayBuffer(IOVEC * RECEIVE_BATCH));
  const headers = new DataView(new ArrayBuffer(MMSGHDR * RECEIVE_BATCH));
  // The kernel follows these addresses: all four blocks live exactly as long as `fetch`, which uses each of them.
  const framesAt = c.addressOf(frames);
  const controlsAt = c.addressOf(new Uint8Array(controls.buffer));
  const vectorsAt = c.addressOf(new Uint8Array(vectors.buffer));
  const headersAt = c.addressOf(new Uint8Array(headers.buffer));

  /** Points one entry at its memory. */
  const lay = (i: number): void => {
    vectors.setBigUint64(i * IOVEC, framesAt + BigInt(i * slot + HEADROOM), true);
    vectors.setBigUint64(i * IOVEC + 8, BigInt(slot - HEADROOM), true);
    headers.setBigUint64(i * MMSGHDR + MMSGHDR_IOV, vectorsAt + BigInt(i * IOVEC), true);
    headers.setBigUint64(i * MMSGHDR + MMSGHDR_IOV_COUNT, 1n, true);
    headers.setBigUint64(i * MMSGHDR + MMSGHDR_CONTROL, controlsAt + BigInt(i * CONTROL), true);
    headers.setUint32(i * MMSGHDR + MMSGHDR_CONTROL_LENGTH, CONTROL, true);
  };
  for (let i = 0; i < RECEIVE_BATCH; i += 1) lay(i);

  const frameAt = (i: number): Uint8Array | undefined => {
    const header = i * MMSGHDR;
    const control = i * CONTROL;
    const length = headers.getUint32(header + MMSGHDR_LENGTH, true);
    const truncated = (headers.getUint32(header + MMSGHDR_FLAGS, true) & MSG.truncated) !== 0;
    const tagged = headers.getUint32(header + MMSGHDR_CONTROL_LENGTH, true) >= AUXDATA + 20;
    // The kernel writes the length that it has used where it expects the length that there is.
    headers.setUint32(header + MMSGHDR_CONTROL_LENGTH, CONTROL, true);
    if (truncated) return undefined;
    let start = i * slot + HEADROOM;
    const end = start + length;
    const status = tagged ? controls.getUint32(control + AUXDATA, true) : 0;
    if ((status & STATUS_VLAN_VALID) !== 0) {
      const tpid = (status & STATUS_TPID_VALID) === 0 ? TPID_8021Q : controls.getUint16(control + AUXDATA_TPID, true);
      start = insertTag(frames, start, { tpid, tci: controls.getUint16(control + AUXDATA_TCI, true) });
    }
    return frames.subarray(start, end);
  };

  return {
    fetch: (fd, begin, deliver) => {
      const count = c.recvmmsg(fd, headersAt, RECEIVE_BATCH, MSG.dontWait, null);
      if (count < 0) return -c.errno();
      begin(count);
      for (let i = 0; i < count; i += 1) deliver(frameAt(i));
      // Keeps the memory that only the kernel looks at from being collected.
      return vectors.byteLength === 0 ? 0 : count;
    },
  };
}
