/** A program that is done: its thread has no peer any more, so nothing keeps it. */
import { startPeerThread } from "../../../src/node/index.js";

startPeerThread();
const thread = startPeerThread();
const peer = thread.startPeer({
  config: { name: "nobody", localAsn: 65001, peerAsn: 65002, remote: { ip: 0x7f00_0001, port: 9 }, routerId: 1 },
});
await peer.stop();
process.stdout.write("done\n");
