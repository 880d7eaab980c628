// Runs inside a namespace: takes connections on a Unix socket, which namespaces do not divide, and passes each on to a TCP
// connection from the address that its first line names. usage: node relay.mjs SOCKET HOST PORT
import { connect, createServer } from "node:net";

const [path, host, port] = process.argv.slice(2);

createServer((client) => {
  client.once("readable", () => {
    let line = "";
    for (let octet = client.read(1); octet !== null; octet = client.read(1)) {
      if (octet[0] === 10) break;
      line += String.fromCharCode(octet[0]);
    }
    const remote = connect({ host, port: Number(port), localAddress: line });
    const end = () => {
      client.destroy();
      remote.destroy();
    };
    remote.on("error", end);
    client.on("error", end);
    client.pipe(remote).pipe(client);
  });
}).listen(path, () => {
  process.stdout.write("ready\n");
});
