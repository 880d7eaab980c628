/**
 * The stable JSON form of a message: what `messageToJson` writes and `messageFromJson` reads. Octets are lower-case hexadecimal,
 * addresses canonical text (RFC 5952), prefixes `ADDRESS/LENGTH` with host bits zero.
 */
export interface MessageJson {
  readonly type: "open" | "update" | "notification" | "keepalive" | "route-refresh";
  /** Octets of the message. */
  readonly length: number;
  readonly open?: OpenJson;
  readonly update?: UpdateJson;
  readonly notification?: NotificationJson;
  readonly route_refresh?: { readonly afi: number; readonly subtype: number; readonly safi: number };
}

export interface OpenJson {
  readonly version: number;
  readonly my_as: number;
  readonly hold_time: number;
  readonly router_id: string;
  readonly capabilities: readonly CapabilityJson[];
}

/** `code` and `value` say everything; the others are there for people, where the capability has them. */
export interface CapabilityJson {
  readonly code: number;
  readonly value: string;
  readonly afi?: number;
  readonly safi?: number;
  readonly asn?: number;
  readonly restart_time?: number;
  readonly restart?: boolean;
  readonly notification?: boolean;
  readonly families?: readonly {
    readonly afi: number;
    readonly safi: number;
    readonly preserved?: boolean;
    readonly mode?: number;
  }[];
  readonly hostname?: string;
  readonly domain?: string;
}

export interface NotificationJson {
  readonly code: number;
  readonly subcode: number;
  readonly data: string;
  readonly shutdown_communication?: string;
}

/** A prefix, with its path identifier under add-path. */
export type NlriJson = string | { readonly path_id: number; readonly prefix: string };

/** One attribute as on the wire. */
export interface AttributeJson {
  readonly type: number;
  readonly flags: number;
  readonly value: string;
}

/** `attrs` says everything, in wire order; the others are the first attribute of each kind, read. */
export interface UpdateJson {
  readonly withdrawn: readonly NlriJson[];
  readonly nlri: readonly NlriJson[];
  readonly attrs: readonly AttributeJson[];
  readonly origin?: number;
  readonly as_path?: readonly { readonly type: number; readonly asns: readonly number[] }[];
  readonly next_hop?: string;
  readonly med?: number;
  readonly local_pref?: number;
  readonly atomic_aggregate?: true;
  readonly aggregator?: { readonly asn: number; readonly address: string };
  /** Eight digits each. */
  readonly communities?: readonly string[];
  readonly large_communities?: readonly string[];
  /** Sixteen digits each. */
  readonly ext_communities?: readonly string[];
  readonly originator_id?: string;
  readonly cluster_list?: readonly string[];
  readonly otc?: number;
  readonly mp_reach?: MpReachJson;
  readonly mp_unreach?: MpUnreachJson;
}

export interface MpReachJson {
  readonly afi: number;
  readonly safi: number;
  readonly next_hop_raw: string;
  readonly next_hops: readonly string[];
  readonly nlri: readonly NlriJson[];
  /** Instead of `nlri` for families whose routes are not read. */
  readonly nlri_raw?: string;
}

export interface MpUnreachJson {
  readonly afi: number;
  readonly safi: number;
  readonly nlri: readonly NlriJson[];
  readonly nlri_raw?: string;
}
