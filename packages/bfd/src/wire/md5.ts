/** Left rotations by round (RFC 1321 section 3.4). */
const ROTATIONS: readonly (readonly number[])[] = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];
/** The integer part of 2^32 times the absolute sine of 1 to 64 (RFC 1321 section 3.4). */
const SINES: Int32Array = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

function mixed(step: number, b: number, c: number, d: number): number {
  if (step < 16) return (b & c) | (~b & d);
  if (step < 32) return (d & b) | (~d & c);
  if (step < 48) return b ^ c ^ d;
  return c ^ (b | ~d);
}

function wordAt(step: number): number {
  if (step < 16) return step;
  if (step < 32) return (5 * step + 1) % 16;
  if (step < 48) return (3 * step + 5) % 16;
  return (7 * step) % 16;
}

function mix(hash: Int32Array, words: Int32Array): void {
  let [a, b, c, d] = hash as unknown as [number, number, number, number];
  for (let step = 0; step < 64; step += 1) {
    const sum = (a + mixed(step, b, c, d) + SINES[step]! + words[wordAt(step)]!) | 0;
    const bits = ROTATIONS[step >> 4]![step & 3]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << bits) | (sum >>> (32 - bits)))) | 0;
  }
  hash[0]! += a;
  hash[1]! += b;
  hash[2]! += c;
  hash[3]! += d;
}

/** MD5 (RFC 1321) of a short message. Broken as a hash, and still what some routers offer to authenticate BFD. */
export function md5(message: Uint8Array): Uint8Array {
  const blocks = Math.floor((message.length + 8) / 64) + 1;
  const padded = new Uint8Array(blocks * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, message.length * 8, true);
  const hash = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476);
  for (let block = 0; block < blocks; block += 1) {
    mix(
      hash,
      Int32Array.from({ length: 16 }, (_, i) => view.getInt32(block * 64 + i * 4, true)),
    );
  }
  const digest = new Uint8Array(16);
  const out = new DataView(digest.buffer);
  hash.forEach((word, i) => out.setInt32(i * 4, word, true));
  return digest;
}
