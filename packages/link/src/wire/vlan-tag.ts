/** An 802.1Q or 802.1ad tag as the kernel hands it over beside a frame that it has taken it out of. */
export interface VlanTag {
  /** Tag protocol identifier: 0x8100 or 0x88a8. */
  readonly tpid: number;
  /** Priority, drop eligible and VLAN identifier: 16 bits. */
  readonly tci: number;
}

const TAG_LENGTH = 4;
const MACS_LENGTH = 12;

/**
 * Puts a tag back where it was on the wire. The frame begins at `start`, and the four bytes before it are free: the MAC
 * addresses move into them. Returns where the frame begins now.
 */
export function insertTag(bytes: Uint8Array, start: number, { tpid, tci }: VlanTag): number {
  bytes.copyWithin(start - TAG_LENGTH, start, start + MACS_LENGTH);
  const at = start - TAG_LENGTH + MACS_LENGTH;
  bytes[at] = tpid >>> 8;
  bytes[at + 1] = tpid;
  bytes[at + 2] = tci >>> 8;
  bytes[at + 3] = tci;
  return start - TAG_LENGTH;
}
