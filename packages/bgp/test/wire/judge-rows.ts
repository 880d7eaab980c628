import type { ReceiveContext, VerdictAction } from "../../src/index.js";
import {
  AS2,
  AS_PATH,
  IBGP,
  LOCAL_PREF,
  MP_REACH,
  MP_UNREACH,
  NEXT_HOP,
  NLRI,
  ORIGIN,
  rawMessage,
  rawUpdate,
  UNNUMBERED,
} from "./raw.js";

/** One malformed message and what RFC 7606, or the RFC of the attribute, makes of it. */
export interface JudgeRow {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly context?: ReceiveContext;
  readonly action: VerdictAction;
  /** code/subcode */
  readonly error?: string;
  readonly attribute?: number;
}

const SOUND = [ORIGIN, AS_PATH, NEXT_HOP];

function extra(...attributes: readonly string[]): Uint8Array {
  return rawUpdate({ attributes: [...SOUND, ...attributes], nlri: NLRI });
}

function path(value: string): Uint8Array {
  const length = (value.length / 2).toString(16).padStart(2, "0");
  return rawUpdate({ attributes: [ORIGIN, `4002${length}${value}`, NEXT_HOP], nlri: NLRI });
}

function edit(bytes: Uint8Array, ...octets: readonly (readonly [offset: number, value: number])[]): Uint8Array {
  const copy = bytes.slice();
  for (const [offset, value] of octets) copy[offset] = value;
  return copy;
}

const ok = extra();
const keepalive = rawMessage(4, "");
const W = "treat-as-withdraw";
const D = "attribute-discard";

const headerRows: readonly JudgeRow[] = [
  { name: "a sound route", bytes: ok, action: "accept" },
  { name: "KEEPALIVE", bytes: keepalive, action: "accept" },
  { name: "marker not all ones", bytes: edit(keepalive, [7, 0xfe]), action: "reset", error: "1/1" },
  { name: "length below 19", bytes: edit(keepalive, [17, 18]), action: "reset", error: "1/2" },
  {
    name: "length above 4096",
    bytes: edit(new Uint8Array(4097).fill(0xff, 0, 16), [16, 16], [17, 1], [18, 2]),
    action: "reset",
    error: "1/2",
  },
  { name: "KEEPALIVE with a body", bytes: rawMessage(4, "00"), action: "reset", error: "1/2" },
  { name: "message type 0", bytes: rawMessage(0, ""), action: "reset", error: "1/3" },
  { name: "message type 6", bytes: rawMessage(6, ""), action: "reset", error: "1/3" },
  { name: "UPDATE of 22 octets", bytes: rawMessage(2, "000000"), action: "reset", error: "1/2" },
  { name: "withdrawn routes run over the message", bytes: rawMessage(2, "00050000"), action: "reset", error: "3/1" },
  { name: "attributes run over the message", bytes: rawMessage(2, "00000005"), action: "reset", error: "3/1" },
  { name: "begin of refresh with 5 octets", bytes: rawMessage(5, "0001010100"), action: "reset", error: "7/1" },
  { name: "refresh with 5 octets", bytes: rawMessage(5, "0001000100"), action: "reset", error: "1/2" },
];

