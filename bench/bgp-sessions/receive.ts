/** The other end of measured routes: `receive.ts COUNT` sends its port, and then 0 and COUNT whenever it holds so many. */
import { listenForPeers } from "@vipkit/bgp/node";
import { nodeHost } from "@vipkit/net/node";

const count = Number(process.argv[2]);
let held = 0;
const listener = await listenForPeers({
  host: nodeHost(),
  local: { ip: 0x7f00_0001, port: 0 },
  dynamic: [
    {
      prefix: { ip: 0x7f00_0000, length: 8 },
      config: { localAsn: 65002, peerAsn: 65001, routerId: 0x0a00_0002, families: ["ipv4"] },
    },
  ],
  onUpdate: ({ announced, withdrawn }) => {
    for (const { nlri } of announced) held += nlri.length;
    for (const { nlri } of withdrawn) held -= nlri.length;
    if (held === 0 || held === count) process.send?.(held);
  },
});
process.send?.(listener.local.port);
