import {
  ipv6FromWords,
  ipv6ToWords,
  multicastMac,
  solicitedNodeGroup,
  vlanTags,
  type Ipv6,
  type Ipv6Words,
  type Mac,
} from "@vipkit/net";
import { encodeNdpFrame } from "./encode.js";

/** ff02::1 and ff02::2 (RFC 4291 section 2.7.1) */
export const ALL_NODES: Ipv6Words = ipv6ToWords(0xff02_0000_0000_0000_0000_0000_0000_0001n);
export const ALL_ROUTERS: Ipv6Words = ipv6ToWords(0xff02_0000_0000_0000_0000_0000_0000_0002n);
const UNSPECIFIED: Ipv6Words = { a: 0, b: 0, c: 0, d: 0 };

export interface NdpAnnouncementRequest {
  readonly address: Ipv6;
  readonly mac: Mac;
  /** In this VLAN, tagged (802.1Q). */
  readonly vlan?: number | undefined;
  /** To this station alone instead of to all nodes. */
  readonly to?: { readonly ip: Ipv6; readonly mac: Mac } | undefined;
  /** IPv6 source. Default: the address itself. */
  readonly source?: Ipv6 | undefined;
  /** The Router flag. */
  readonly router?: boolean | undefined;
  /** The address is anycast: no Override flag (RFC 4861 section 7.2.7). */
  readonly anycast?: boolean | undefined;
}

/** An unsolicited neighbour advertisement (RFC 4861 section 7.2.6): Solicited clear, Override set, the link-layer address named. */
export function encodeNdpAnnouncement(request: NdpAnnouncementRequest): Uint8Array {
  const { address, mac, vlan, to, source = address, router = false, anycast = false } = request;
  const dst = to === undefined ? ALL_NODES : ipv6ToWords(to.ip);
  return encodeNdpFrame({
    eth: { dst: to === undefined ? multicastMac(dst.d) : to.mac, src: mac, tags: vlanTags(vlan) },
    ip: { src: ipv6ToWords(source), dst },
    message: {
      name: "na",
      target: ipv6ToWords(address),
      router,
      solicited: false,
      override: !anycast,
      options: [{ name: "targetLinkLayer", mac }],
    },
  });
}

/** The same advertisement for all routers, who may enter an address they have not asked for yet (RFC 9131 section 4.1). */
export function encodeRouterAnnouncement(request: Omit<NdpAnnouncementRequest, "to">): Uint8Array {
  return encodeNdpAnnouncement({
    ...request,
    to: { ip: ipv6FromWords(ALL_ROUTERS), mac: multicastMac(ALL_ROUTERS.d) },
  });
}

export interface DadProbeRequest {
  readonly address: Ipv6;
  readonly mac: Mac;
  readonly vlan?: number | undefined;
  /** 6, 14, 22 ... octets that tell our own probe from somebody else's when it is looped back (RFC 7527 section 4.1). */
  readonly nonce?: Uint8Array | undefined;
}

/** A solicitation that asks whether anybody has the address (RFC 4862 section 5.4.2). */
export function encodeDadProbe({ address, mac, vlan, nonce }: DadProbeRequest): Uint8Array {
  const dst = ipv6ToWords(solicitedNodeGroup(address));
  return encodeNdpFrame({
    eth: { dst: multicastMac(dst.d), src: mac, tags: vlanTags(vlan) },
    ip: { src: UNSPECIFIED, dst },
    message: {
      name: "ns",
      target: ipv6ToWords(address),
      options: nonce === undefined ? [] : [{ name: "nonce", nonce }],
    },
  });
}
