// What needs Node.js: sockets, timers, files.
export {
  startPeer,
  type DrainOptions,
  type DrivenPeerEvent,
  type DrivenPeerSnapshot,
  type LocalPeer,
  type Peer,
  type PeerOptions,
} from "./peer.js";
export { startPeerThread, type PeerThread, type PeerThreadOptions } from "./peer-thread.js";
export type { ThreadHost } from "./thread/messages.js";
export type { ThreadPeerOptions } from "./thread/thread-peer.js";
export { listenForPeers, type DynamicNeighbors, type ListenerOptions, type PeerListener } from "./listener.js";
export type { ReceivedUpdate } from "./received-update.js";
