import { startPeerThread, type PeerThread } from "@vipkit/bgp/node";
import type { Tell } from "../events.js";
import type { StartPeer } from "../peers.js";

/** Runs BGP sessions in a thread, which begins with the first of them. */
export interface SessionThread {
  readonly startPeer: StartPeer;
  close(): Promise<void>;
}

/**
 * Reading thousands of Service objects and deciding about them takes longer than short hold times allow: sessions have an
 * event loop of their own. A crash is told, and the next session begins a new thread.
 */
export function createSessionThread(tell: Tell): SessionThread {
  let thread: PeerThread | undefined;
  const onCrash = (message: string): void => {
    thread = undefined;
    tell({ type: "problem", what: "the thread of the BGP sessions", message });
  };
  return {
    startPeer: (options) => {
      thread ??= startPeerThread({ host: { type: "linux" }, onCrash });
      return thread.startPeer(options);
    },
    close: async () => thread?.close(),
  };
}
