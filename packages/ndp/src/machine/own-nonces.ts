import { readMac, writeMac } from "@vipkit/net";

/** The nonces of our latest probes (RFC 7527 section 4.1): six octets each, as one number. */
export interface OwnNonces {
  /** A new one. */
  next(): Uint8Array;
  has(nonce: Uint8Array): boolean;
}

const REMEMBERED = 1024;

export function createOwnNonces(random: () => number): OwnNonces {
  const known = new Set<number>();
  return {
    next: () => {
      const nonce = Math.floor(random() * 0x1_0000_0000_0000);
      known.add(nonce);
      for (const oldest of known) {
        if (known.size <= REMEMBERED) break;
        known.delete(oldest);
      }
      const bytes = new Uint8Array(6);
      writeMac(bytes, 0, nonce);
      return bytes;
    },
    has: (nonce) => nonce.length === 6 && known.has(readMac(nonce, 0)),
  };
}