const listRows: readonly JudgeRow[] = [
  { name: "an attribute runs over the block", bytes: extra("c008ff0000"), action: W, error: "3/1" },
  { name: "two octets left behind the attributes", bytes: extra("4008"), action: W, error: "3/1" },
  { name: "an extended length cut short", bytes: extra("d00800"), action: W, error: "3/1" },
  { name: "ORIGIN twice", bytes: extra("40010101"), action: D, error: "3/1", attribute: 1 },
  {
    name: "LARGE_COMMUNITY twice",
    bytes: extra("c0200c" + "00".repeat(12), "c0200c" + "11".repeat(12)),
    action: D,
    error: "3/1",
    attribute: 32,
  },
  { name: "an unknown attribute twice", bytes: extra("c0c80101", "c0c80102"), action: D, error: "3/1", attribute: 200 },
  { name: "MP_REACH_NLRI twice", bytes: extra(MP_REACH, MP_REACH), action: "reset", error: "3/1", attribute: 14 },
  { name: "MP_UNREACH_NLRI twice", bytes: extra(MP_UNREACH, MP_UNREACH), action: "reset", error: "3/1", attribute: 15 },
  {
    name: "ORIGIN missing",
    bytes: rawUpdate({ attributes: [AS_PATH, NEXT_HOP], nlri: NLRI }),
    action: W,
    error: "3/3",
    attribute: 1,
  },
  {
    name: "AS_PATH missing",
    bytes: rawUpdate({ attributes: [ORIGIN, NEXT_HOP], nlri: NLRI }),
    action: W,
    error: "3/3",
    attribute: 2,
  },
  {
    name: "NEXT_HOP missing",
    bytes: rawUpdate({ attributes: [ORIGIN, AS_PATH], nlri: NLRI }),
    action: W,
    error: "3/3",
    attribute: 3,
  },
  {
    name: "NEXT_HOP missing beside MP_REACH_NLRI",
    bytes: rawUpdate({ attributes: [ORIGIN, AS_PATH, MP_REACH] }),
    action: "accept",
  },
  {
    name: "ORIGIN missing beside MP_REACH_NLRI",
    bytes: rawUpdate({ attributes: [AS_PATH, MP_REACH] }),
    action: W,
    error: "3/3",
    attribute: 1,
  },
  { name: "LOCAL_PREF missing on iBGP", bytes: ok, context: IBGP, action: W, error: "3/3", attribute: 5 },
  { name: "nothing missing on iBGP", bytes: extra(LOCAL_PREF), context: IBGP, action: "accept" },
  { name: "nothing but withdrawn routes", bytes: rawUpdate({ withdrawn: NLRI }), action: "accept" },
  { name: "nothing but MP_UNREACH_NLRI", bytes: rawUpdate({ attributes: [MP_UNREACH] }), action: "accept" },
  { name: "End-of-RIB", bytes: rawUpdate({}), action: "accept" },
  {
    name: "ORIGIN wrong and no route announced",
    bytes: rawUpdate({ withdrawn: NLRI, attributes: ["40010103"] }),
    action: "reset",
    error: "3/6",
    attribute: 1,
  },
  {
    name: "MP_UNREACH_NLRI alone with wrong flags",
    bytes: rawUpdate({ attributes: [`c0${MP_UNREACH.slice(2)}`] }),
    action: W,
    error: "3/4",
    attribute: 15,
  },
  { name: "an unknown well-known attribute", bytes: extra("40c80101"), action: "reset", error: "3/2", attribute: 200 },
  { name: "an unknown optional transitive attribute", bytes: extra("c0c80101"), action: "accept" },
  { name: "an unknown optional attribute that is not transitive", bytes: extra("80c80101"), action: "accept" },
  {
    name: "the strongest of three errors",
    bytes: extra("40060100", "c00803000000", "40c80101"),
    action: "reset",
    error: "3/2",
    attribute: 200,
  },
];

