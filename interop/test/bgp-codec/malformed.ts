import { fromHex } from "@vipkit/net";

/** One wrong message, as the hexadecimal of an UPDATE's attributes and NLRI or of a whole message. */
export interface Malformed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function hex(value: number, octets: number): string {
  return value.toString(16).padStart(2 * octets, "0");
}

function message(type: number, body: string): Uint8Array {
  return fromHex("ff".repeat(16) + hex(19 + body.length / 2, 2) + hex(type, 1) + body);
}

function update(attributes: readonly string[], nlri: string, withdrawn = ""): Uint8Array {
  const block = attributes.join("");
  return message(2, hex(withdrawn.length / 2, 2) + withdrawn + hex(block.length / 2, 2) + block + nlri);
}

/** What all messages have in common: the sender's AS number, its address and the route. */
export interface RouteFacts {
  readonly asn: number;
  readonly nextHop: number;
  /** The address of a /32. */
  readonly prefix: number;
}

export function soundUpdate({ asn, nextHop, prefix }: RouteFacts): Uint8Array {
  return update(["40010100", `4002060201${hex(asn, 4)}`, `400304${hex(nextHop, 4)}`], `20${hex(prefix, 4)}`);
}

/** The wrong messages, each for the route that `factsOf` gives for its index. */
export function malformedMessages(factsOf: (index: number) => RouteFacts): Malformed[] {
  return CASES.map(([name, build], index) => {
    const facts = factsOf(index);
    const parts: Parts = {
      facts,
      origin: "40010100",
      path: `4002060201${hex(facts.asn, 4)}`,
      hop: `400304${hex(facts.nextHop, 4)}`,
      nlri: `20${hex(facts.prefix, 4)}`,
    };
    return { name, bytes: build(parts) };
  });
}

interface Parts {
  readonly facts: RouteFacts;
  readonly origin: string;
  readonly path: string;
  readonly hop: string;
  readonly nlri: string;
}

const MP6 = "800e1c" + "000201" + "10" + "20010db8000000000000000000000001" + "00" + "3020010db80001";

/** A sound route with these attributes behind the usual ones. */
const more =
  (...attributes: readonly string[]) =>
  ({ origin, path, hop, nlri }: Parts): Uint8Array =>
    update([origin, path, hop, ...attributes], nlri);

const withOrigin =
  (...attributes: readonly string[]) =>
  ({ path, hop, nlri }: Parts): Uint8Array =>
    update([...attributes, path, hop], nlri);

const withPath =
  (pathOf: (asn: string) => string) =>
  ({ facts, origin, hop, nlri }: Parts): Uint8Array => {
    const value = pathOf(hex(facts.asn, 4));
    return update([origin, `4002${hex(value.length / 2, 1)}${value}`, hop], nlri);
  };

const withHop =
  (...attributes: readonly string[]) =>
  ({ origin, path, nlri }: Parts): Uint8Array =>
    update([origin, path, ...attributes], nlri);

const CASES: readonly (readonly [name: string, build: (parts: Parts) => Uint8Array])[] = [
  ["ORIGIN value 3", withOrigin("40010103")],
  ["ORIGIN length 2", withOrigin("4001020000")],
  ["ORIGIN missing", withOrigin()],
  ["ORIGIN flags optional", withOrigin("c0010100")],
  ["ORIGIN twice", more("40010102")],
  ["AS_PATH missing", ({ origin, hop, nlri }) => update([origin, hop], nlri)],
  ["AS_PATH segment type 5", withPath((asn) => `0501${asn}`)],
  ["AS_PATH segment length 0", withPath((asn) => `0201${asn}0200`)],
  ["AS_PATH segment overrun", withPath((asn) => `0202${asn}`)],
  ["AS_PATH segment underrun", withPath((asn) => `0201${asn}02`)],
  ["AS_PATH with AS 0", withPath((asn) => `0202${asn}00000000`)],
  ["NEXT_HOP missing", withHop()],
  ["NEXT_HOP length 3", withHop("400303c00002")],
  ["NEXT_HOP 0.0.0.0", withHop("40030400000000")],
  ["NEXT_HOP multicast", withHop("400304e0000001")],
  ["MED length 3", more("800403000001")],
  ["LOCAL_PREF from eBGP", more("40050400000064")],
  ["LOCAL_PREF length 3 from eBGP", more("400503000064")],
  ["ATOMIC_AGGREGATE length 1", more("40060100")],
  ["AGGREGATOR length 5", more("c007050000fde901")],
  ["COMMUNITIES length 3", more("c00803000000")],
  ["COMMUNITIES length 0", more("c00800")],
  ["ORIGINATOR_ID length 3 from eBGP", more("800903010203")],
  ["CLUSTER_LIST length 5 from eBGP", more("800a050102030405")],
  ["EXTENDED COMMUNITIES length 7", more(`c01007${"00".repeat(7)}`)],
  ["IPv6 EXTENDED COMMUNITIES length 19", more(`c01913${"00".repeat(19)}`)],
  ["LARGE_COMMUNITY length 13", more(`c0200d${"00".repeat(13)}`)],
  ["LARGE_COMMUNITY length 0", more("c02000")],
  ["AIGP malformed TLV", more("801a03010002")],
  ["AS4_PATH from a four-octet speaker", more("c0110602010000fde9")],
  ["OTC length 3", more("c02303000001")],
  ["unknown well-known attribute", more("40c80101")],
  ["unknown optional transitive attribute", more("c0c80101")],
  ["attribute overruns the block", more("c008ff00000001")],
  ["two octets behind the attributes", more("4008")],
  ["MP_REACH_NLRI twice", more(MP6, MP6)],
  ["MP_REACH_NLRI next hop length 5", more("800e0b" + "00020105" + "2001000000" + "00" + "00")],
  ["MP_REACH_NLRI of 4 octets", more("800e0400020100")],
  ["MP_REACH_NLRI prefix of 129 bits", more("800e16" + "00020110" + "20010db8000000000000000000000001" + "00" + "81")],
  ["MP_REACH_NLRI of a family not negotiated", more("800e09" + "40044700" + "00" + "01020304")],
  ["MP_UNREACH_NLRI of 2 octets", more("800f020002")],
  ["NLRI of 33 bits", ({ origin, path, hop, nlri }) => update([origin, path, hop], `21${nlri.slice(2)}00`)],
  ["NLRI over the end", ({ origin, path, hop, nlri }) => update([origin, path, hop], `${nlri}20cb00`)],
  ["withdrawn routes over the message", () => message(2, "00050000")],
  ["marker not all ones", () => fromHex(`fe${"ff".repeat(15)}001304`)],
  ["KEEPALIVE with a body", () => message(4, "00")],
  ["message type 9", () => message(9, "")],
];
