import type { Millis } from "@vipkit/net";
import type { BfdStateName } from "../wire/packet.js";

export type BfdInput =
  | { readonly type: "start" }
  /** Administratively down: the other end is told, and stops relying on the session (RFC 5880 section 6.8.16). */
  | { readonly type: "stop" }
  /** The payload of a datagram that came from the other end with an acceptable TTL. */
  | { readonly type: "packet"; readonly bytes: Uint8Array }
  /** A datagram of the other end that must not be looked at; it is counted. */
  | { readonly type: "refused"; readonly code: string; readonly reason: string }
  /** New timers, also while the session is up (RFC 5880 section 6.8.3). */
  | {
      readonly type: "timers";
      readonly desiredMinTxMs: Millis;
      readonly requiredMinRxMs: Millis;
      readonly detectMultiplier: number;
    };

/** What people and routing protocols are told. */
export type BfdEvent =
  | { readonly type: "state"; readonly from: BfdStateName; readonly to: BfdStateName; readonly reason: string }
  /** The path works, and has done so long enough to be believed. */
  | { readonly type: "up" }
  /**
   * The path that was told to be up is not watched any more. `administrative`: one of the ends has stopped watching, which says
   * nothing about the path, and routing protocols go on (RFC 5882 section 4.2). Otherwise it has failed.
   */
  | {
      readonly type: "down";
      readonly reason: string;
      readonly diagnostic: number;
      readonly administrative: boolean;
      /** How long ago the other end was last heard to be up. What has begun since then has not failed with this. */
      readonly heardUpMsAgo: Millis;
    }
  | { readonly type: "discarded"; readonly code: string; readonly reason: string };

export type BfdEffect =
  { readonly type: "send"; readonly bytes: Uint8Array } | { readonly type: "event"; readonly event: BfdEvent };

export interface BfdCounters {
  sent: number;
  received: number;
  discarded: number;
  ups: number;
  downs: number;
}

/** A BFD session as plain data; times in milliseconds. */
export interface BfdSnapshot {
  readonly name: string;
  readonly state: BfdStateName;
  readonly sinceMsAgo: Millis;
  readonly remoteState: BfdStateName;
  readonly diagnostic: string;
  readonly remoteDiagnostic: string;
  readonly localDiscriminator: number;
  readonly remoteDiscriminator: number;
  readonly transmitIntervalMs: Millis;
  readonly detectionTimeMs: Millis;
  readonly flaps: number;
  readonly toldUp: boolean;
  /** Why the last datagram that did not count was discarded. */
  readonly lastDiscard: string | undefined;
  readonly counters: BfdCounters;
}
