import type { Ip } from "../wire/ip.js";
import type { Mac } from "../wire/mac.js";
import type { Asker } from "./askers.js";
import type { Clock } from "./clock.js";
import type { ConflictAction, ConflictPolicy } from "./conflict-watch.js";
import type { Machine, Millis } from "./machine.js";
import type { FrameInterest, FrameLink } from "./ports.js";
import type { ProbeConfig } from "./probing.js";
import type { TokenBucket } from "./token-bucket.js";

/** What a responder makes of a frame. */
export type Verdict<I extends Ip> =
  | {
      readonly type: "reply";
      /** Good until the responder's next frame. */
      readonly frame: Uint8Array;
      readonly address: I;
      /** Who asked; undefined where the asker has no address yet. */
      readonly ip: I | undefined;
      readonly mac: Mac;
      /** Wait a random time up to this before answering (RFC 4861 section 7.2.7). */
      readonly delayMs: Millis;
    }
  /** Somebody else speaks as our address. */
  | { readonly type: "conflict"; readonly address: I; readonly mac: Mac }
  /** Asked for an address that is only watched. */
  | { readonly type: "overheard"; readonly address: I; readonly ip: I; readonly mac: Mac }
  | { readonly type: "drop" };

export interface SpeakerCounters {
  readonly received: number;
  readonly answered: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** What a responder offers to a speaker. */
export interface SpeakerResponder<I extends Ip> {
  mac: Mac;
  own(address: I): void;
  disown(address: I): void;
  watch(addresses: Iterable<I>): void;
  receive(frame: Uint8Array, now: Millis): Verdict<I>;
  readonly counters: SpeakerCounters;
}

export type AnnouncerInput<I extends Ip> =
  /** The whole set of addresses from now on. */
  | { readonly type: "own"; readonly ips: Iterable<I> }
  | { readonly type: "add"; readonly ip: I }
  | { readonly type: "drop"; readonly ip: I }
  /** Announce again, from the first round on: these addresses or all. */
  | { readonly type: "again"; readonly ips?: Iterable<I> | undefined }
  /** The interface's state. When it comes up, or its MAC changes, everything is announced again. */
  | { readonly type: "link"; readonly up: boolean; readonly mac: Mac };

/** Send these frames if the address is still owned. `round` counts from 0 since the row started. */
export interface AnnouncerEffect<I extends Ip> {
  readonly type: "send";
  readonly address: I;
  readonly round: number;
  readonly frames: readonly Uint8Array[];
}

export type Announcer<I extends Ip> = Machine<AnnouncerInput<I>, AnnouncerEffect<I>>;

/** What is particular to a protocol. */
export interface SpeakerProtocol<I extends Ip> {
  readonly responder: SpeakerResponder<I>;
  readonly announcer: Announcer<I>;
  readonly probe: ProbeConfig | undefined;
  /** What a frame says against an address that is being probed. */
  rival(frame: Uint8Array, isProbing: (address: I) => boolean): { readonly address: I; readonly mac: Mac } | undefined;
  /** A frame that asks whether anybody has the address. */
  probeFrame(address: I, round: number): Uint8Array;
  /** The announcement that defends an address. */
  defence(address: I): readonly Uint8Array[];
  /** A word to one asker. */
  refresh(address: I, asker: Asker<I>): readonly Uint8Array[];
  interest(addresses: readonly I[]): FrameInterest;
  /** The multicast group in which an address is asked for. */
  group(address: I): Ip | undefined;
  /** The link's MAC, state or link-local address have changed. */
  changed?(): void;
}

export interface SpeakerOptions {
  /** May be shared with other speakers; closing the speaker leaves it open. */
  readonly link: FrameLink;
  readonly clock: Clock;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  /** Speak in this VLAN, tagged (802.1Q). Without it: untagged. */
  readonly vlan?: number | undefined;
  /** A limit on announcements shared by all speakers of a node. */
  readonly pacer?: TokenBucket | undefined;
  /** What to do when somebody else speaks as our address. Default: keep. */
  readonly conflict?: ConflictPolicy | undefined;
}

export type SpeakerEvent<I extends Ip> =
  /** The first announcement has left since the address was taken, the link came up, or the MAC changed. */
  | { readonly type: "announced"; readonly ip: I }
  /** Somebody else speaks as our address. At most one a second for an address, besides those that changed something. */
  | {
      readonly type: "conflict";
      readonly ip: I;
      readonly mac: Mac;
      readonly link: string;
      readonly vlan: number | undefined;
      /** Conflicts about this address so far. */
      readonly count: number;
      readonly action: ConflictAction;
    }
  /** Probing found somebody: the address is not taken. Dropping it from the set and naming it again tries once more. */
  | {
      readonly type: "refused";
      readonly ip: I;
      readonly mac: Mac;
      readonly link: string;
      readonly vlan: number | undefined;
    };

export type AddressState = "probing" | "owned" | "gaveUp" | "refused";

export interface AddressSnapshot {
  readonly ip: string;
  readonly state: AddressState;
  /** Announcements sent since the address was taken. */
  readonly announced: number;
  readonly conflicts: number;
  readonly lastConflict?: { readonly mac: string; readonly agoMs: number };
}

/** Plain facts, ready for JSON. */
export interface SpeakerSnapshot {
  readonly link: string;
  readonly mac: string;
  readonly up: boolean;
  readonly vlan?: number;
  /** In ascending order. */
  readonly addresses: readonly AddressSnapshot[];
  readonly counters: SpeakerCounters & {
    /** Announcements, targeted ones included. */
    readonly announced: number;
    /** Frames that the link refused. */
    readonly sendErrors: number;
  };
}

/** One interface, or one VLAN of it, that speaks for a set of addresses. */
export interface Speaker<I extends Ip> {
  /** The whole set of addresses: new ones are answered for and announced, missing ones fall silent at once. */
  own(ips: Iterable<I>): void;
  /** Addresses that others own and that may come here: who asks for them is remembered, and told at a takeover. */
  watch(ips: Iterable<I>): void;
  /** Announces every owned address again, from the first round on. */
  reannounce(): void;
  /** Returns the function that ends the subscription. */
  onEvent(handler: (event: SpeakerEvent<I>) => void): () => void;
  snapshot(): SpeakerSnapshot;
  /** Silent from now on. */
  close(): void;
}
