// What needs Node.js: sockets, timers, files.
export { startPeer, type DrainOptions, type DrivenPeerEvent, type Peer, type PeerOptions } from "./peer.js";
export { listenForPeers, type DynamicNeighbors, type ListenerOptions, type PeerListener } from "./listener.js";
export type { ReceivedUpdate } from "./received-update.js";
