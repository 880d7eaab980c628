import { getHeapStatistics } from "node:v8";
import {
  announcedBy,
  asPathOf,
  communitiesOf,
  encodeMessage,
  largeCommunitiesOf,
  localPrefOf,
  medOf,
  originOf,
  packPrefixesInto,
  viewMessage,
  withdrawnBy,
  type Message,
  type PathAttribute,
  type ReceiveContext,
} from "@vipkit/bgp";
import { toHex } from "@vipkit/net";
import { codecPeers, type CodecPeer } from "../peers/bgp-codec.js";
import { median, nanosecondsPerCall, type Bench, type BenchContext } from "../report.js";

const CONTEXT: ReceiveContext = {
  as4: true,
  addPath: { receive: [], send: [] },
  extendedMessage: false,
  extendedNextHop: [],
  ibgp: false,
};

const SERVICE: readonly PathAttribute[] = [
  { type: "origin", value: 0 },
  { type: "as-path", segments: [{ type: 2, asns: [64512] }] },
  { type: "next-hop", ip: 0xc0000201 },
  { type: "med", value: 10 },
  { type: "communities", values: [0xfc00_0064, 0xfc00_0065] },
  { type: "large-communities", values: [{ global: 64512, local1: 1, local2: 2 }] },
];

function service(count: number): Message {
  const nlri = Array.from({ length: count }, (_, index) => ({ ip: 0xcb00_7100 + index, length: 32 }));
  return { type: "update", withdrawn: [], attributes: SERVICE, nlri };
}

/** Numbers that are the same in every run (xorshift). */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Messages like those of a route collector: about 99 octets, paths of 3 to 7 hops, communities, one to four routes. */
function collectorLike(): Message[] {
  const below = numbers(20_261_121);
  return Array.from({ length: 200 }, (): Message => {
    const asns = Array.from({ length: 3 + below(5) }, () => 1 + below(400_000));
    const communities = Array.from({ length: below(9) }, () => below(2 ** 31));
    const route = (): { ip: number; length: number } => {
      const length = below(3) === 0 ? 16 + below(8) : 24;
      return { ip: ((1 + below(222)) * 0x100_0000 + (below(2 ** (length - 8)) << (32 - length))) >>> 0, length };
    };
    return {
      type: "update",
      withdrawn: below(8) === 0 ? [route()] : [],
      attributes: [
        { type: "origin", value: below(3) },
        { type: "as-path", segments: [{ type: 2, asns }] },
        { type: "next-hop", ip: 0xc000_0200 + below(200) },
        ...(below(3) === 0 ? [{ type: "med" as const, value: below(1000) }] : []),
        ...(below(6) === 0 ? [{ type: "aggregator" as const, asn: asns[0]!, ip: 0x0a00_0001 }] : []),
        ...(communities.length > 0 ? [{ type: "communities" as const, values: communities }] : []),
      ],
      nlri: Array.from({ length: 1 + below(4) }, route),
    };
  });
}

const CASES: Readonly<Record<string, readonly Message[]>> = {
  "one prefix": [service(1)],
  "804 prefixes": [service(804)],
  "collector-like": collectorLike(),
};

const NUMBERS = new Float64Array(1000);

/** Asks for every attribute value and every prefix. */
function readAll(bytes: Uint8Array): number {
  const view = viewMessage(bytes, CONTEXT);
  if (view.type !== "update") return 0;
  let sum = (originOf(view) ?? 0) + (medOf(view) ?? 0) + (localPrefOf(view) ?? 0);
  sum += (asPathOf(view)?.length ?? 0) + (communitiesOf(view)?.length ?? 0) + (largeCommunitiesOf(view)?.length ?? 0);
  for (const span of announcedBy(view)) sum += packPrefixesInto(span, NUMBERS) + span.nextHops.length;
  for (const span of withdrawnBy(view)) sum += packPrefixesInto(span, NUMBERS);
  return sum;
}

let sink: unknown;

/** Median nanoseconds per message, from rounds of well under a millisecond. */
function measure<T>(inputs: readonly T[], octets: number, use: (input: T) => unknown): { value: number; n: number } {
  const calls = Math.max(1, Math.floor(40_000 / octets));
  const run = (times: number): void => {
    for (let time = 0; time < times; time += 1) {
      for (let at = 0; at < inputs.length; at += 1) sink = use(inputs[at]!);
    }
  };
  const figures = nanosecondsPerCall(run, { calls, rounds: 401, warmUps: 3000 });
  return { value: median(figures) / inputs.length, n: 401 * calls };
}

/** Octets of heap that one message takes; rounds in which the collector ran are left out. */
function heapOctets(use: () => unknown): number {
  const figures: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    const before = getHeapStatistics().used_heap_size;
    for (let call = 0; call < 500; call += 1) sink = use();
    const grown = getHeapStatistics().used_heap_size - before;
    if (grown >= 0) figures.push(grown / 500);
  }
  return median(figures);
}

type Figures = Readonly<Record<string, number>>;

function report(
  context: BenchContext,
  what: string,
  name: string,
  own: { readonly value: number; readonly n: number },
  peers: readonly CodecPeer[],
  figuresOf: (peer: CodecPeer) => Figures,
): void {
  const result = { bench: "bgp-codec", case: `${what}, ${name}`, unit: "ns", ...own } as const;
  const measured = peers.filter((peer) => figuresOf(peer)[name] !== undefined);
  if (measured.length === 0) context.report(result);
  for (const peer of measured) {
    context.report({ ...result, peer: peer.name, peerVersion: peer.version, peerValue: figuresOf(peer)[name]! });
  }
}

export const bench: Bench = (context) => {
  const encoded = Object.fromEntries(
    Object.entries(CASES).map(([name, messages]) => [
      name,
      messages.map((message) => encodeMessage(message, CONTEXT).slice()),
    ]),
  );
  const wireNames = Object.fromEntries(
    Object.entries(encoded).map(([name, list]) => [name.replaceAll(" ", "_"), list.map((bytes) => toHex(bytes))]),
  );
  const named = (figures: Figures): Figures =>
    Object.fromEntries(Object.entries(figures).map(([name, value]) => [name.replaceAll("_", " "), value]));
  const peers = codecPeers(wireNames, context.note);
  for (const [name, list] of Object.entries(encoded)) {
    const octets = list.reduce((sum, bytes) => sum + bytes.length, 0);
    const view = measure(list, octets, (bytes) => viewMessage(bytes, CONTEXT));
    report(context, "decode and judge", name, view, peers, (peer) => named(peer.decode));
    report(context, "decode and read everything", name, measure(list, octets, readAll), peers, (peer) =>
      named(peer.read),
    );
    const write = measure(CASES[name]!, octets, (message) => encodeMessage(message, CONTEXT));
    report(context, "encode", name, write, peers, (peer) => named(peer.encode));
    const first = list[0]!;
    const n = 60 * 500;
    const lazy = heapOctets(() => viewMessage(first, CONTEXT));
    context.report({ bench: "bgp-codec", case: `heap to decode and judge, ${name}`, unit: "bytes", value: lazy, n });
    const eager = heapOctets(() => readAll(first));
    context.report({ bench: "bgp-codec", case: `heap to read everything, ${name}`, unit: "bytes", value: eager, n });
  }
  return sink === undefined ? Promise.reject(new Error("nothing was measured")) : Promise.resolve();
};
