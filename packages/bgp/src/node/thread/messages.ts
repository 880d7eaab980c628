import type { MessagePort } from "node:worker_threads";
import type { Millis } from "@vipkit/net";
import type { PeerConfig } from "../../machine/peer/config.js";
import type { Route } from "../../machine/routes/route.js";
import type { UpdateView } from "../../wire/update-view.js";
import type { DrivenPeerEvent, DrivenPeerSnapshot } from "../peer.js";
import type { PackedPrefixes } from "./packed-prefixes.js";

/** How the thread makes its host: hosts hold sockets, which cannot be handed over. */
export type ThreadHost =
  /** `nodeHost()` of `@vipkit/net/node` */
  | { readonly type: "node" }
  /** `linuxHost()` of `@vipkit/link/node`: TCP-MD5, GTSM, devices, and a network namespace. */
  | { readonly type: "linux"; readonly namespace?: string | undefined };

/** What a thread starts with. `answers` takes snapshots; the numbers are shared memory, see `Tally`. */
export interface ThreadWork {
  readonly vipkit: "bgp";
  readonly host: ThreadHost;
  /** See `PeerThreadOptions`. */
  readonly maxWaitingOctets: number;
  readonly answers: MessagePort;
  readonly tally: SharedArrayBuffer;
}

/** Where the shared numbers are. */
export const Tally = {
  /** Counts answered questions; the asking side waits for it to change. */
  answered: 0,
  /** Octets of UPDATEs and events that the other side has dealt with, modulo 2^32. */
  handled: 1,
} as const;

export const TALLY_OCTETS = 8;

/** Routes that differ in nothing but their prefix. */
export interface RouteBatch {
  readonly route: Omit<Route, "prefix">;
  readonly prefixes: PackedPrefixes;
}

/** To the thread. `peer` is a number that the other side has given. */
export type ThreadOrder =
  | {
      readonly type: "start";
      readonly peer: number;
      readonly config: PeerConfig;
      readonly lagWarningMs: Millis | undefined;
      readonly wantsUpdates: boolean;
      readonly wantsRecord: boolean;
    }
  /** Answered by `taken`: the next one waits for that. */
  | {
      readonly type: "change";
      readonly peer: number;
      readonly withdraw: PackedPrefixes;
      readonly announce: readonly RouteBatch[];
      /** The next one belongs to the same change. */
      readonly more: boolean;
    }
  | { readonly type: "failure"; readonly peer: number; readonly text: string | undefined }
  | { readonly type: "drain"; readonly peer: number; readonly text: string | undefined; readonly waitMs: Millis }
  | { readonly type: "stop"; readonly peer: number; readonly text: string | undefined }
  /** Answered on the port of answers. */
  | { readonly type: "ask"; readonly peer: number; readonly question: number }
  /** Stops all peers, and then the thread ends. */
  | { readonly type: "close"; readonly text: string | undefined };

/** From the thread. */
export type ThreadReport =
  | { readonly type: "ready" }
  | { readonly type: "taken"; readonly peer: number }
  | { readonly type: "event"; readonly peer: number; readonly weight: number; readonly event: DrivenPeerEvent }
  | { readonly type: "update"; readonly peer: number; readonly weight: number; readonly view: UpdateView }
  | { readonly type: "record"; readonly peer: number; readonly line: string }
  /** The peer has stopped for good. */
  | { readonly type: "stopped"; readonly peer: number; readonly last: DrivenPeerSnapshot };

/** An answer to `ask`. */
export interface ThreadAnswer {
  readonly question: number;
  readonly snapshot: DrivenPeerSnapshot | undefined;
}