const routeRows: readonly JudgeRow[] = [
  {
    name: "NLRI of 33 bits",
    bytes: rawUpdate({ attributes: SOUND, nlri: "21cb00710700" }),
    action: "reset",
    error: "3/10",
  },
  {
    name: "NLRI over the end",
    bytes: rawUpdate({ attributes: SOUND, nlri: "20cb0071" }),
    action: "reset",
    error: "3/10",
  },
  {
    name: "withdrawn route of 33 bits",
    bytes: rawUpdate({ withdrawn: "21cb00710700" }),
    action: "reset",
    error: "3/10",
  },
  { name: "withdrawn route over its field", bytes: rawUpdate({ withdrawn: "20cb00" }), action: "reset", error: "3/10" },
  {
    name: "IPv6 prefix of 129 bits",
    bytes: extra("800e16" + "00020110" + "20010db8000000000000000000000001" + "00" + "81"),
    action: "reset",
    error: "3/10",
    attribute: 14,
  },
  {
    name: "IPv6 prefix withdrawn over its end",
    bytes: extra("800f05" + "000201" + "4020"),
    action: "reset",
    error: "3/10",
    attribute: 15,
  },
  {
    name: "MP_REACH_NLRI next hop of 5 octets",
    bytes: extra("800e0b" + "00020105" + "2001000000" + "00" + "00"),
    action: "reset",
    error: "3/9",
    attribute: 14,
  },
  {
    name: "MP_REACH_NLRI too short for its next hop",
    bytes: extra("800e06" + "00020110" + "2001"),
    action: "reset",
    error: "3/9",
    attribute: 14,
  },
  {
    name: "MP_REACH_NLRI of 4 octets",
    bytes: extra("800e04" + "00020100"),
    action: "reset",
    error: "3/9",
    attribute: 14,
  },
  { name: "MP_UNREACH_NLRI of 2 octets", bytes: extra("800f020002"), action: "reset", error: "3/9", attribute: 15 },
  {
    name: "MP_REACH_NLRI of a family we do not read",
    bytes: rawUpdate({ attributes: [ORIGIN, AS_PATH, "800e09" + "40044700" + "00" + "01020304"] }),
    action: "accept",
  },
  {
    name: "IPv4 routes with an IPv6 next hop, not negotiated",
    bytes: rawUpdate({
      attributes: [ORIGIN, AS_PATH, "800e1a" + "00010110" + "20010db8000000000000000000000001" + "00" + "20cb007107"],
    }),
    action: "reset",
    error: "3/9",
    attribute: 14,
  },
  {
    name: "IPv4 routes with an IPv6 next hop, negotiated",
    bytes: rawUpdate({
      attributes: [ORIGIN, AS_PATH, "800e1a" + "00010110" + "20010db8000000000000000000000001" + "00" + "20cb007107"],
    }),
    context: UNNUMBERED,
    action: "accept",
  },
  {
    name: "IPv6 next hop unspecified",
    bytes: rawUpdate({
      attributes: [ORIGIN, AS_PATH, "800e1c" + "00020110" + "00".repeat(16) + "00" + "3020010db80001"],
    }),
    action: W,
    error: "3/8",
    attribute: 14,
  },
];

