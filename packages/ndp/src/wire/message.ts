import type { Ipv6Words } from "@vipkit/net";
import type { NdpOption, Preference } from "./option.js";

/** ICMPv6 types of neighbour discovery (RFC 4861). */
export const NDP_TYPES = { rs: 133, ra: 134, ns: 135, na: 136, redirect: 137 } as const;

export type NdpName = keyof typeof NDP_TYPES;

export interface RouterSolicitation {
  readonly name: "rs";
  readonly options: readonly NdpOption[];
}

export interface RouterAdvertisement {
  readonly name: "ra";
  /** 0: unspecified. */
  readonly curHopLimit: number;
  /** M, O, and H of RFC 6275. */
  readonly managed: boolean;
  readonly other: boolean;
  readonly homeAgent: boolean;
  /** RFC 4191; a receiver takes `reserved` for medium (section 2.2). */
  readonly preference: Preference;
  readonly routerLifetimeSeconds: number;
  readonly reachableTimeMs: number;
  readonly retransTimerMs: number;
  readonly options: readonly NdpOption[];
}

export interface NeighbourSolicitation {
  readonly name: "ns";
  readonly target: Ipv6Words;
  readonly options: readonly NdpOption[];
}

export interface NeighbourAdvertisement {
  readonly name: "na";
  readonly target: Ipv6Words;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  readonly options: readonly NdpOption[];
}

export interface Redirect {
  readonly name: "redirect";
  readonly target: Ipv6Words;
  readonly destination: Ipv6Words;
  readonly options: readonly NdpOption[];
}

export type NdpMessage =
  RouterSolicitation | RouterAdvertisement | NeighbourSolicitation | NeighbourAdvertisement | Redirect;
