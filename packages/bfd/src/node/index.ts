// What needs Node.js: sockets.
export {
  createBfdSpeaker,
  type BfdSession,
  type BfdSessionConfig,
  type BfdSpeaker,
  type BfdSpeakerOptions,
} from "./speaker.js";
export { hostTransport, udpTransport, type BfdTransport, type TransportOptions } from "./transport.js";
