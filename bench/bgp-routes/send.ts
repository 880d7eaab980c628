/** A sender as a process of its own: `send.ts COUNT` tells 192.0.2.2 that many host routes. */
import { startPeer } from "@vipkit/bgp/node";
import { nodeHost } from "@vipkit/net/node";

const peer = startPeer({
  host: nodeHost(),
  config: {
    name: "router",
    localAsn: 65001,
    peerAsn: 65002,
    remote: { ip: 0xc000_0202, port: 179 },
    routerId: 0xc000_0201,
    families: ["ipv4"],
    extendedMessage: false,
  },
});
peer.advertise(
  Array.from({ length: Number(process.argv[2]) }, (_, at) => ({ prefix: { ip: 0x0a00_0000 + at, length: 32 } })),
);
