import {
  isIpv6,
  solicitedNodeGroup,
  startSpeaker,
  type AnnounceConfig,
  type FrameLink,
  type Ipv6,
  type ResponderLimits,
  type Speaker,
  type SpeakerEvent,
  type SpeakerOptions,
  type SpeakerProtocol,
  type SpeakerSnapshot,
} from "@vipkit/net";
import { createNdpAnnouncer } from "../machine/announcer.js";
import { createOwnNonces } from "../machine/own-nonces.js";
import { probeRival } from "../machine/probe-rival.js";
import { DAD } from "../machine/probe.js";
import { createNdpResponder } from "../machine/responder.js";
import { encodeDadProbe, encodeNdpAnnouncement } from "../wire/announcement.js";

export interface NdpOptions extends SpeakerOptions {
  /** What is announced how often; see `NDP_ANNOUNCE` for the defaults. */
  readonly announce?: Partial<AnnounceConfig> | undefined;
  /** Ask for an address (RFC 4862 section 5.4) before using it. Takes 1 to 2 seconds. Default: no. */
  readonly probe?: boolean | undefined;
  readonly limits?: Partial<ResponderLimits> | undefined;
  /** The Router flag of our advertisements. Default: no. */
  readonly router?: boolean | undefined;
  /** The addresses are anycast: several stations speak for them. Default: no. */
  readonly anycast?: boolean | undefined;
}

export type NdpSpeaker = Speaker<Ipv6>;
export type NdpEvent = SpeakerEvent<Ipv6>;
export type NdpSnapshot = SpeakerSnapshot;

function linkLocalOf(link: FrameLink): Ipv6 | undefined {
  const { linkLocal } = link;
  return linkLocal !== undefined && isIpv6(linkLocal) ? linkLocal : undefined;
}

function protocolOf(options: NdpOptions): SpeakerProtocol<Ipv6> {
  const { link, vlan, random, announce, pacer, limits, router, anycast } = options;
  const { mac } = link;
  const nonces = createOwnNonces(random);
  const seed = Math.floor(random() * 0x1_0000_0000);
  const responder = createNdpResponder({ mac, vlan, router, anycast, limits, seed, nonces });
  const announcement = (address: Ipv6): Uint8Array =>
    encodeNdpAnnouncement({ address, mac: link.mac, vlan, router, anycast });
  return {
    responder,
    announcer: createNdpAnnouncer({ mac, vlan, router, anycast, announce, random, pacer }),
    probe: options.probe === true ? DAD : undefined,
    rival: (frame, isProbing) => probeRival(frame, { mac: link.mac, vlan, nonces }, isProbing),
    probeFrame: (address) => encodeDadProbe({ address, mac: link.mac, vlan, nonce: nonces.next() }),
    defence: (address) => [announcement(address)],
    refresh: (address, asker) => [encodeNdpAnnouncement({ address, mac: link.mac, vlan, router, anycast, to: asker })],
    interest: (addresses) => ({ nd: addresses }),
    group: solicitedNodeGroup,
    changed: () => {
      responder.linkLocal = linkLocalOf(link);
    },
  };
}

/**
 * Speaks neighbour discovery on a link: joins the groups of the addresses it is told to own, answers for them and announces
 * them.
 */
export function startNdp(options: NdpOptions): NdpSpeaker {
  return startSpeaker(protocolOf(options), options);
}
