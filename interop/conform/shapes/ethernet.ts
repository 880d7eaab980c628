import { formatMac, type EthernetHeader } from "@vipkit/net";

/** An Ethernet header in the words of the conformance door: addresses as text, absent fields left out. */
export function ethernetShape(header: EthernetHeader): Record<string, unknown> {
  const { dst, src, tags, etherType, length, snap, payloadOffset } = header;
  return {
    dst: formatMac(dst),
    src: formatMac(src),
    ...(etherType === undefined ? { length } : { etherType }),
    ...(snap === undefined ? {} : { snap }),
    tags: tags.map(({ tpid, pcp, dei, vid }) => ({ tpid, pcp, dei: dei ? 1 : 0, vid })),
    payloadOffset,
  };
}
