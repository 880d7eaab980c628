/** The other ends of the measured sessions: dynamic neighbours from 127.1.0.0/16. Sends the port it listens on. */
import { listenForPeers } from "@vipkit/bgp/node";
import { nodeHost } from "@vipkit/net/node";

const listener = await listenForPeers({
  host: nodeHost(),
  local: { ip: 0x7f00_0001, port: 0 },
  dynamic: [
    {
      prefix: { ip: 0x7f01_0000, length: 16 },
      max: 10_000,
      config: { localAsn: 65002, peerAsn: 65001, routerId: 0x0a00_0002, holdTimeSeconds: 9 },
    },
  ],
});
process.send?.(listener.local.port);
