export { systemClock } from "./clock.js";
export { endpointOf, endpointText, hostTextOf, sourceText } from "./endpoint.js";
export { dialTimeout, socketError } from "./errors.js";
export { nodeHost } from "./host.js";
export { secureRandom } from "./random.js";
export { byteStream } from "./stream.js";
export { connectSocket, dialPlain, kernelOptionOf, listenPlain, startServer } from "./tcp.js";
export { bindUdp, datagramSocket } from "./udp.js";
