import type { Ipv6Words, Mac } from "@vipkit/net";

/** Option types by name: RFC 4861, 3971 (14), 4191 (24), 8106 (25, 31), 5175 (26), 8910 (37), 8781 (38). */
export const NDP_OPTION_TYPES = {
  sourceLinkLayer: 1,
  targetLinkLayer: 2,
  prefixInformation: 3,
  redirectedHeader: 4,
  mtu: 5,
  nonce: 14,
  routeInformation: 24,
  rdnss: 25,
  flagsExtension: 26,
  dnssl: 31,
  captivePortal: 37,
  pref64: 38,
} as const;

/** RFC 4191 section 2.1: two signed bits, of which -2 is reserved. */
export type Preference = "low" | "medium" | "high" | "reserved";

interface Sized {
  /** Units of 8 octets, as received. When encoding: at least as long as the content, which is the default. */
  readonly length?: number | undefined;
}

export interface LinkLayerOption extends Sized {
  readonly name: "sourceLinkLayer" | "targetLinkLayer";
  readonly mac: Mac;
}

export interface PrefixInformationOption extends Sized {
  readonly name: "prefixInformation";
  readonly prefix: Ipv6Words;
  /** 0 to 128 */
  readonly prefixLength: number;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  /** RFC 6275 section 7.2: `prefix` is a whole router address. */
  readonly routerAddress: boolean;
  readonly validLifetimeSeconds: number;
  readonly preferredLifetimeSeconds: number;
}

export interface RedirectedHeaderOption extends Sized {
  readonly name: "redirectedHeader";
  /** The packet that was redirected, as much of it as there is room for. */
  readonly bytes: Uint8Array;
}

export interface MtuOption extends Sized {
  readonly name: "mtu";
  readonly mtu: number;
}

export interface NonceOption extends Sized {
  readonly name: "nonce";
  /** 6, 14, 22 ... octets. */
  readonly nonce: Uint8Array;
}

export interface RouteInformationOption extends Sized {
  readonly name: "routeInformation";
  readonly prefix: Ipv6Words;
  readonly prefixLength: number;
  readonly preference: Preference;
  readonly lifetimeSeconds: number;
}

export interface RdnssOption extends Sized {
  readonly name: "rdnss";
  readonly lifetimeSeconds: number;
  readonly servers: readonly Ipv6Words[];
}

export interface FlagsExtensionOption extends Sized {
  readonly name: "flagsExtension";
  /** 48 bits or more. */
  readonly bytes: Uint8Array;
}

export interface DnsslOption extends Sized {
  readonly name: "dnssl";
  readonly lifetimeSeconds: number;
  /** Without the final dot. */
  readonly domains: readonly string[];
}

export interface CaptivePortalOption extends Sized {
  readonly name: "captivePortal";
  readonly uri: string;
}

export interface Pref64Option extends Sized {
  readonly name: "pref64";
  readonly prefix: Ipv6Words;
  /** 96, 64, 56, 48, 40 or 32 */
  readonly prefixLength: number;
  /** A multiple of 8, 0 to 65528. */
  readonly lifetimeSeconds: number;
}

/** An option of another type, or (`malformed`) one whose length or content is impossible: kept as it came. */
export interface RawOption extends Sized {
  readonly name: "unknown" | "malformed";
  readonly type: number;
  /** Everything after type and length: 8 octets for each unit of length, less 2. */
  readonly bytes: Uint8Array;
}

export type NdpOption =
  | LinkLayerOption
  | PrefixInformationOption
  | RedirectedHeaderOption
  | MtuOption
  | NonceOption
  | RouteInformationOption
  | RdnssOption
  | FlagsExtensionOption
  | DnsslOption
  | CaptivePortalOption
  | Pref64Option
  | RawOption;

/** The number on the wire of an option. */
export function optionType(option: NdpOption): number {
  return option.name === "unknown" || option.name === "malformed" ? option.type : NDP_OPTION_TYPES[option.name];
}
