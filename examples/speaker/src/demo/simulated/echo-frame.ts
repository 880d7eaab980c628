import {
  addToChecksum,
  ETHERTYPE_IPV6,
  finishChecksum,
  ipToBytes,
  ipv6Checksum,
  isIpv4,
  readIpv4,
  readIpv6,
  readMac,
  writeMac,
  type Ip,
  type Mac,
} from "@vipkit/net";
import { ECHO_PORT } from "../probe.js";

/** A datagram of four octets from or to the echo port, in its frame. */
export interface EchoFrame {
  readonly from: { readonly mac: Mac; readonly ip: Ip };
  readonly to: { readonly mac: Mac; readonly ip: Ip };
  readonly question: boolean;
  readonly number: number;
}

const ETHERTYPE_IPV4 = 0x0800;
const ETHERNET_OCTETS = 14;
const UDP_OCTETS = 8 + 4;
const UDP = 17;
const CLIENT_PORT = 40_000;
const TTL = 64;

/** Writes the frame, with IPv4 (RFC 791) or IPv6 (RFC 8200) and UDP (RFC 768) headers. */
export function encodeEcho({ from, to, question, number }: EchoFrame): Uint8Array {
  const v4 = isIpv4(to.ip);
  const headerOctets = v4 ? 20 : 40;
  const bytes = new Uint8Array(Math.max(60, ETHERNET_OCTETS + headerOctets + UDP_OCTETS));
  const view = new DataView(bytes.buffer);
  writeMac(bytes, 0, to.mac);
  writeMac(bytes, 6, from.mac);
  view.setUint16(12, v4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
  const udp = ETHERNET_OCTETS + headerOctets;
  view.setUint16(udp, question ? CLIENT_PORT : ECHO_PORT);
  view.setUint16(udp + 2, question ? ECHO_PORT : CLIENT_PORT);
  view.setUint16(udp + 4, UDP_OCTETS);
  view.setUint32(udp + 8, number);
  if (v4) {
    bytes.set([0x45, 0, 0, 20 + UDP_OCTETS, 0, 0, 0, 0, TTL, UDP, 0, 0], ETHERNET_OCTETS);
    bytes.set(ipToBytes(from.ip), ETHERNET_OCTETS + 12);
    bytes.set(ipToBytes(to.ip), ETHERNET_OCTETS + 16);
    view.setUint16(ETHERNET_OCTETS + 10, finishChecksum(addToChecksum(0, bytes, ETHERNET_OCTETS, udp)));
  } else {
    bytes.set([0x60, 0, 0, 0, 0, UDP_OCTETS, UDP, TTL], ETHERNET_OCTETS);
    bytes.set(ipToBytes(from.ip), ETHERNET_OCTETS + 8);
    bytes.set(ipToBytes(to.ip), ETHERNET_OCTETS + 24);
    view.setUint16(udp + 6, ipv6Checksum(bytes, ETHERNET_OCTETS, udp, udp + UDP_OCTETS, UDP));
  }
  return bytes;
}

/** Reads the frame; undefined when it is anything else. */
export function decodeEcho(frame: Uint8Array): EchoFrame | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 60) return undefined;
  const etherType = view.getUint16(12);
  const v4 = etherType === ETHERTYPE_IPV4 && frame[ETHERNET_OCTETS + 9] === UDP;
  const v6 = etherType === ETHERTYPE_IPV6 && frame[ETHERNET_OCTETS + 6] === UDP;
  if (!v4 && !v6) return undefined;
  const udp = ETHERNET_OCTETS + (v4 ? 20 : 40);
  if (frame.length < udp + UDP_OCTETS) return undefined;
  const ipAt = (at: number): Ip => (v4 ? readIpv4(frame, at) : readIpv6(frame, at));
  return {
    to: { mac: readMac(frame, 0), ip: ipAt(ETHERNET_OCTETS + (v4 ? 16 : 24)) },
    from: { mac: readMac(frame, 6), ip: ipAt(ETHERNET_OCTETS + (v4 ? 12 : 8)) },
    question: view.getUint16(udp + 2) === ECHO_PORT,
    number: view.getUint32(udp + 8),
  };
}
