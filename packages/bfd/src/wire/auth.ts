import { BFD_HEADER_LENGTH, BfdAuthType, decodeBfd, encodeBfd, type BfdPacket } from "./packet.js";
import { md5 } from "./md5.js";
import { sha1 } from "./sha1.js";

/** How both ends prove who they are (RFC 5880 section 6.7). The key has 1 to 20 octets for SHA1, else 1 to 16. */
export interface BfdKey {
  readonly type: "simple" | "keyed-md5" | "meticulous-md5" | "keyed-sha1" | "meticulous-sha1";
  /** 0 to 255 */
  readonly keyId: number;
  readonly key: Uint8Array;
}

/** What a verified packet says. `sequence` is undefined for a simple password. */
export type AuthVerdict =
  { readonly ok: true; readonly sequence: number | undefined } | { readonly ok: false; readonly reason: string };

const TYPE_NUMBERS = {
  simple: BfdAuthType.simplePassword,
  "keyed-md5": BfdAuthType.keyedMd5,
  "meticulous-md5": BfdAuthType.meticulousMd5,
  "keyed-sha1": BfdAuthType.keyedSha1,
  "meticulous-sha1": BfdAuthType.meticulousSha1,
} as const;
/** Key id, reserved octet, sequence number, then the digest. */
const DIGEST_AT = 6;
const MD5 = { hash: md5, length: 16 } as const;
const SHA1 = { hash: sha1, length: 20 } as const;
const LONGEST_PASSWORD = 16;

function digestKind({ type }: BfdKey): typeof MD5 | typeof SHA1 | undefined {
  if (type === "simple") return undefined;
  return type === "keyed-md5" || type === "meticulous-md5" ? MD5 : SHA1;
}

/** How long a key may be, in octets. */
export function longestKey(key: BfdKey): number {
  return digestKind(key)?.length ?? LONGEST_PASSWORD;
}

/** Each packet must have a higher sequence number than the one before (RFC 5880 section 6.7.3). */
export function isMeticulous({ type }: BfdKey): boolean {
  return type === "meticulous-md5" || type === "meticulous-sha1";
}

function sequenceOf(data: Uint8Array): number {
  return ((data[2]! << 24) | (data[3]! << 16) | (data[4]! << 8) | data[5]!) >>> 0;
}

/** The packet with the key in the place of the digest is what is digested (RFC 5880 sections 6.7.3 and 6.7.4). */
function digestOf(bytes: Uint8Array, key: Uint8Array, { hash, length }: typeof MD5 | typeof SHA1): Uint8Array {
  const filled = bytes.slice();
  const at = BFD_HEADER_LENGTH + 2 + DIGEST_AT;
  filled.fill(0, at, at + length);
  filled.set(key.subarray(0, length), at);
  return hash(filled);
}

/** Encodes a packet with its authentication section. */
export function encodeAuthenticated(packet: BfdPacket, auth: BfdKey, sequence: number): Uint8Array {
  const { type, keyId, key } = auth;
  const kind = digestKind(auth);
  if (kind === undefined) {
    const data = new Uint8Array(1 + key.length);
    data[0] = keyId;
    data.set(key, 1);
    return encodeBfd({ ...packet, auth: { type: TYPE_NUMBERS[type], data } });
  }
  const data = new Uint8Array(DIGEST_AT + kind.length);
  data.set([keyId, 0, sequence >>> 24, sequence >>> 16, sequence >>> 8, sequence]);
  const bytes = encodeBfd({ ...packet, auth: { type: TYPE_NUMBERS[type], data } });
  bytes.set(digestOf(bytes, key, kind), BFD_HEADER_LENGTH + 2 + DIGEST_AT);
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
  const kind = digestKind(expected);
  if (kind === undefined) {
    return isSame(auth.data.subarray(1), expected.key)
      ? { ok: true, sequence: undefined }
      : { ok: false, reason: "wrong password" };
  }
  if (auth.data.length !== DIGEST_AT + kind.length) return { ok: false, reason: "authentication length" };
  const whole = bytes.subarray(0, BFD_HEADER_LENGTH + 2 + auth.data.length);
  const right = isSame(auth.data.subarray(DIGEST_AT), digestOf(whole, expected.key, kind));
  return right ? { ok: true, sequence: sequenceOf(auth.data) } : { ok: false, reason: "wrong digest" };
}
