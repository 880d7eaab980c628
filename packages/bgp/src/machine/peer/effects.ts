import type { Endpoint, Millis, Prefix } from "@vipkit/net";
import type { UpdateView } from "../../wire/update-view.js";
import type { FsmStateName } from "../fsm/events.js";
import type { Side } from "../fsm/half.js";
import type { Transition } from "../fsm/step.js";
import type { Route } from "../routes/route.js";
import type { Negotiated } from "./negotiate.js";

/** What happens to a peer. `connection` is a number that names one TCP connection: the machine's own for dials, odd; the driver's for accepted ones, even. */
export type PeerInput =
  | { readonly type: "start" }
  /** Cease with the shutdown communication (RFC 9003), then nothing until `start`. */
  | { readonly type: "stop"; readonly text?: string | undefined }
  | { readonly type: "connected"; readonly connection: number; readonly local: Endpoint; readonly remote: Endpoint }
  | { readonly type: "dialFailed"; readonly connection: number; readonly error: string }
  | { readonly type: "closed"; readonly connection: number; readonly error?: string | undefined }
  | { readonly type: "bytes"; readonly connection: number; readonly bytes: Uint8Array }
  /** How many written bytes the network has not taken yet. */
  | { readonly type: "backlog"; readonly connection: number; readonly bytes: number }
  /** A failure detector (BFD) has lost the peer: this incarnation of the session ends (RFC 5882 section 4.2). */
  | { readonly type: "failure"; readonly text?: string | undefined }
  /** Whoever takes the routes cannot keep up: this incarnation of the session ends (RFC 4486, Out of Resources). */
  | { readonly type: "overload"; readonly text: string }
  /** The whole set of routes that the peer shall know. */
  | { readonly type: "advertise"; readonly routes: Iterable<Route> }
  /** `more`: this is a part of a change, and the others follow; no End-of-RIB is said before the last. */
  | {
      readonly type: "change";
      readonly announce: Iterable<Route>;
      readonly withdraw: Iterable<Prefix>;
      readonly more?: boolean | undefined;
    }
  /** Move traffic away, take the routes back, stop (RFC 8326). */
  | { readonly type: "drain"; readonly text?: string | undefined; readonly waitMs: Millis };

/** A NOTIFICATION in words. */
export interface NotificationRecord {
  readonly direction: "sent" | "received";
  readonly code: number;
  readonly subcode: number;
  readonly name: string;
  /** Shutdown communication, where there is one. */
  readonly text?: string;
  /** Routes were kept by neither side (RFC 8538). */
  readonly hardReset: boolean;
  readonly at: Millis;
}

/** What people and programs are told. Plain data, but for the numbers inside `negotiated` that may be bigint. */
export type PeerEvent =
  | Transition
  | { readonly type: "established"; readonly negotiated: Negotiated }
  | { readonly type: "down"; readonly reason: string; readonly state: FsmStateName }
  | ({ readonly type: "notification" } & NotificationRecord)
  | { readonly type: "endOfRib"; readonly family: string }
  | { readonly type: "connectionRefused"; readonly reason: string; readonly remote: Endpoint }
  | { readonly type: "openRefused"; readonly reason: string }
  | { readonly type: "connectFailed"; readonly error: string }
  | {
      readonly type: "malformed";
      readonly action: string;
      readonly code: number;
      readonly subcode: number;
      readonly attribute?: number;
    }
  | { readonly type: "stopped" };

export type PeerEffect =
  | { readonly type: "dial"; readonly connection: number; readonly timeoutMs: Millis }
  | { readonly type: "write"; readonly connection: number; readonly bytes: Uint8Array }
  /** `flush`: what was written (a NOTIFICATION) is sent before. */
  | { readonly type: "close"; readonly connection: number; readonly flush: boolean }
  | { readonly type: "event"; readonly event: PeerEvent }
  /** A received UPDATE. Its bytes are the driver's again afterwards. */
  | { readonly type: "update"; readonly update: UpdateView; readonly side: Side };
