import type { Endpoint, Ip, Millis } from "@vipkit/net";

export type MemberState = "alive" | "suspect" | "dead" | "left";

/** A member as others may see it. */
export interface MemberView {
  readonly name: string;
  readonly ip: Ip;
  readonly port: number;
  readonly state: MemberState;
  /** At most 512 octets. */
  readonly meta: Uint8Array;
  readonly incarnation: number;
  /** Protocol and delegate versions: pmin pmax pcur dmin dmax dcur. */
  readonly vsn: Uint8Array;
}

/** What a member tells its owner. */
export type MemberEvent =
  | { readonly type: "join" | "update" | "suspect" | "refuted"; readonly member: MemberView }
  /** `voluntary`: it said goodbye; otherwise it was found dead. */
  | { readonly type: "leave"; readonly member: MemberView; readonly voluntary: boolean }
  /** Somebody claims the name of `member` from another address; the claim was not believed. */
  | { readonly type: "conflict"; readonly member: MemberView; readonly claimed: Endpoint }
  | { readonly type: "user"; readonly payload: Uint8Array }
  | { readonly type: "remoteState"; readonly state: Uint8Array };

/**
 * Names a stream. The machine names those that it dials `out:N`; the driver names those that it accepts, in any other way.
 */
export type StreamId = string;

export type SwimInput =
  | { readonly type: "packet"; readonly bytes: Uint8Array; readonly from: Endpoint }
  /** The network refused a datagram to this address. */
  | { readonly type: "sendFailed"; readonly to: Endpoint }
  /** A stream that the other side opened. */
  | { readonly type: "accepted"; readonly stream: StreamId; readonly remote: Endpoint }
  /** A stream that was dialled is open. */
  | { readonly type: "connected"; readonly stream: StreamId }
  | { readonly type: "bytes"; readonly stream: StreamId; readonly bytes: Uint8Array }
  /** A stream is gone, or could not be opened. */
  | { readonly type: "closed"; readonly stream: StreamId }
  /** Exchange views with these members; the answer is a `joined` effect with the same `request`. */
  | { readonly type: "join"; readonly request: number; readonly to: readonly Endpoint[] }
  | { readonly type: "setMeta"; readonly meta: Uint8Array }
  | { readonly type: "setState"; readonly state: Uint8Array }
  /** Tell everybody; `left` follows at the latest after the timeout. */
  | { readonly type: "leave"; readonly timeoutMs: Millis }
  | { readonly type: "broadcast"; readonly payload: Uint8Array }
  /** An application message to one member; the answer is a `userSent` effect with the same `request`. */
  | {
      readonly type: "sendUser";
      readonly request: number;
      readonly name: string;
      readonly payload: Uint8Array;
      /** By TCP; otherwise by UDP, which may lose it. */
      readonly reliable: boolean;
    }
  /** Addresses to contact from now on whenever they belong to no member. */
  | { readonly type: "setSeeds"; readonly seeds: readonly Endpoint[] };

export type SwimEffect =
  | { readonly type: "send"; readonly bytes: Uint8Array; readonly to: Endpoint }
  | { readonly type: "dial"; readonly stream: StreamId; readonly to: Endpoint; readonly timeoutMs: Millis }
  | { readonly type: "write"; readonly stream: StreamId; readonly bytes: Uint8Array }
  /** Send what was written, then close. Nothing more will be said about this stream. */
  | { readonly type: "end"; readonly stream: StreamId }
  /** Close at once. Nothing more will be said about this stream. */
  | { readonly type: "destroy"; readonly stream: StreamId }
  | { readonly type: "event"; readonly event: MemberEvent }
  | { readonly type: "joined"; readonly request: number; readonly contacted: number }
  /** `sent` by TCP means that the member's host took the connection. */
  | { readonly type: "userSent"; readonly request: number; readonly sent: boolean }
  | { readonly type: "left" };

/** Counters of what happened and of what was refused, by name. */
export type SwimCounters = Readonly<Record<string, number>>;

/** Plain facts about a member, for status pages. */
export interface SwimSnapshot {
  readonly name: string;
  readonly members: readonly MemberView[];
  /** 0 is healthy. */
  readonly score: number;
  readonly queuedBroadcasts: number;
  readonly openStreams: number;
  readonly counters: SwimCounters;
}
