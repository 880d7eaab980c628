import {
  type IPV4_UNICAST,
  IPV6_UNICAST,
  type CodecContext,
  type Nlri,
  type PathAttribute,
  type UpdateMessage,
} from "@vipkit/bgp";
import { maskIp } from "@vipkit/net";

export const CONTEXT: CodecContext = {
  as4: true,
  addPath: { receive: [], send: [] },
  extendedMessage: false,
  extendedNextHop: [],
};

/** Numbers from 0 up to a limit, the same in every run (xorshift). */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

type Numbers = ReturnType<typeof numbers>;

function some<T>(below: Numbers, least: number, most: number, make: () => T): T[] {
  return Array.from({ length: least + below(most - least + 1) }, make);
}

function route4(below: Numbers): Nlri {
  const length = 8 + below(25);
  return { ip: maskIp((1 + below(222)) * 0x100_0000 + below(0x100_0000), length), length };
}

function route6(below: Numbers): Nlri {
  const length = 16 + below(113);
  const words = [0x2001_0000 + below(0x1_0000), below(2 ** 31), below(2 ** 31), below(2 ** 31)];
  return {
    ip: maskIp(
      words.reduce((ip, word) => (ip << 32n) | BigInt(word), 0n),
      length,
    ),
    length,
  };
}

function segments(below: Numbers): { type: number; asns: number[] }[] {
  return some(below, 1, 2, () => ({ type: 1 + below(2), asns: some(below, 1, 6, () => 1 + below(4_000_000_000)) }));
}

/** Attributes in the order of their codes, each there or not. */
function attributesOf(below: Numbers): PathAttribute[] {
  const maybe = (attribute: PathAttribute): PathAttribute[] => (below(2) === 0 ? [attribute] : []);
  const nextHops =
    below(2) === 0
      ? [0x2001_0db8_0000_0000_0000_0000_0000_0001n]
      : [0x2001_0db8_0000_0000_0000_0000_0000_0001n, 0xfe80_0000_0000_0000_0000_0000_0000_0001n];
  const large = (): { global: number; local1: number; local2: number } => ({
    global: below(2 ** 31),
    local1: below(2 ** 31),
    local2: below(99),
  });
  return [
    { type: "origin", value: below(3) },
    { type: "as-path", segments: segments(below) },
    { type: "next-hop", ip: 0xc000_0200 + below(250) },
    ...maybe({ type: "med", value: below(2 ** 31) }),
    ...maybe({ type: "local-pref", value: below(2 ** 31) }),
    ...maybe({ type: "atomic-aggregate" }),
    ...maybe({ type: "aggregator", asn: 1 + below(2 ** 31), ip: 0x0a00_0000 + below(999) }),
    ...maybe({ type: "communities", values: some(below, 1, 90, () => below(2 ** 31)) }),
    ...maybe({ type: "originator-id", ip: 0x0a00_0000 + below(999) }),
    ...maybe({ type: "cluster-list", ids: some(below, 1, 4, () => 0x0a00_0000 + below(999)) }),
    ...maybe({ type: "mp-reach", family: IPV6_UNICAST, nextHops, nlri: some(below, 1, 9, () => route6(below)) }),
    ...maybe({ type: "mp-unreach", family: IPV6_UNICAST, nlri: some(below, 1, 9, () => route6(below)) }),
    ...maybe({ type: "large-communities", values: some(below, 1, 25, large) }),
    ...maybe({ type: "otc", asn: 1 + below(2 ** 31) }),
  ];
}

/** Sound UPDATEs with every attribute that the other decoders read. */
export function generatedUpdates(count: number): UpdateMessage[] {
  const below = numbers(4271);
  return Array.from({ length: count }, () => ({
    type: "update",
    withdrawn: some(below, 0, 6, () => route4(below)),
    attributes: attributesOf(below),
    nlri: some(below, 1, 20, () => route4(below)),
  }));
}

export function routesOfType(
  update: UpdateMessage,
  family: typeof IPV4_UNICAST,
  type: "mp-reach" | "mp-unreach",
): readonly Nlri[] {
  return update.attributes.flatMap((one) => (one.type === type && one.family.afi === family.afi ? one.nlri : []));
}
