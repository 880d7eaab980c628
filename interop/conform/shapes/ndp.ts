import { formatIpv6, formatMac, ipv6FromWords, toHex, type Ipv6Words } from "@vipkit/net";
import { NDP_TYPES, optionType, type NdpFrame, type NdpMessage, type NdpOption } from "@vipkit/ndp";
import { ethernetShape } from "./ethernet.js";

function text(words: Ipv6Words): string {
  return formatIpv6(ipv6FromWords(words));
}

function messageShape(message: NdpMessage): Record<string, unknown> {
  switch (message.name) {
    case "rs":
      return {};
    case "ra":
      return {
        curHopLimit: message.curHopLimit,
        managed: message.managed,
        other: message.other,
        homeAgent: message.homeAgent,
        preference: message.preference,
        routerLifetime: message.routerLifetimeSeconds,
        reachableTime: message.reachableTimeMs,
        retransTimer: message.retransTimerMs,
      };
    case "ns":
      return { target: text(message.target) };
    case "na":
      return {
        target: text(message.target),
        router: message.router,
        solicited: message.solicited,
        override: message.override,
      };
    case "redirect":
      return { target: text(message.target), destination: text(message.destination) };
  }
}

function contentShape(option: NdpOption): Record<string, unknown> {
  switch (option.name) {
    case "sourceLinkLayer":
    case "targetLinkLayer":
      return { name: option.name, mac: formatMac(option.mac) };
    case "prefixInformation":
      return {
        name: option.name,
        prefix: text(option.prefix),
        prefixLength: option.prefixLength,
        onLink: option.onLink,
        autonomous: option.autonomous,
        routerAddress: option.routerAddress,
        validLifetime: option.validLifetimeSeconds,
        preferredLifetime: option.preferredLifetimeSeconds,
      };
    case "redirectedHeader":
      return { name: option.name, dataHex: toHex(option.bytes) };
    case "mtu":
      return { name: option.name, mtu: option.mtu };
    case "nonce":
      return { name: option.name, nonce: toHex(option.nonce) };
    case "routeInformation":
      return {
        name: option.name,
        prefix: text(option.prefix),
        prefixLength: option.prefixLength,
        preference: option.preference,
        lifetime: option.lifetimeSeconds,
      };
    case "rdnss":
      return { name: option.name, lifetime: option.lifetimeSeconds, servers: option.servers.map(text) };
    case "dnssl":
      return { name: option.name, lifetime: option.lifetimeSeconds, domains: option.domains };
    case "captivePortal":
      return { name: option.name, uri: option.uri };
    case "pref64":
      return {
        name: option.name,
        prefix: text(option.prefix),
        prefixLength: option.prefixLength,
        lifetime: option.lifetimeSeconds,
      };
    // The door has no word for the flags extension.
    case "flagsExtension":
    case "unknown":
      return { name: "unknown", dataHex: toHex(option.bytes) };
    case "malformed":
      return { malformed: true, dataHex: toHex(option.bytes) };
  }
}

/** A neighbour discovery frame in the words of the conformance door. */
export function ndpShape({ eth, ip, message }: NdpFrame): Record<string, unknown> {
  return {
    eth: ethernetShape(eth),
    ip: { src: text(ip.src), dst: text(ip.dst), hopLimit: ip.hopLimit },
    type: NDP_TYPES[message.name],
    code: 0,
    name: message.name,
    msg: messageShape(message),
    options: message.options.map((option) => ({
      type: optionType(option),
      length: option.length,
      ...contentShape(option),
    })),
  };
}
