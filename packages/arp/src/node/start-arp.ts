import {
  startSpeaker,
  type AnnounceConfig,
  type Ipv4,
  type ResponderLimits,
  type Speaker,
  type SpeakerEvent,
  type SpeakerOptions,
  type SpeakerSnapshot,
} from "@vipkit/net";
import { createArpAnnouncer } from "../machine/announcer.js";
import { probeRival } from "../machine/probe-rival.js";
import { ARP_PROBE } from "../machine/probe.js";
import { createArpResponder } from "../machine/responder.js";
import { encodeArpAnnouncement } from "../wire/announcement.js";

export interface ArpOptions extends SpeakerOptions {
  /** What is announced how often; see `ARP_ANNOUNCE` for the defaults. */
  readonly announce?: Partial<AnnounceConfig> | undefined;
  /** Default: both. */
  readonly form?: "request" | "reply" | "both" | "metallb-request" | "metallb-reply" | undefined;
  /** Ask for an address (RFC 5227 section 2.1) before using it. Takes 4 to 9 seconds. Default: no. */
  readonly probe?: boolean | undefined;
  readonly limits?: Partial<ResponderLimits> | undefined;
}

export type ArpSpeaker = Speaker<Ipv4>;
export type ArpEvent = SpeakerEvent<Ipv4>;
export type ArpSnapshot = SpeakerSnapshot;

/** Speaks ARP on a link: answers and announces the addresses it is told to own. */
export function startArp(options: ArpOptions): ArpSpeaker {
  const { link, vlan, random, announce, form = "both", pacer, limits } = options;
  const { mac } = link;
  const seed = Math.floor(random() * 0x1_0000_0000);
  return startSpeaker<Ipv4>(
    {
      responder: createArpResponder({ mac, vlan, limits, seed }),
      announcer: createArpAnnouncer({ mac, vlan, form, announce, random, pacer }),
      probe: options.probe === true ? ARP_PROBE : undefined,
      rival: (frame, isProbing) => probeRival(frame, { mac: link.mac, vlan }, isProbing),
      probeFrame: (address) => encodeArpAnnouncement({ address, mac: link.mac, form: "probe", vlan })[0]!,
      defence: (address) => encodeArpAnnouncement({ address, mac: link.mac, form, vlan }),
      // A reply in the form that Linux takes at any age of its entry, to one station.
      refresh: (address, asker) =>
        encodeArpAnnouncement({ address, mac: link.mac, form: "reply", vlan, to: asker.mac }),
      interest: (addresses) => ({ arp: addresses }),
      group: () => undefined,
    },
    options,
  );
}
