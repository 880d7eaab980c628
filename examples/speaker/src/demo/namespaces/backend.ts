/**
 * What stands behind the addresses on one node: answers every datagram on the echo port of the addresses given as arguments,
 * from the address that was asked.
 */
import { createSocket } from "node:dgram";
import { ECHO_PORT } from "../probe.js";

for (const address of process.argv.slice(2)) {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(ECHO_PORT, address, () => process.stdout.write(`serving ${address}\n`));
}