const attributeRows: readonly JudgeRow[] = [
  {
    name: "ORIGIN of 2 octets",
    bytes: rawUpdate({ attributes: ["4001020000", AS_PATH, NEXT_HOP], nlri: NLRI }),
    action: W,
    error: "3/5",
    attribute: 1,
  },
  {
    name: "ORIGIN 3",
    bytes: rawUpdate({ attributes: ["40010103", AS_PATH, NEXT_HOP], nlri: NLRI }),
    action: W,
    error: "3/6",
    attribute: 1,
  },
  {
    name: "ORIGIN optional",
    bytes: rawUpdate({ attributes: ["c0010100", AS_PATH, NEXT_HOP], nlri: NLRI }),
    action: W,
    error: "3/4",
    attribute: 1,
  },
  { name: "AS_PATH segment type 5", bytes: path("05010000fdea"), action: W, error: "3/11", attribute: 2 },
  { name: "AS_PATH segment over its end", bytes: path("02020000fdea"), action: W, error: "3/11", attribute: 2 },
  { name: "AS_PATH with one octet left", bytes: path("02010000fdea02"), action: W, error: "3/11", attribute: 2 },
  { name: "AS_PATH segment of length 0", bytes: path("0200"), action: W, error: "3/11", attribute: 2 },
  { name: "AS 0 in the path", bytes: path("02020000fdea00000000"), action: W, error: "3/11", attribute: 2 },
  { name: "AS 0 in a two-octet path", bytes: path("02010000"), context: AS2, action: W, error: "3/11", attribute: 2 },
  { name: "an empty path", bytes: path(""), action: "accept" },
  {
    name: "NEXT_HOP of 3 octets",
    bytes: rawUpdate({ attributes: [ORIGIN, AS_PATH, "400303c00002"], nlri: NLRI }),
    action: W,
    error: "3/5",
    attribute: 3,
  },
  {
    name: "NEXT_HOP 0.0.0.0",
    bytes: rawUpdate({ attributes: [ORIGIN, AS_PATH, "40030400000000"], nlri: NLRI }),
    action: W,
    error: "3/8",
    attribute: 3,
  },
  {
    name: "NEXT_HOP multicast",
    bytes: rawUpdate({ attributes: [ORIGIN, AS_PATH, "400304e0000001"], nlri: NLRI }),
    action: W,
    error: "3/8",
    attribute: 3,
  },
  { name: "MED of 3 octets", bytes: extra("800403000001"), action: W, error: "3/5", attribute: 4 },
  { name: "LOCAL_PREF from an external peer", bytes: extra(LOCAL_PREF), action: D, attribute: 5 },
  { name: "LOCAL_PREF of 3 octets from an external peer", bytes: extra("400503000064"), action: D, attribute: 5 },
  {
    name: "LOCAL_PREF of 3 octets on iBGP",
    bytes: extra("400503000064"),
    context: IBGP,
    action: W,
    error: "3/5",
    attribute: 5,
  },
  { name: "ATOMIC_AGGREGATE of 1 octet", bytes: extra("40060100"), action: D, error: "3/5", attribute: 6 },
  { name: "AGGREGATOR of 5 octets", bytes: extra("c007050000fdea01"), action: D, error: "3/5", attribute: 7 },
  {
    name: "AGGREGATOR of 6 octets with four-octet AS numbers",
    bytes: extra("c00706fdea01020304"),
    action: D,
    error: "3/5",
    attribute: 7,
  },
  {
    name: "AGGREGATOR of 8 octets with two-octet AS numbers",
    bytes: rawUpdate({
      attributes: [ORIGIN, "40020402 01fdea".replace(" ", ""), NEXT_HOP, "c007080000fdea01020304"],
      nlri: NLRI,
    }),
    context: AS2,
    action: D,
    error: "3/5",
    attribute: 7,
  },
  { name: "AGGREGATOR with AS 0", bytes: extra("c007080000000001020304"), action: D, attribute: 7 },
  { name: "COMMUNITIES of 3 octets", bytes: extra("c00803000000"), action: W, error: "3/5", attribute: 8 },
  { name: "COMMUNITIES of 0 octets", bytes: extra("c00800"), action: W, error: "3/5", attribute: 8 },
  { name: "ORIGINATOR_ID from an external peer", bytes: extra("80090401020304"), action: D, attribute: 9 },
  {
    name: "ORIGINATOR_ID of 3 octets on iBGP",
    bytes: extra(LOCAL_PREF, "800903010203"),
    context: IBGP,
    action: W,
    error: "3/5",
    attribute: 9,
  },
  { name: "CLUSTER_LIST from an external peer", bytes: extra("800a0401020304"), action: D, attribute: 10 },
  {
    name: "CLUSTER_LIST of 5 octets on iBGP",
    bytes: extra(LOCAL_PREF, "800a050102030405"),
    context: IBGP,
    action: W,
    error: "3/5",
    attribute: 10,
  },
  {
    name: "CLUSTER_LIST of 0 octets on iBGP",
    bytes: extra(LOCAL_PREF, "800a00"),
    context: IBGP,
    action: W,
    error: "3/5",
    attribute: 10,
  },
  {
    name: "EXTENDED COMMUNITIES of 7 octets",
    bytes: extra("c01007" + "00".repeat(7)),
    action: W,
    error: "3/5",
    attribute: 16,
  },
  { name: "EXTENDED COMMUNITIES of 0 octets", bytes: extra("c01000"), action: W, error: "3/5", attribute: 16 },
  {
    name: "AS4_PATH cut short",
    bytes: rawUpdate({
      attributes: [ORIGIN, "40020402 01fdea".replace(" ", ""), NEXT_HOP, "c0110402020000"],
      nlri: NLRI,
    }),
    context: AS2,
    action: D,
    attribute: 17,
  },
  {
    name: "AS4_PATH between speakers of four-octet AS numbers",
    bytes: extra("c0110602010000fdea"),
    action: D,
    attribute: 17,
  },
  { name: "AS4_AGGREGATOR of 6 octets", bytes: extra("c01206fdea01020304"), action: D, error: "3/5", attribute: 18 },
  {
    name: "IPv6 EXTENDED COMMUNITIES of 19 octets",
    bytes: extra("c01913" + "00".repeat(19)),
    action: W,
    error: "3/5",
    attribute: 25,
  },
  { name: "AIGP with a TLV of length 2", bytes: extra("801a03010002"), action: D, attribute: 26 },
  { name: "AIGP with a metric of 7 octets", bytes: extra("801a0a01000a00000000000000"), action: D, attribute: 26 },
  { name: "AIGP transitive", bytes: extra("c01a0b01000b0000000000000001"), action: D, error: "3/4", attribute: 26 },
  { name: "AIGP", bytes: extra("801a0b01000b0000000000000001"), action: "accept" },
  {
    name: "LARGE_COMMUNITY of 13 octets",
    bytes: extra("c0200d" + "00".repeat(13)),
    action: W,
    error: "3/5",
    attribute: 32,
  },
  { name: "LARGE_COMMUNITY of 0 octets", bytes: extra("c02000"), action: W, error: "3/5", attribute: 32 },
  { name: "OTC of 3 octets", bytes: extra("c02303000001"), action: W, error: "3/5", attribute: 35 },
  { name: "OTC", bytes: extra("c023040000fdea"), action: "accept" },
];

