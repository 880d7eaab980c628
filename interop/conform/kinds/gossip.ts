import { decodeLayers, encodeLayer, viewLayer } from "@vipkit/leader";
import { fromHex, toHex, VipkitError } from "@vipkit/net";

/** A packet, or all that one side of a stream sent, taken apart and put together again. */
export const answer = (line: Record<string, unknown>): object => {
  const { hex, stream, label } = line;
  if (typeof hex !== "string") throw new VipkitError("ERR_INPUT", "hex is missing");
  const layer = decodeLayers(fromHex(hex), { stream: stream === true });
  if (typeof label === "string" && label !== "" && layer.kind === "label" && layer.label !== label) {
    throw new VipkitError("ERR_LABEL", "the label is another one");
  }
  return { decoded: viewLayer(layer), reencoded: toHex(encodeLayer(layer)) };
};
