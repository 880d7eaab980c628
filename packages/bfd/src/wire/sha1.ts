/** SHA-1 (RFC 3174) of a short message. Here because the authentication of RFC 5880 asks for it, and browsers must run this. */
export function sha1(message: Uint8Array): Uint8Array {
  const blocks = Math.floor((message.length + 8) / 64) + 1;
  const words = new Int32Array(blocks * 16);
  message.forEach((byte, at) => {
    words[at >> 2]! |= byte << (24 - (at & 3) * 8);
  });
  words[message.length >> 2]! |= 0x80 << (24 - (message.length & 3) * 8);
  words[words.length - 1] = message.length * 8;
  const hash = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0);
  const schedule = new Int32Array(80);
  for (let block = 0; block < blocks; block += 1) {
    schedule.set(words.subarray(block * 16, block * 16 + 16));
    mix(hash, schedule);
  }
  const digest = new Uint8Array(20);
  for (let at = 0; at < 20; at += 1) digest[at] = hash[at >> 2]! >>> (24 - (at & 3) * 8);
  return digest;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function round(step: number, b: number, c: number, d: number): number {
  if (step < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (step < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (step < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function mix(hash: Int32Array, schedule: Int32Array): void {
  for (let at = 16; at < 80; at += 1) {
    schedule[at] = rotate(schedule[at - 3]! ^ schedule[at - 8]! ^ schedule[at - 14]! ^ schedule[at - 16]!, 1);
  }
  let [a, b, c, d, e] = hash as unknown as [number, number, number, number, number];
  for (let step = 0; step < 80; step += 1) {
    const next = (rotate(a, 5) + round(step, b, c, d) + e + schedule[step]!) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  hash[0]! += a;
  hash[1]! += b;
  hash[2]! += c;
  hash[3]! += d;
  hash[4]! += e;
}
