import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import bufferLayout from "buffer-layout";
import { createArpResponder, decodeArp, decodeArpFrame, encodeArpFrame, writeArp, writeArpFrame } from "@vipkit/arp";
import { BROADCAST_MAC, parseIpv4, parseMac } from "@vipkit/net";
import { median, nanosecondsPerCall, type Bench, type BenchContext, type BenchResult } from "../report.js";
import { goPeer } from "../peers/mdlayher.js";

const require = createRequire(import.meta.url);
const MAC = parseMac("02:00:00:00:00:01");
const CLIENT = parseMac("02:00:00:00:00:02");
const VIP = parseIpv4("192.0.2.10");
const FIELDS = {
  eth: { dst: BROADCAST_MAC, src: CLIENT },
  arp: { op: 1, sha: CLIENT, spa: parseIpv4("192.0.2.99"), tha: 0, tpa: VIP },
};

const layout = bufferLayout.struct([
  bufferLayout.blob(6, "dst"),
  bufferLayout.blob(6, "src"),
  bufferLayout.u16be("etherType"),
  bufferLayout.u16be("htype"),
  bufferLayout.u16be("ptype"),
  bufferLayout.u8("hlen"),
  bufferLayout.u8("plen"),
  bufferLayout.u16be("op"),
  bufferLayout.blob(6, "sha"),
  bufferLayout.u32be("spa"),
  bufferLayout.blob(6, "tha"),
  bufferLayout.u32be("tpa"),
]);

/** Rounds of well under a millisecond: few of them are interrupted, and the median does not see those. */
const ROUNDS = { calls: 2000, rounds: 201, warmUps: 60 } as const;

/**
 * Loops keep their last result, so that each is made, and take one of these in turn, so that none can be made once for all.
 * Writing every result to `sink` would cost more than some of them do.
 */
const PACKETS = Array.from({ length: 16 }, (_, i) => ({ ...FIELDS, arp: { ...FIELDS.arp, spa: FIELDS.arp.spa + i } }));

let sink: unknown;

type Peer = Pick<BenchResult, "peer" | "peerVersion" | "peerValue">;

function report(
  context: BenchContext,
  name: string,
  figures: readonly number[],
  calls: number,
  ...peers: Peer[]
): void {
  const n = figures.length * calls;
  for (const peer of peers.length > 0 ? peers : [{}]) {
    context.report({ bench: "arp", case: name, unit: "ns", value: median(figures), n, ...peer });
  }
}

function codec(context: BenchContext): void {
  const frames = PACKETS.map(encodeArpFrame);
  const buffers = frames.map((frame) => Buffer.from(frame));
  const values = buffers.map((buffer) => layout.decode(buffer));
  const { calls } = ROUNDS;
  const version = (
    JSON.parse(readFileSync(require.resolve("buffer-layout/package.json"), "utf8")) as { version: string }
  ).version;
  const theirs = (run: (calls: number) => unknown): Peer => ({
    peer: "buffer-layout",
    peerVersion: version,
    peerValue: median(nanosecondsPerCall(run, ROUNDS)),
  });
  const go = goPeer("arp", context.note);
  const mdlayher = (name: string): Peer[] => {
    const peerValue = go?.nanoseconds[name];
    return peerValue === undefined ? [] : [{ peer: "mdlayher/arp", peerVersion: go!.version, peerValue }];
  };
  const decode = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = decodeArpFrame(frames[i & 15]!);
    sink = last;
  }, ROUNDS);
  report(
    context,
    "decode a frame",
    decode,
    calls,
    theirs((n) => {
      let last: unknown;
      for (let i = 0; i < n; i += 1) last = layout.decode(buffers[i & 15]!);
      sink = last;
    }),
    ...mdlayher("Decode"),
  );
  const packet = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = decodeArp(frames[i & 15]!, 14);
    sink = last;
  }, ROUNDS);
  report(context, "decode a packet", packet, calls);
  const kept = new Uint8Array(64);
  const body = nanosecondsPerCall((n) => {
    for (let i = 0; i < n; i += 1) writeArp(kept, 14, PACKETS[i & 15]!.arp);
    sink = kept;
  }, ROUNDS);
  report(context, "encode a packet into a kept buffer", body, calls);
  const write = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = writeArpFrame(kept, PACKETS[i & 15]!);
    sink = last;
  }, ROUNDS);
  report(
    context,
    "encode a frame into a kept buffer",
    write,
    calls,
    theirs((n) => {
      let last: unknown;
      for (let i = 0; i < n; i += 1) last = layout.encode(values[i & 15], buffers[0]!);
      sink = last;
    }),
  );
  const encode = nanosecondsPerCall((n) => {
    let last: unknown;
    for (let i = 0; i < n; i += 1) last = encodeArpFrame(PACKETS[i & 15]!);
    sink = last;
  }, ROUNDS);
  report(context, "encode a frame", encode, calls, ...mdlayher("Encode"));
}

function responder(context: BenchContext): void {
  const { calls } = ROUNDS;
  const foreign = encodeArpFrame({ ...FIELDS, arp: { ...FIELDS.arp, tpa: parseIpv4("198.51.100.1") } });
  for (const size of [10, 10_000]) {
    const judge = createArpResponder({ mac: MAC, limits: { perSender: { perSecond: Infinity, burst: 1 } } });
    for (let i = 0; i < size; i += 1) judge.own(parseIpv4("10.0.0.0") + i);
    const frames = Array.from({ length: 64 }, (_, i) =>
      encodeArpFrame({ ...FIELDS, arp: { ...FIELDS.arp, tpa: parseIpv4("10.0.0.0") + ((i * 7919) % size) } }),
    );
    let now = 0;
    const answers = nanosecondsPerCall((n) => {
      let last: unknown;
      for (let i = 0; i < n; i += 1) last = judge.receive(frames[i & 63]!, (now += 0.01));
      sink = last;
    }, ROUNDS);
    report(context, `answer a request, ${size} addresses owned`, answers, calls);
    const drops = nanosecondsPerCall((n) => {
      let last: unknown;
      for (let i = 0; i < n; i += 1) last = judge.receive(foreign, now);
      sink = last;
    }, ROUNDS);
    report(context, `drop a request for others, ${size} addresses owned`, drops, calls);
  }
}

export const bench: Bench = (context) => {
  codec(context);
  responder(context);
  if (sink === undefined) context.note("nothing was measured");
  return Promise.resolve();
};
