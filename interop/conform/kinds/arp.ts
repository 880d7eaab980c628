import { decodeArpFrame, encodeArpFrame, type ArpFrame } from "@vipkit/arp";
import { formatIpv4, formatMac, toHex } from "@vipkit/net";
import { ethernetShape } from "../shapes/ethernet.js";
import { hexOf, verdictOf } from "../shapes/verdict.js";

function shape({ eth, arp, kind }: ArpFrame): Record<string, unknown> {
  return {
    eth: ethernetShape(eth),
    arp: {
      htype: 1,
      ptype: 0x0800,
      hlen: 6,
      plen: 4,
      op: arp.op,
      sha: formatMac(arp.sha),
      spa: formatIpv4(arp.spa),
      tha: formatMac(arp.tha),
      tpa: formatIpv4(arp.tpa),
    },
    kind,
  };
}

export const answer = (line: Record<string, unknown>): object => {
  const bytes = hexOf(line, "frame");
  return verdictOf(() => {
    const frame = decodeArpFrame(bytes);
    return { decode: shape(frame), reencoded: toHex(encodeArpFrame(frame)) };
  });
};
