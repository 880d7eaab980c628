import { decodeNdpFrame, encodeNdpFrame } from "@vipkit/ndp";
import { toHex } from "@vipkit/net";
import { ndpShape } from "../shapes/ndp.js";
import { hexOf, verdictOf } from "../shapes/verdict.js";

export const answer = (line: Record<string, unknown>): object => {
  const bytes = hexOf(line, "frame");
  return verdictOf(() => {
    const frame = decodeNdpFrame(bytes);
    return { decode: ndpShape(frame), reencoded: toHex(encodeNdpFrame(frame)) };
  });
};
