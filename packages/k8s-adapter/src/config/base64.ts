const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The octets of base64 text (RFC 4648 section 4); blanks are skipped. Undefined for anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const body = text.replaceAll(/\s/g, "");
  if (body.length % 4 !== 0) return undefined;
  const digits = body.replace(/={1,2}$/, "");
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const digit of digits) {
    const value = ALPHABET.indexOf(digit);
    if (value < 0) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}
