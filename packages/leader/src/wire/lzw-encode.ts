/**
 * Packs octets as memberlist does (see `inflateLzw`): a clear code first, another one when the table is full, the end code
 * last. The same input gives the same octets as Go's encoder.
 */
const CLEAR = 256;
const END = 257;
const FULL = 4095;

/** @returns the packed octets; they are more than the input where nothing repeats */
export function deflateLzw(bytes: Uint8Array): Uint8Array {
  const output = new Uint8Array(8 + Math.ceil((bytes.length + 2) * 1.5) + Math.ceil(bytes.length / 3000) * 2);
  const table = new Map<number, number>();
  let length = 0;
  let bits = 0;
  let held = 0;
  let width = 9;
  let high = END;

  const write = (code: number): void => {
    bits |= code << held;
    held += width;
    for (; held >= 8; held -= 8) {
      output[length++] = bits;
      bits >>>= 8;
    }
  };
  /** Counts the code that the other side defines now. True when the table had to be cleared. */
  const grow = (): boolean => {
    high += 1;
    if (high === 1 << width) width += 1;
    if (high !== FULL) return false;
    write(CLEAR);
    width = 9;
    high = END;
    table.clear();
    return true;
  };

  write(CLEAR);
  let code = bytes[0];
  for (let i = 1; i < bytes.length; i += 1) {
    const octet = bytes[i]!;
    const key = (code! << 8) | octet;
    const known = table.get(key);
    if (known !== undefined) code = known;
    else {
      write(code!);
      code = octet;
      if (!grow()) table.set(key, high);
    }
  }
  if (code !== undefined) {
    write(code);
    grow();
  }
  write(END);
  if (held > 0) output[length++] = bits;
  return output.slice(0, length);
}
