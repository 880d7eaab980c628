import type { Ipv4 } from "@vipkit/net";
import type { PathAttribute } from "./attribute.js";
import type { Capability } from "./capability.js";
import type { Family } from "./family.js";
import type { Nlri } from "./nlri.js";

/** RFC 4271 section 4.2 */
export interface OpenMessage {
  readonly type: "open";
  readonly version: number;
  /** The two-octet field: 23456 (AS_TRANS) where the AS number needs four. `asnOf` gives the real one. */
  readonly myAs: number;
  readonly holdTimeSeconds: number;
  readonly routerId: Ipv4;
  readonly capabilities: readonly Capability[];
  /** How many capabilities stand in each optional parameter; absent = all in one. */
  readonly grouping?: readonly number[] | undefined;
  /** The optional parameters have the extended form (RFC 9072). The encoder also takes it when there are more than 255 octets. */
  readonly extendedParameters?: boolean | undefined;
}

/** RFC 4271 section 4.3 */
export interface UpdateMessage {
  readonly type: "update";
  /** IPv4 unicast routes that are withdrawn. */
  readonly withdrawn: readonly Nlri[];
  /** In wire order. */
  readonly attributes: readonly PathAttribute[];
  /** IPv4 unicast routes that are announced with the attribute `next-hop`. */
  readonly nlri: readonly Nlri[];
}

/** RFC 4271 section 4.5 */
export interface NotificationMessage {
  readonly type: "notification";
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/** RFC 4271 section 4.4 */
export interface KeepaliveMessage {
  readonly type: "keepalive";
}

/** RFC 2918; `subtype` 1 begins and 2 ends a refresh (RFC 7313 section 3.2), 0 asks for one. */
export interface RouteRefreshMessage {
  readonly type: "route-refresh";
  readonly family: Family;
  readonly subtype: number;
}

export type Message = OpenMessage | UpdateMessage | NotificationMessage | KeepaliveMessage | RouteRefreshMessage;

/** Octets of the header: marker, length, type (RFC 4271 section 4.1). */
export const HEADER_LENGTH = 19;
/** The longest message without RFC 8654; always the limit for OPEN and KEEPALIVE. */
export const MAX_LENGTH = 4096;
/** The longest message with RFC 8654. */
export const MAX_EXTENDED_LENGTH = 65535;

/** Message types on the wire. */
export const MessageType = { open: 1, update: 2, notification: 3, keepalive: 4, "route-refresh": 5 } as const;
