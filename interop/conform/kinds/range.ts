import { formatPrefix, isVipkitError, parseRange, rangeToPrefixes, VipkitError } from "@vipkit/net";

/** `{input}`: one `addresses` entry. A bare address is refused, as the API does. */
export const answer = (line: Readonly<Record<string, unknown>>): object => {
  const { input } = line;
  if (typeof input !== "string") throw new VipkitError("ERR_INPUT", "input is text");
  if (!input.includes("/") && !input.includes("-")) return { accepted: false, code: "ERR_PREFIX" };
  try {
    return { accepted: true, cidrs: rangeToPrefixes(parseRange(input)).map(formatPrefix) };
  } catch (error) {
    if (!isVipkitError(error)) throw error;
    return { accepted: false, code: error.code };
  }
};
