import { decodeEthernet } from "@vipkit/net";
import { ethernetShape } from "../shapes/ethernet.js";
import { hexOf, verdictOf } from "../shapes/verdict.js";

export const answer = (line: Record<string, unknown>): object => {
  const frame = hexOf(line, "frame");
  return verdictOf(() => ({ decode: ethernetShape(decodeEthernet(frame)) }));
};
