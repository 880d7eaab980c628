import type { Family } from "./family.js";

/**
 * What two speakers have agreed on and the bytes alone do not say. Nothing is guessed: the same bytes under another context
 * are another message.
 */
export interface CodecContext {
  /** AS numbers in AS_PATH and AGGREGATOR have four octets (RFC 6793): both sides sent capability 65. */
  readonly as4: boolean;
  /** Families whose NLRI carry path identifiers (RFC 7911): in what we decode, and in what we encode. */
  readonly addPath: { readonly receive: readonly Family[]; readonly send: readonly Family[] };
  /** UPDATE, NOTIFICATION and ROUTE-REFRESH may have up to 65535 octets (RFC 8654). */
  readonly extendedMessage: boolean;
  /** IPv4 families whose next hop may be an IPv6 address (RFC 8950). */
  readonly extendedNextHop: readonly Family[];
}

/** What a received UPDATE is judged under (RFC 7606): the codec's agreement, and which kind of peer sent it. */
export interface ReceiveContext extends CodecContext {
  /** The peer has our AS number. Decides on LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST. */
  readonly ibgp: boolean;
}

/** Before OPEN, and what a peer without any capability gets. */
export const PLAIN_CONTEXT: CodecContext = {
  as4: false,
  addPath: { receive: [], send: [] },
  extendedMessage: false,
  extendedNextHop: [],
};
