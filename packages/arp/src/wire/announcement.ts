import { BROADCAST_MAC, vlanTags, type Ipv4, type Mac } from "@vipkit/net";
import { ARP_REPLY, ARP_REQUEST, type ArpPacket } from "./arp.js";
import { encodeArpFrame } from "./frame.js";

/**
 * The ways to speak about one's own address without being asked:
 * - `request`: RFC 5227 section 3, target MAC zero. Linux takes it at any age of its entry.
 * - `reply`: target MAC equal to the sender's, which Linux takes at any age too.
 * - `both`: the request, then the reply.
 * - `probe`: RFC 5227 section 2.1.1, from no address: asks and announces nothing.
 * - `metallb-request`, `metallb-reply`: target MAC ff:ff:ff:ff:ff:ff, as MetalLB sends them. Linux ignores such a reply while
 *   its entry is younger than a second.
 */
export type ArpAnnouncementForm = "request" | "reply" | "both" | "probe" | "metallb-request" | "metallb-reply";

export interface ArpAnnouncementRequest {
  readonly address: Ipv4;
  readonly mac: Mac;
  /** Default: request. */
  readonly form?: ArpAnnouncementForm | undefined;
  /** In this VLAN, tagged (802.1Q). */
  readonly vlan?: number | undefined;
  /** To this station alone instead of to everybody. */
  readonly to?: Mac | undefined;
}

type Body = Pick<ArpPacket, "op" | "tha"> & { readonly anonymous?: boolean };

function bodies(form: ArpAnnouncementForm, mac: Mac): readonly Body[] {
  switch (form) {
    case "request":
      return [{ op: ARP_REQUEST, tha: 0 }];
    case "reply":
      return [{ op: ARP_REPLY, tha: mac }];
    case "both":
      return [...bodies("request", mac), ...bodies("reply", mac)];
    case "probe":
      return [{ op: ARP_REQUEST, tha: 0, anonymous: true }];
    case "metallb-request":
      return [{ op: ARP_REQUEST, tha: BROADCAST_MAC }];
    case "metallb-reply":
      return [{ op: ARP_REPLY, tha: BROADCAST_MAC }];
  }
}

/** The frames of an announcement: two for `both`, else one. */
export function encodeArpAnnouncement(request: ArpAnnouncementRequest): Uint8Array[] {
  const { address, mac, form = "request", vlan, to = BROADCAST_MAC } = request;
  const eth = { dst: to, src: mac, tags: vlanTags(vlan) };
  return bodies(form, mac).map(({ op, tha, anonymous = false }) =>
    encodeArpFrame({ eth, arp: { op, sha: mac, spa: anonymous ? 0 : address, tha, tpa: address } }),
  );
}
