import {
  formatPrefix,
  isVipkitError,
  parseRange,
  rangeToPrefixes,
  unmapIp,
  VipkitError,
  type Prefix,
} from "@vipkit/net";

/** As the API reads it: a bare address is no range, blanks belong around the dash only, IPv4 inside IPv6 is IPv4. */
function prefixesOf(input: string): Prefix[] {
  const isPrefix = !input.includes("-");
  if (isPrefix && (!input.includes("/") || input !== input.trim())) {
    throw new VipkitError("ERR_PREFIX", `"${input}" is neither a prefix nor a range`);
  }
  const { first, last } = parseRange(input);
  const ends = { first: unmapIp(first), last: unmapIp(last) };
  return rangeToPrefixes(typeof ends.first === typeof ends.last ? ends : { first, last });
}

/** `{input}`: one `addresses` entry. */
export const answer = (line: Readonly<Record<string, unknown>>): object => {
  const { input } = line;
  if (typeof input !== "string") throw new VipkitError("ERR_INPUT", "input is text");
  try {
    return { accepted: true, cidrs: prefixesOf(input).map(formatPrefix) };
  } catch (error) {
    if (!isVipkitError(error)) throw error;
    return { accepted: false, code: error.code };
  }
};
