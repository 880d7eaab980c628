/** A speaker as a process of its own, to be killed: `speak.ts CONFIG ROUTES` with JSON, addresses as text. Prints states. */
import { parseIp, parsePrefix, type Ipv4 } from "@vipkit/net";
import { startPeer } from "@vipkit/bgp/node";
import { linuxHost } from "@vipkit/link/node";
import type { PeerConfig } from "@vipkit/bgp";

interface Words {
  readonly local: string;
  readonly remote: string;
  readonly routes: readonly string[];
  readonly more: Partial<PeerConfig>;
}

const { local, remote, routes, more } = JSON.parse(process.argv[2] ?? "{}") as Words;
const peer = startPeer({
  host: linuxHost(),
  config: {
    name: "them",
    localAsn: 65001,
    peerAsn: 65002,
    remote: { ip: parseIp(remote), port: 179 },
    routerId: parseIp(local) as Ipv4,
    idleHold: { firstMs: 200, maxMs: 1000 },
    ...more,
  },
});
peer.advertise(routes.map((prefix) => ({ prefix: parsePrefix(prefix) })));
peer.onEvent((event) => {
  if (event.type === "transition") process.stdout.write(`${event.to}\n`);
});
