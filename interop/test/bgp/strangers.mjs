// Connects again and again, a few hundred at a time, says something senseless and waits to be closed.
// usage: node strangers.mjs HOST PORT COUNT [LOCAL]
import { connect } from "node:net";

const [host, port, count, localAddress] = process.argv.slice(2);
const AT_ONCE = 200;
const GARBAGE = new Uint8Array(64).fill(0x47);
let begun = 0;
let ended = 0;
let heard = 0;

function next() {
  if (begun === Number(count)) return;
  begun += 1;
  const socket = connect({ host, port: Number(port), ...(localAddress === undefined ? {} : { localAddress }) });
  socket.on("connect", () => socket.write(GARBAGE));
  socket.on("data", (chunk) => {
    heard += chunk.length;
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    ended += 1;
    if (ended === Number(count)) process.stdout.write(`done ${ended} heard ${heard}\n`);
    next();
  });
}

for (let at = 0; at < AT_ONCE; at += 1) next();
