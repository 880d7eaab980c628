import type { Ip, Ipv4 } from "@vipkit/net";
import type { Family } from "./family.js";
import type { Nlri } from "./nlri.js";

/** Every path attribute may carry its flags octet; without one the encoder writes what the RFC of the attribute wants. */
interface Flagged {
  /** As on the wire: 0x80 optional, 0x40 transitive, 0x20 partial, 0x10 extended length. */
  readonly flags?: number | undefined;
}

/** 0 IGP, 1 EGP, 2 INCOMPLETE (RFC 4271 section 5.1.1) */
export interface OriginAttribute extends Flagged {
  readonly type: "origin";
  readonly value: number;
}

/** 1 AS_SET, 2 AS_SEQUENCE (RFC 4271 section 4.3), 3 AS_CONFED_SEQUENCE, 4 AS_CONFED_SET (RFC 5065 section 3) */
export interface AsSegment {
  readonly type: number;
  readonly asns: readonly number[];
}

export interface AsPathAttribute extends Flagged {
  readonly type: "as-path";
  readonly segments: readonly AsSegment[];
}

export interface NextHopAttribute extends Flagged {
  readonly type: "next-hop";
  readonly ip: Ipv4;
}

/** MULTI_EXIT_DISC, 0 to 2^32 - 1 */
export interface MedAttribute extends Flagged {
  readonly type: "med";
  readonly value: number;
}

/** LOCAL_PREF, 0 to 2^32 - 1 */
export interface LocalPrefAttribute extends Flagged {
  readonly type: "local-pref";
  readonly value: number;
}

export interface AtomicAggregateAttribute extends Flagged {
  readonly type: "atomic-aggregate";
}

export interface AggregatorAttribute extends Flagged {
  readonly type: "aggregator";
  readonly asn: number;
  readonly ip: Ipv4;
}

/** RFC 1997: each value is one community, `high * 65536 + low`. */
export interface CommunitiesAttribute extends Flagged {
  readonly type: "communities";
  readonly values: readonly number[];
}

/** RFC 4456 */
export interface OriginatorIdAttribute extends Flagged {
  readonly type: "originator-id";
  readonly ip: Ipv4;
}

/** RFC 4456 */
export interface ClusterListAttribute extends Flagged {
  readonly type: "cluster-list";
  readonly ids: readonly Ipv4[];
}

/** RFC 4760 section 3, with the next hops of RFC 2545 and RFC 8950 */
export interface MpReachAttribute extends Flagged {
  readonly type: "mp-reach";
  readonly family: Family;
  /** One address, or a global and a link-local IPv6 address (RFC 2545 section 3). Empty where `rawNextHop` is used. */
  readonly nextHops: readonly Ip[];
  /** The routes; empty where `rawNlri` is used. */
  readonly nlri: readonly Nlri[];
  /** Next hop of a family whose NLRI this codec does not read. */
  readonly rawNextHop?: Uint8Array | undefined;
  /** NLRI of such a family. */
  readonly rawNlri?: Uint8Array | undefined;
  /** The reserved octet before the NLRI (the number of SNPAs in RFC 2858); 0 unless a peer sent something else. */
  readonly reserved?: number | undefined;
}

/** RFC 4760 section 4 */
export interface MpUnreachAttribute extends Flagged {
  readonly type: "mp-unreach";
  readonly family: Family;
  /** The routes; empty where `rawNlri` is used, and in an End-of-RIB (RFC 4724 section 2). */
  readonly nlri: readonly Nlri[];
  readonly rawNlri?: Uint8Array | undefined;
}

/** RFC 4360: each value has 64 bits. */
export interface ExtCommunitiesAttribute extends Flagged {
  readonly type: "ext-communities";
  readonly values: readonly bigint[];
}

/** RFC 6793: the path in four octets, sent through speakers that know two. */
export interface As4PathAttribute extends Flagged {
  readonly type: "as4-path";
  readonly segments: readonly AsSegment[];
}

/** RFC 6793 */
export interface As4AggregatorAttribute extends Flagged {
  readonly type: "as4-aggregator";
  readonly asn: number;
  readonly ip: Ipv4;
}

/** RFC 5701: each value has 20 octets. */
export interface Ipv6ExtCommunitiesAttribute extends Flagged {
  readonly type: "ipv6-ext-communities";
  readonly values: readonly Uint8Array[];
}

/** RFC 7311: TLVs as they came; `aigpMetric` reads the metric. */
export interface AigpAttribute extends Flagged {
  readonly type: "aigp";
  readonly tlvs: readonly { readonly type: number; readonly value: Uint8Array }[];
}

/** RFC 8092: three numbers of 32 bits. */
export interface LargeCommunity {
  readonly global: number;
  readonly local1: number;
  readonly local2: number;
}

export interface LargeCommunitiesAttribute extends Flagged {
  readonly type: "large-communities";
  readonly values: readonly LargeCommunity[];
}

/** Only to Customer (RFC 9234 section 5) */
export interface OtcAttribute extends Flagged {
  readonly type: "otc";
  readonly asn: number;
}

/** An attribute that this codec does not read. `flags` are those of the wire. */
export interface UnknownAttribute {
  readonly type: "unknown";
  readonly code: number;
  readonly flags: number;
  readonly value: Uint8Array;
}

export type KnownAttribute =
  | OriginAttribute
  | AsPathAttribute
  | NextHopAttribute
  | MedAttribute
  | LocalPrefAttribute
  | AtomicAggregateAttribute
  | AggregatorAttribute
  | CommunitiesAttribute
  | OriginatorIdAttribute
  | ClusterListAttribute
  | MpReachAttribute
  | MpUnreachAttribute
  | ExtCommunitiesAttribute
  | As4PathAttribute
  | As4AggregatorAttribute
  | Ipv6ExtCommunitiesAttribute
  | AigpAttribute
  | LargeCommunitiesAttribute
  | OtcAttribute;

export type PathAttribute = KnownAttribute | UnknownAttribute;