const open = (version: string, asn: string, hold: string, id: string, parameters: string): Uint8Array =>
  rawMessage(1, version + asn + hold + id + (parameters.length / 2).toString(16).padStart(2, "0") + parameters);

const openRows: readonly JudgeRow[] = [
  { name: "OPEN", bytes: open("04", "fdea", "005a", "01020304", "02064104" + "0000fdea"), action: "accept" },
  { name: "OPEN version 3", bytes: open("03", "fdea", "005a", "01020304", ""), action: "reset", error: "2/1" },
  { name: "OPEN from AS 0", bytes: open("04", "0000", "005a", "01020304", ""), action: "reset", error: "2/2" },
  {
    name: "OPEN from four-octet AS 0",
    bytes: open("04", "fdea", "005a", "01020304", "0206410400000000"),
    action: "reset",
    error: "2/2",
  },
  { name: "OPEN with identifier 0", bytes: open("04", "fdea", "005a", "00000000", ""), action: "reset", error: "2/3" },
  {
    name: "OPEN with an unknown parameter",
    bytes: open("04", "fdea", "005a", "01020304", "010100"),
    action: "reset",
    error: "2/4",
  },
  {
    name: "OPEN with a hold time of 2 s",
    bytes: open("04", "fdea", "0002", "01020304", ""),
    action: "reset",
    error: "2/6",
  },
  { name: "OPEN with a hold time of 0", bytes: open("04", "fdea", "0000", "01020304", ""), action: "accept" },
  {
    name: "OPEN with two roles",
    bytes: open("04", "fdea", "005a", "01020304", "0206" + "090100" + "090103"),
    action: "reset",
    error: "2/11",
  },
  {
    name: "OPEN whose parameter runs over",
    bytes: open("04", "fdea", "005a", "01020304", "0207410400"),
    action: "reset",
    error: "2/0",
  },
  {
    name: "OPEN whose capability runs over",
    bytes: open("04", "fdea", "005a", "01020304", "0203410400"),
    action: "reset",
    error: "2/0",
  },
];

export const judgeRows: readonly JudgeRow[] = [...headerRows, ...listRows, ...routeRows, ...attributeRows, ...openRows];
