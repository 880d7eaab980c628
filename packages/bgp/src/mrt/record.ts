import type { Ip, Ipv4, Prefix } from "@vipkit/net";
import type { Family } from "../wire/family.js";

/** When a record was written. */
interface Timed {
  /** Seconds since 1970 (UTC). */
  readonly timeSeconds: number;
  /** 0 to 999999: the record has the extended timestamp (RFC 6396 section 3). */
  readonly microseconds?: number | undefined;
}

/** The two ends of a session, as a BGP4MP record names them. */
interface SessionEnds {
  readonly peerAs: number;
  readonly localAs: number;
  readonly interfaceIndex: number;
  readonly peerIp: Ip;
  readonly localIp: Ip;
  /** AS numbers in the record have four octets, and so have those of AS_PATH in the message. */
  readonly as4: boolean;
}

/** BGP4MP_MESSAGE and its variants (RFC 6396 section 4.4, RFC 8050 section 3) */
export interface MrtMessage extends Timed, SessionEnds {
  readonly type: "message";
  /** The message was sent by the collector itself. */
  readonly isLocal: boolean;
  /** Routes in the message have path identifiers. */
  readonly addPath: boolean;
  /** The whole BGP message, header included. */
  readonly message: Uint8Array;
}

/** BGP4MP_STATE_CHANGE (RFC 6396 section 4.4.1): states 1 Idle to 6 Established. */
export interface MrtStateChange extends Timed, SessionEnds {
  readonly type: "state-change";
  readonly oldState: number;
  readonly newState: number;
}

export interface MrtPeer {
  readonly routerId: Ipv4;
  readonly ip: Ip;
  readonly asn: number;
  /** The AS number takes four octets in the record. */
  readonly as4: boolean;
}

/** PEER_INDEX_TABLE (RFC 6396 section 4.3.1): the peers that later `rib` records point to. */
export interface MrtPeerIndexTable extends Timed {
  readonly type: "peer-index-table";
  readonly collectorId: Ipv4;
  readonly viewName: string;
  readonly peers: readonly MrtPeer[];
}

export interface MrtRibEntry {
  /** Index into the peers of the table before it. */
  readonly peerIndex: number;
  /** Seconds since 1970 (UTC). */
  readonly originatedSeconds: number;
  /** Present in records with add-path (RFC 8050 section 4). */
  readonly pathId?: number | undefined;
  /** Path attributes as they stand in the file: AS numbers have four octets. Read with `decodeRibAttributes`. */
  readonly attributes: Uint8Array;
}

/** RIB_IPV4_UNICAST and its kin (RFC 6396 section 4.3.2): all that peers know of one prefix. */
export interface MrtRib extends Timed {
  readonly type: "rib";
  readonly family: Family;
  readonly addPath: boolean;
  readonly sequence: number;
  readonly prefix: Prefix;
  readonly entries: readonly MrtRibEntry[];
}

/** TABLE_DUMP (RFC 6396 section 4.2): one route of the older form; AS numbers have two octets. */
export interface MrtTableDump extends Timed {
  readonly type: "table-dump";
  readonly viewNumber: number;
  readonly sequence: number;
  readonly prefix: Prefix;
  readonly originatedSeconds: number;
  readonly peerIp: Ip;
  readonly peerAs: number;
  readonly attributes: Uint8Array;
}

/** A record of another type, kept as it came. */
export interface MrtUnknown extends Timed {
  readonly type: "unknown";
  readonly code: number;
  readonly subtype: number;
  readonly body: Uint8Array;
}

export type MrtRecord = MrtMessage | MrtStateChange | MrtPeerIndexTable | MrtRib | MrtTableDump | MrtUnknown;

/** Record types (RFC 6396 section 4). */
export const MrtType = { tableDump: 12, tableDumpV2: 13, bgp4mp: 16, bgp4mpEt: 17 } as const;

/** Octets of the common header. */
export const MRT_HEADER_LENGTH = 12;

/** Longest record that is read unless told otherwise; a RIB record of a busy collector has some hundred kilobytes. */
export const MRT_MAX_LENGTH: number = 4 << 20;
