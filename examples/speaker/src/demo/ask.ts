import { ARP_REQUEST, decodeArpFrame, encodeArpFrame } from "@vipkit/arp";
import { decodeNdpFrame, encodeNdpFrame } from "@vipkit/ndp";
import {
  BROADCAST_MAC,
  formatMac,
  ipv6FromWords,
  ipv6ToWords,
  isIpv4,
  multicastMac,
  parseIp,
  solicitedNodeGroup,
  type Clock,
  type FrameLink,
  type Ip,
  type Ipv4,
  type Ipv6,
  type Mac,
} from "@vipkit/net";

/** Who asks. */
export interface Asker {
  readonly link: FrameLink;
  readonly clock: Clock;
  readonly ipv4: Ipv4;
  readonly ipv6: Ipv6;
}

const ASK_AGAIN_MS = 200;
const MAX_QUESTIONS = 10;

/** Asks on the wire who has the address, by ARP or by neighbour solicitation. Rejects when nobody answers. */
export function ask(asker: Asker, address: string): Promise<string> {
  const { link, clock } = asker;
  const ip = parseIp(address);
  const question = isIpv4(ip) ? arpQuestion(asker, ip) : ndpQuestion(asker, ip);
  return new Promise((resolve, reject) => {
    let asked = 0;
    let cancel = (): void => undefined;
    const stop = link.onFrame((frame) => {
      const mac = claimIn(frame, ip);
      if (mac === undefined) return;
      cancel();
      stop();
      resolve(formatMac(mac));
    });
    const put = (): void => {
      if (asked === MAX_QUESTIONS) {
        stop();
        reject(new Error(`nobody answers for ${address}`));
        return;
      }
      asked += 1;
      link.send(question);
      cancel = clock.after(ASK_AGAIN_MS, put);
    };
    put();
  });
}

function arpQuestion({ link, ipv4 }: Asker, target: Ipv4): Uint8Array {
  return encodeArpFrame({
    eth: { dst: BROADCAST_MAC, src: link.mac },
    arp: { op: ARP_REQUEST, sha: link.mac, spa: ipv4, tha: 0, tpa: target },
  });
}

function ndpQuestion({ link, ipv6 }: Asker, target: Ipv6): Uint8Array {
  const group = solicitedNodeGroup(target);
  return encodeNdpFrame({
    eth: { dst: multicastMac(Number(group & 0xffff_ffffn)), src: link.mac },
    ip: { src: ipv6ToWords(ipv6), dst: ipv6ToWords(group) },
    message: { name: "ns", target: ipv6ToWords(target), options: [{ name: "sourceLinkLayer", mac: link.mac }] },
  });
}

/** The MAC that this frame claims for the address, in a reply, an announcement or an advertisement. */
export function claimIn(frame: Uint8Array, ip: Ip): Mac | undefined {
  try {
    return isIpv4(ip) ? arpClaim(frame, ip) : ndpClaim(frame, ip);
  } catch {
    // Every other frame of the segment comes by here too.
    return undefined;
  }
}

function arpClaim(frame: Uint8Array, target: Ipv4): Mac | undefined {
  const { arp, kind } = decodeArpFrame(frame);
  return arp.spa === target && (kind === "reply" || kind === "announcement") ? arp.sha : undefined;
}

function ndpClaim(frame: Uint8Array, target: Ipv6): Mac | undefined {
  const { message } = decodeNdpFrame(frame);
  if (message.name !== "na" || ipv6FromWords(message.target) !== target) return undefined;
  for (const option of message.options) if (option.name === "targetLinkLayer") return option.mac;
  return undefined;
}
