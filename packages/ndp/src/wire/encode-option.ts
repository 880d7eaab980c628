import { VipkitError, writeIpv4, writeIpv6Words, writeMac, type Ipv6Words } from "@vipkit/net";
import { lengthOfDomainNames, writeDomainNames } from "./domain-names.js";
import { optionType, type LinkLayerOption, type NdpOption, type Preference } from "./option.js";

/** The length is one octet, in units of 8. */
const MAX_OPTION_OCTETS = 2040;
const PREFERENCE_BITS: Readonly<Record<Preference, number>> = { medium: 0, high: 0x08, reserved: 0x10, low: 0x18 };
const PREF64_CODES: Readonly<Record<number, number>> = { 96: 0, 64: 1, 56: 2, 48: 3, 40: 4, 32: 5 };

/** The preference in bits 3 and 4 of an octet (RFC 4191). */
export function preferenceBits(preference: Preference): number {
  return PREFERENCE_BITS[preference];
}

/** Octets of the content with type and length, before padding. */
function contentOctets(option: NdpOption): number {
  switch (option.name) {
    case "sourceLinkLayer":
    case "targetLinkLayer":
    case "mtu":
      return 8;
    case "prefixInformation":
      return 32;
    case "redirectedHeader":
      return 8 + option.bytes.length;
    case "nonce":
      return 2 + option.nonce.length;
    case "routeInformation":
      return option.prefixLength > 64 ? 24 : option.prefixLength > 0 ? 16 : 8;
    case "rdnss":
      return 8 + option.servers.length * 16;
    case "dnssl":
      return 8 + lengthOfDomainNames(option.domains);
    case "captivePortal":
      return 2 + option.uri.length;
    case "pref64":
      return 16;
    case "flagsExtension":
    case "unknown":
    case "malformed":
      return 2 + option.bytes.length;
  }
}

function isLinkLayer(option: NdpOption): option is LinkLayerOption {
  return option.name === "sourceLinkLayer" || option.name === "targetLinkLayer";
}

/** Octets of an option: a multiple of 8, at most 2040. */
export function lengthOfNdpOption(option: NdpOption): number {
  return Math.max(Math.ceil(contentOctets(option) / 8), option.length ?? 0) * 8;
}

function writePart(bytes: Uint8Array, at: number, words: Ipv6Words, octets: number): void {
  const whole = new Uint8Array(16);
  writeIpv6Words(whole, 0, words);
  bytes.set(whole.subarray(0, octets), at);
}

function writeContent(bytes: Uint8Array, at: number, option: NdpOption, octets: number): void {
  switch (option.name) {
    case "sourceLinkLayer":
    case "targetLinkLayer":
      writeMac(bytes, at + 2, option.mac);
      return;
    case "prefixInformation":
      bytes[at + 2] = option.prefixLength;
      bytes[at + 3] = (option.onLink ? 0x80 : 0) | (option.autonomous ? 0x40 : 0) | (option.routerAddress ? 0x20 : 0);
      writeIpv4(bytes, at + 4, option.validLifetimeSeconds);
      writeIpv4(bytes, at + 8, option.preferredLifetimeSeconds);
      writeIpv6Words(bytes, at + 16, option.prefix);
      return;
    case "redirectedHeader":
      bytes.set(option.bytes, at + 8);
      return;
    case "mtu":
      writeIpv4(bytes, at + 4, option.mtu);
      return;
    case "nonce":
      bytes.set(option.nonce, at + 2);
      return;
    case "routeInformation":
      bytes[at + 2] = option.prefixLength;
      bytes[at + 3] = preferenceBits(option.preference);
      writeIpv4(bytes, at + 4, option.lifetimeSeconds);
      writePart(bytes, at + 8, option.prefix, Math.min(16, octets - 8));
      return;
    case "rdnss":
      writeIpv4(bytes, at + 4, option.lifetimeSeconds);
      option.servers.forEach((server, index) => writeIpv6Words(bytes, at + 8 + index * 16, server));
      return;
    case "dnssl":
      writeIpv4(bytes, at + 4, option.lifetimeSeconds);
      writeDomainNames(bytes, at + 8, option.domains);
      return;
    case "captivePortal":
      for (let i = 0; i < option.uri.length; i += 1) bytes[at + 2 + i] = option.uri.charCodeAt(i);
      return;
    case "pref64": {
      const scaled = Math.min(0xfff8, option.lifetimeSeconds & ~7) | PREF64_CODES[option.prefixLength]!;
      bytes[at + 2] = scaled >>> 8;
      bytes[at + 3] = scaled;
      writePart(bytes, at + 4, option.prefix, 12);
      return;
    }
    case "flagsExtension":
    case "unknown":
    case "malformed":
      bytes.set(option.bytes, at + 2);
  }
}

/**
 * Writes an option at `at`, zeros in its gaps, and returns where the next one goes. The caller has made room.
 * @throws VipkitError `ERR_NDP_OPTION_TOO_LONG`
 */
export function writeNdpOption(bytes: Uint8Array, at: number, option: NdpOption): number {
  if (isLinkLayer(option) && (option.length ?? 1) === 1) {
    // The option of nearly every packet.
    bytes[at] = option.name === "sourceLinkLayer" ? 1 : 2;
    bytes[at + 1] = 1;
    writeMac(bytes, at + 2, option.mac);
    return at + 8;
  }
  const octets = lengthOfNdpOption(option);
  if (octets > MAX_OPTION_OCTETS) {
    throw new VipkitError("ERR_NDP_OPTION_TOO_LONG", `an option of ${octets} octets has no length`, {
      found: String(octets),
      allowed: String(MAX_OPTION_OCTETS),
    });
  }
  const next = at + octets;
  for (let i = at; i < next; i += 1) bytes[i] = 0;
  bytes[at] = optionType(option);
  bytes[at + 1] = octets / 8;
  writeContent(bytes, at, option, octets);
  return next;
}
