/** A 32-bit hash of a text (FNV-1a, mixed at the end). */
export function hashText(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

export function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A position from 0 up to `size`, not included: 53 random bits from two words. */
export function draw(hash: number, size: number): number {
  const bits = (hash >>> 5) * 0x400_0000 + (mix(hash + 0x9e3779b9) >>> 6);
  return Math.floor((bits / 2 ** 53) * Math.min(size, 2 ** 53));
}
