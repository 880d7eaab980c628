import { createArpResponder, type ArpVerdict } from "@vipkit/arp";
import { createNdpResponder, type NdpVerdict } from "@vipkit/ndp";
import {
  ETHERTYPE_ARP,
  isIpv4,
  isIpv6,
  ParseError,
  parseIp,
  parseIpv6,
  parseMac,
  toHex,
  typeOffset,
  type Ip,
  type Mac,
} from "@vipkit/net";
import { hexOf } from "../shapes/verdict.js";

interface ResponderLine {
  readonly mac: Mac;
  readonly addresses: readonly Ip[];
  readonly linkLocal: string | undefined;
  readonly router: boolean;
  readonly vlan: number | undefined;
  readonly anycast: boolean;
}

function configOf(line: Record<string, unknown>): ResponderLine {
  const config = line.config as Record<string, unknown> | undefined;
  if (typeof config !== "object" || typeof config.mac !== "string" || !Array.isArray(config.addresses)) {
    throw new ParseError("ERR_INPUT", "config needs mac and addresses");
  }
  return {
    mac: parseMac(config.mac),
    addresses: (config.addresses as string[]).map(parseIp),
    linkLocal: typeof config.linkLocal === "string" ? config.linkLocal : undefined,
    router: config.router === true,
    vlan: typeof config.vlan === "number" ? config.vlan : undefined,
    anycast: config.anycast === true,
  };
}

function judge(frame: Uint8Array, config: ResponderLine): ArpVerdict | NdpVerdict {
  const { mac, vlan, router, anycast } = config;
  const type = typeOffset(frame);
  if (type >= 0 && ((frame[type]! << 8) | frame[type + 1]!) === ETHERTYPE_ARP) {
    const responder = createArpResponder({ mac, vlan });
    config.addresses.filter(isIpv4).forEach((ip) => responder.own(ip));
    return responder.receive(frame, 0);
  }
  const linkLocal = config.linkLocal === undefined ? undefined : parseIpv6(config.linkLocal);
  const responder = createNdpResponder({ mac, vlan, router, anycast, linkLocal });
  config.addresses.filter(isIpv6).forEach((ip) => responder.own(ip));
  return responder.receive(frame, 0);
}

export const answer = (line: Record<string, unknown>): object => {
  const verdict = judge(hexOf(line, "in"), configOf(line));
  if (verdict.type === "reply") return { out: [toHex(verdict.frame)] };
  if (verdict.type === "conflict") return { out: [], drop: "conflict", event: "conflict" };
  return { out: [], drop: verdict.type === "drop" ? verdict.reason : "not_owned" };
};
