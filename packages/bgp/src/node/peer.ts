import type { ByteStream, Host, Millis, Prefix } from "@vipkit/net";
import type { PeerConfig } from "../machine/peer/config.js";
import type { PeerEvent } from "../machine/peer/effects.js";
import type { PeerSnapshot } from "../machine/peer/snapshot.js";
import type { Route } from "../machine/routes/route.js";
import { drivePeer } from "./drive-peer.js";
import { receivedUpdate, type ReceivedUpdate } from "./received-update.js";

/** What a driven peer reports: the machine's events, and what only the driver sees. */
export type DrivenPeerEvent =
  | PeerEvent
  /** A timer has fired this late: the event loop was blocked. */
  | { readonly type: "lag"; readonly ms: Millis }
  /** The thread that ran the session has ended by itself (`startPeerThread`): this peer is over. */
  | { readonly type: "crashed"; readonly reason: string };

export interface DrainOptions {
  /** Shutdown communication (RFC 9003), at most 255 octets of UTF-8; longer text is cut. */
  readonly text?: string | undefined;
  /** How long the routes stay as last choice before they are withdrawn. Default 0. */
  readonly waitMs?: Millis | undefined;
}

/** A neighbour that we speak BGP with, wherever the session runs. */
export interface Peer {
  readonly name: string;
  readonly config: PeerConfig;
  /** Says which routes the peer shall know: the whole set. Only the difference goes out; the session is never touched. */
  advertise(routes: Iterable<Route>): void;
  /** Adds or replaces some routes. */
  announce(routes: Iterable<Route>): void;
  /** Removes all paths of some prefixes. */
  withdraw(prefixes: Iterable<Prefix>): void;
  /** State, capabilities, counters as plain data. `maxLagMs`: the latest that a timer has fired. */
  snapshot(): DrivenPeerSnapshot;
  /** @returns a function that ends the subscription */
  onEvent(listener: (event: DrivenPeerEvent) => void): () => void;
  /** A failure detector has lost the peer: this session ends at once, and a new one is tried. */
  failureDetected(text?: string): void;
  /** Moves traffic away, withdraws, closes with Cease. Resolves when the session is gone; never rejects. */
  drain(options?: DrainOptions): Promise<void>;
  /** Closes with Cease and the shutdown communication. Resolves when it has been handed over; never rejects. */
  stop(text?: string): Promise<void>;
}

export type DrivenPeerSnapshot = PeerSnapshot & { readonly maxLagMs: Millis };

/** A neighbour whose session runs on this event loop. */
export interface LocalPeer extends Peer {
  /** Hands over a connection that this peer has opened. */
  accept(stream: ByteStream): void;
}

export interface PeerOptions {
  readonly host: Host;
  readonly config: PeerConfig;
  /** Routes that the peer sends. Without it they are checked and counted, and not kept. */
  readonly onUpdate?: ((update: ReceivedUpdate, peer: Peer) => void) | undefined;
  /** Gets a line of JSON for every input of the machine, with what came out: `replayRecord` runs it again. */
  readonly record?: ((line: string) => void) | undefined;
  /** A timer that fires this late is reported as an event. Default 1000. */
  readonly lagWarningMs?: Millis | undefined;
}

/**
 * Starts to speak BGP with one neighbour: dials it (unless it is passive) and takes what `accept` is given.
 * @throws VipkitError `ERR_BGP_CONFIG`
 */
export function startPeer({ onUpdate, ...options }: PeerOptions): LocalPeer {
  const { peer, ...driven } = drivePeer(options);
  if (onUpdate !== undefined) driven.onView((view) => onUpdate(receivedUpdate(view), peer));
  driven.start();
  return peer;
}
