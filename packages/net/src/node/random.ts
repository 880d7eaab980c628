import { getRandomValues } from "node:crypto";

const POOL_WORDS = 256;
const pool = new Uint32Array(POOL_WORDS);
let used = POOL_WORDS;

/** A number from 0 up to, but not including, 1, with 53 bits from the system's secure generator. */
export function secureRandom(): number {
  if (used === POOL_WORDS) {
    getRandomValues(pool);
    used = 0;
  }
  const high = pool[used]! >>> 6;
  const low = pool[used + 1]! >>> 5;
  used += 2;
  return (high * 0x800_0000 + low) / 2 ** 53;
}
