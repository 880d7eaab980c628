import { BFD_HEADER_LENGTH, BfdAuthType, decodeBfd, encodeBfd, type BfdPacket } from "./packet.js";
import { sha1 } from "./sha1.js";

/** How both ends prove who they are (RFC 5880 section 6.7). The key has 1 to 16 octets for a password, 1 to 20 for SHA1. */
export interface BfdKey {
  readonly type: "simple" | "keyed-sha1" | "meticulous-sha1";
  /** 0 to 255 */
  readonly keyId: number;
  readonly key: Uint8Array;
}

/** What a verified packet says. `sequence` is undefined for a simple password. */
export type AuthVerdict =
  { readonly ok: true; readonly sequence: number | undefined } | { readonly ok: false; readonly reason: string };

const TYPE_NUMBERS = {
  simple: BfdAuthType.simplePassword,
  "keyed-sha1": BfdAuthType.keyedSha1,
  "meticulous-sha1": BfdAuthType.meticulousSha1,
} as const;
/** Key id, reserved octet, sequence number, then the digest. */
const DIGEST_AT = 6;
const DIGEST_LENGTH = 20;

function sequenceOf(data: Uint8Array): number {
  return ((data[2]! << 24) | (data[3]! << 16) | (data[4]! << 8) | data[5]!) >>> 0;
}

/** The packet with the key in the place of the digest is what is digested (RFC 5880 section 6.7.4). */
function digestOf(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  const filled = bytes.slice();
  const at = BFD_HEADER_LENGTH + 2 + DIGEST_AT;
  filled.fill(0, at, at + DIGEST_LENGTH);
  filled.set(key.subarray(0, DIGEST_LENGTH), at);
  return sha1(filled);
}

/** Encodes a packet with its authentication section. */
export function encodeAuthenticated(packet: BfdPacket, { type, keyId, key }: BfdKey, sequence: number): Uint8Array {
  if (type === "simple") {
    const data = new Uint8Array(1 + key.length);
    data[0] = keyId;
    data.set(key, 1);
    return encodeBfd({ ...packet, auth: { type: TYPE_NUMBERS[type], data } });
  }
  const data = new Uint8Array(DIGEST_AT + DIGEST_LENGTH);
  data.set([keyId, 0, sequence >>> 24, sequence >>> 16, sequence >>> 8, sequence]);
  const bytes = encodeBfd({ ...packet, auth: { type: TYPE_NUMBERS[type], data } });
  bytes.set(digestOf(bytes, key), BFD_HEADER_LENGTH + 2 + DIGEST_AT);
  return bytes;
}

/** Compares without stopping at the first difference: the time taken tells nothing. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at += 1) difference |= a[at]! ^ (b[at] ?? 0);
  return difference === 0;
}

/** Checks everything but the order of sequence numbers, which only the session knows. */
export function verifyAuth(bytes: Uint8Array, expected: BfdKey): AuthVerdict {
  const { auth } = decodeBfd(bytes);
  if (auth === undefined) return { ok: false, reason: "no authentication" };
  if (auth.type !== TYPE_NUMBERS[expected.type]) return { ok: false, reason: `authentication type ${auth.type}` };
  if (auth.data[0] !== expected.keyId) return { ok: false, reason: `key id ${auth.data[0]}` };
  if (expected.type === "simple") {
    return isSame(auth.data.subarray(1), expected.key)
      ? { ok: true, sequence: undefined }
      : { ok: false, reason: "wrong password" };
  }
  if (auth.data.length !== DIGEST_AT + DIGEST_LENGTH) return { ok: false, reason: "authentication length" };
  const whole = bytes.subarray(0, BFD_HEADER_LENGTH + 2 + auth.data.length);
  const right = isSame(auth.data.subarray(DIGEST_AT), digestOf(whole, expected.key));
  return right ? { ok: true, sequence: sequenceOf(auth.data) } : { ok: false, reason: "wrong digest" };
}
