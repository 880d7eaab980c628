import { DecodeError, fromHex, ParseError } from "@vipkit/net";

/** The octets under a key of an input line. @throws ParseError */
export function hexOf(line: Record<string, unknown>, key: string): Uint8Array {
  const text = line[key];
  if (typeof text !== "string") throw new ParseError("ERR_INPUT", `"${key}" is not a string of hexadecimal digits`);
  return fromHex(text);
}

/** `{valid: true, ...}` from a decoder that returns, `{valid: false, error}` from one that refuses. */
export function verdictOf(decode: () => Record<string, unknown>): Record<string, unknown> {
  try {
    return { valid: true, ...decode() };
  } catch (error) {
    if (error instanceof DecodeError) return { valid: false, error: error.code };
    throw error;
  }
}
