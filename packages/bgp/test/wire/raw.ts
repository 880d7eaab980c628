import { fromHex } from "@vipkit/net";
import type { ReceiveContext } from "../../src/index.js";
import { IPV4_MULTICAST, IPV4_UNICAST } from "../../src/index.js";

/** Octets of a message with a sound header around a body in hexadecimal. */
export function rawMessage(type: number, body: string): Uint8Array {
  const bytes = new Uint8Array(19 + body.length / 2).fill(0xff, 0, 16);
  bytes[16] = bytes.length >>> 8;
  bytes[17] = bytes.length;
  bytes[18] = type;
  bytes.set(fromHex(body), 19);
  return bytes;
}

function hex16(value: number): string {
  return value.toString(16).padStart(4, "0");
}

export interface RawUpdate {
  readonly withdrawn?: string;
  readonly attributes?: readonly string[];
  readonly nlri?: string;
}

/** An UPDATE whose fields are given in hexadecimal and whose lengths fit them. */
export function rawUpdate({ withdrawn = "", attributes = [], nlri = "" }: RawUpdate): Uint8Array {
  const block = attributes.join("");
  return rawMessage(2, hex16(withdrawn.length / 2) + withdrawn + hex16(block.length / 2) + block + nlri);
}

/** Attributes of a sound eBGP route. */
export const ORIGIN = "40010100";
export const AS_PATH = "400206" + "02010000fdea";
export const NEXT_HOP = "400304" + "c0000201";
export const LOCAL_PREF = "400504" + "00000064";
/** 203.0.113.7/32 */
export const NLRI = "20cb007107";
/** IPv6 unicast, next hop 2001:db8::1, 2001:db8:1::/48 */
export const MP_REACH = "800e1c" + "000201" + "10" + "20010db8000000000000000000000001" + "00" + "3020010db80001";
export const MP_UNREACH = "800f0a" + "000201" + "3020010db80001";

export const EBGP: ReceiveContext = {
  as4: true,
  addPath: { receive: [], send: [] },
  extendedMessage: false,
  extendedNextHop: [],
  ibgp: false,
};
export const IBGP: ReceiveContext = { ...EBGP, ibgp: true };
export const AS2: ReceiveContext = { ...EBGP, as4: false };
export const UNNUMBERED: ReceiveContext = { ...EBGP, extendedNextHop: [IPV4_UNICAST, IPV4_MULTICAST] };
