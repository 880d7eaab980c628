import { sha256 } from "@noble/hashes/sha2";

/** How MetalLB makes the gossip key of its secret: since 0.16.2, or from 0.14.2 to 0.16.1. Neither can read the other. */
export type KeyDerivation = "0.16.2" | "legacy";

/**
 * The AES-256 key that MetalLB's speakers of a certain age use, 32 octets.
 * @param secret the content of the key file as it is stored, nothing trimmed
 */
export function gossipKey(secret: Uint8Array, derivation: KeyDerivation = "0.16.2"): Uint8Array {
  if (derivation === "0.16.2") return sha256(secret);
  // The older code appended the digest of nothing to the secret and cut the whole to the length of a key.
  const key = new Uint8Array(32);
  const head = secret.subarray(0, 32);
  key.set(head);
  key.set(sha256(new Uint8Array(0)).subarray(0, 32 - head.length), head.length);
  return key;
}
