/** Bounds on what a sender may make us hold or do. The protocol's own where it has one, ours where it has none. */
export const LIMITS = {
  /** Octets of one UDP datagram. */
  packetBytes: 65_535,
  /** Layers inside one another: crc, compress, compound and what they hold. The protocol sets no bound. */
  depth: 4,
  /** Messages in one datagram over all layers. */
  messagesPerPacket: 1024,
  /** Parts that do not decode, after which the rest of a datagram is given up. */
  problemsPerPacket: 16,
  /** Parts of one compound message: its count is one octet. */
  compoundParts: 255,
  /** Octets of the metadata of one member. */
  metaBytes: 512,
  /** Octets of a member's name. The protocol sets no bound; names of Kubernetes nodes end at 253. */
  nameBytes: 512,
  /** Octets that one compressed message may become. */
  inflatedBytes: 41_943_040,
  /** Octets of one message on a stream, user state and user messages included. */
  streamBytes: 20_971_520,
  /** Members in one push/pull. */
  pushPullNodes: 1_048_576,
  /** Values inside one another in MessagePack. */
  msgpackDepth: 8,
  /** Values in one MessagePack item. */
  msgpackValues: 65_536,
} as const;
