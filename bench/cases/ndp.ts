import {
  createNdpResponder,
  decodeNdpFrame,
  decodeNdpMessage,
  encodeNdpFrame,
  encodeNdpMessage,
  writeNdpFrame,
  writeNdpMessage,
} from "@vipkit/ndp";
import { ipv6ToWords, multicastMac, parseIpv6, parseMac, solicitedNodeGroup } from "@vipkit/net";
import { goPeer } from "../peers/mdlayher.js";
import { median, nanosecondsPerCall, type Bench, type BenchContext, type BenchResult } from "../report.js";

const MAC = parseMac("02:00:00:00:00:01");
const CLIENT = parseMac("02:00:00:00:00:02");
const VIP = parseIpv6("2001:db8::10");
const NA = {
  eth: { dst: CLIENT, src: MAC },
  ip: { src: ipv6ToWords(VIP), dst: ipv6ToWords(parseIpv6("2001:db8::99")) },
  message: {
    name: "na",
    target: ipv6ToWords(VIP),
    router: false,
    solicited: true,
    override: true,
    options: [{ name: "targetLinkLayer", mac: MAC }],
  },
} as const;

type Peer = Pick<BenchResult, "peer" | "peerVersion" | "peerValue">;

/** Rounds of well under a millisecond: few of them are interrupted, and the median does not see those. */
const ROUNDS = { calls: 2000, rounds: 201, warmUps: 60 } as const;

/**
 * Loops keep their last result, so that each is made, and take one of these in turn, so that none can be made once for all.
 * Writing every result to `sink` would cost more than some of them do.
 */
const ADVERTISEMENTS = Array.from({ length: 16 }, (_, i) => ({
  ...NA,
  message: { ...NA.message, target: ipv6ToWords(VIP + BigInt(i)) },
}));

let sink: unknown;

function report(context: BenchContext, name: string, figures: readonly number[], calls: number, peer?: Peer): void {
  const n = figures.length * calls;
  context.report({ bench: "ndp", case: name, unit: "ns", value: median(figures), n, ...peer });
}

function codec(context: BenchContext): void {
  const { calls } = ROUNDS;
  const frames = ADVERTISEMENTS.map(encodeNdpFrame);
  const go = goPeer("ndp", context.note);
  const mdlayher = (name: string): Peer | undefined => {
    const peerValue = go?.nanoseconds[name];
    return peerValue === undefined ? undefined : { peer: "mdlayher/ndp", peerVersion: go!.version, peerValue };
  };
  const decode = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = decodeNdpFrame(frames[i & 15]!);
    sink = last;
  }, ROUNDS);
  report(context, "decode a frame with an advertisement, checksum and all rules", decode, calls);
  const message = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = decodeNdpMessage(frames[i & 15]!, 54);
    sink = last;
  }, ROUNDS);
  report(context, "decode an advertisement with option", message, calls, mdlayher("Decode"));
  const kept = new Uint8Array(128);
  const writeMessage = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = writeNdpMessage(kept, 0, ADVERTISEMENTS[i & 15]!.message, NA.ip);
    sink = last;
  }, ROUNDS);
  const name = "encode an advertisement with option and checksum";
  report(context, `${name} into a kept buffer`, writeMessage, calls, mdlayher("Encode"));
  const encodeMessage = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = encodeNdpMessage(ADVERTISEMENTS[i & 15]!.message, NA.ip);
    sink = last;
  }, ROUNDS);
  report(context, name, encodeMessage, calls, mdlayher("Encode"));
  // The peer has neither Ethernet nor IPv6 headers.
  const writeFrame = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = writeNdpFrame(kept, ADVERTISEMENTS[i & 15]!);
    sink = last;
  }, ROUNDS);
  report(context, "encode a frame with an advertisement into a kept buffer", writeFrame, calls);
  const encodeFrame = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = encodeNdpFrame(ADVERTISEMENTS[i & 15]!);
    sink = last;
  }, ROUNDS);
  report(context, "encode a frame with an advertisement", encodeFrame, calls);
}

function solicitation(target: bigint): Uint8Array {
  const dst = ipv6ToWords(solicitedNodeGroup(target));
  return encodeNdpFrame({
    eth: { dst: multicastMac(dst.d), src: CLIENT },
    ip: { src: ipv6ToWords(parseIpv6("fe80::99")), dst },
    message: { name: "ns", target: ipv6ToWords(target), options: [{ name: "sourceLinkLayer", mac: CLIENT }] },
  });
}

function responder(context: BenchContext): void {
  const { calls } = ROUNDS;
  const foreign = solicitation(parseIpv6("2001:db8:ffff::1"));
  for (const size of [10, 10_000]) {
    const judge = createNdpResponder({ mac: MAC, limits: { perSender: { perSecond: Infinity, burst: 1 } } });
    for (let i = 0; i < size; i += 1) judge.own(VIP + BigInt(i));
    const frames = Array.from({ length: 64 }, (_, i) => solicitation(VIP + BigInt((i * 7919) % size)));
    let now = 0;
    const answers = nanosecondsPerCall((n) => {
      let last: unknown;
      for (let i = 0; i < n; i += 1) last = judge.receive(frames[i & 63]!, (now += 0.01));
      sink = last;
    }, ROUNDS);
    report(context, `answer a solicitation, ${size} addresses owned`, answers, calls);
    const drops = nanosecondsPerCall((n) => {
      let last: unknown;
      for (let i = 0; i < n; i += 1) last = judge.receive(foreign, now);
      sink = last;
    }, ROUNDS);
    report(context, `drop a solicitation for others, ${size} addresses owned`, drops, calls);
  }
}

export const bench: Bench = (context) => {
  codec(context);
  responder(context);
  if (sink === undefined) context.note("nothing was measured");
  return Promise.resolve();
};
