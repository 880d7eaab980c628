import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import ipaddr from "ipaddr.js";
import {
  createSenderLimit,
  finishChecksum,
  addToChecksum,
  formatIpv6,
  ipToBytes,
  Ipv6Table,
  parseIpv4,
  parseIpv6,
  readIpv6,
  readIpv6Words,
} from "@vipkit/net";
import { median, nanosecondsPerCall, type Bench, type BenchContext } from "../report.js";

const require = createRequire(import.meta.url);

function versionOf(name: string): string {
  const path = require.resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

type Loop = (calls: number) => unknown;

function compare(
  context: BenchContext,
  name: string,
  ours: Loop,
  theirs: { readonly peer: string; readonly peerVersion?: string; readonly run: Loop } | undefined,
): void {
  const { calls } = ROUNDS;
  const mine = nanosecondsPerCall(ours, ROUNDS);
  const value = median(mine);
  const other = theirs === undefined ? undefined : median(nanosecondsPerCall(theirs.run, ROUNDS));
  context.report({
    bench: "net",
    case: name,
    unit: "ns",
    value,
    n: mine.length * calls,
    ...(theirs === undefined || other === undefined
      ? {}
      : { peer: theirs.peer, peerVersion: theirs.peerVersion ?? process.version, peerValue: other }),
  });
}

const IPV4 = Array.from({ length: 64 }, (_, i) => `10.${i}.${i * 3}.${255 - i}`);
const IPV6 = Array.from({ length: 64 }, (_, i) => `2001:db8:${i.toString(16)}::${(i * 7).toString(16)}`);
/** Rounds of well under a millisecond: few of them are interrupted, and the median does not see those. */
const ROUNDS = { calls: 2000, rounds: 201, warmUps: 60 } as const;

let sink: unknown;

function repeat(calls: number, body: (index: number) => unknown): void {
  for (let i = 0; i < calls; i += 1) sink = body(i & 63);
}

function texts(context: BenchContext): void {
  const peer = { peer: "ipaddr.js", peerVersion: versionOf("ipaddr.js") };
  compare(context, "read an IPv4 address from text", (calls) => repeat(calls, (i) => parseIpv4(IPV4[i]!)), {
    ...peer,
    run: (calls) => repeat(calls, (i) => ipaddr.IPv4.parse(IPV4[i]!)),
  });
  compare(context, "read an IPv6 address from text", (calls) => repeat(calls, (i) => parseIpv6(IPV6[i]!)), {
    ...peer,
    run: (calls) => repeat(calls, (i) => ipaddr.IPv6.parse(IPV6[i]!)),
  });
  const values = IPV6.map(parseIpv6);
  const theirs = IPV6.map((text) => ipaddr.IPv6.parse(text));
  compare(context, "write an IPv6 address as text", (calls) => repeat(calls, (i) => formatIpv6(values[i]!)), {
    ...peer,
    run: (calls) => repeat(calls, (i) => theirs[i]!.toString()),
  });
}

function packetPath(context: BenchContext): void {
  const bytes = Uint8Array.from({ length: 96 }, (_, i) => (i * 37) & 255);
  compare(
    context,
    "three IPv6 addresses from bytes, as words",
    (calls) =>
      repeat(calls, (i) => [
        readIpv6Words(bytes, i & 31),
        readIpv6Words(bytes, 16 + (i & 31)),
        readIpv6Words(bytes, 32),
      ]),
    {
      peer: "as bigints",
      run: (calls) =>
        repeat(calls, (i) => [readIpv6(bytes, i & 31), readIpv6(bytes, 16 + (i & 31)), readIpv6(bytes, 32)]),
    },
  );
  compare(
    context,
    "three IPv6 addresses from bytes, as words (copies)",
    (calls) =>
      repeat(calls, (i) => [
        readIpv6Words(bytes, i & 31),
        readIpv6Words(bytes, 16 + (i & 31)),
        readIpv6Words(bytes, 32),
      ]),
    {
      peer: "as 16-byte copies",
      run: (calls) =>
        repeat(calls, (i) => [bytes.slice(i & 31, 16 + (i & 31)), bytes.slice(16, 32), bytes.slice(32, 48)]),
    },
  );
  compare(
    context,
    "checksum of 72 octets",
    (calls) => repeat(calls, () => finishChecksum(addToChecksum(0, bytes, 0, 72))),
    undefined,
  );
}

function tables(context: BenchContext): void {
  for (const size of [10, 10_000]) {
    const table = new Ipv6Table<number>();
    const map = new Map<bigint, number>();
    const base = parseIpv6("2001:db8::");
    for (let i = 0; i < size; i += 1) {
      table.set(base + BigInt(i), i);
      map.set(base + BigInt(i), i);
    }
    const keys = Array.from({ length: 64 }, (_, i) => ipToBytes(base + BigInt((i * 7919) % size)));
    compare(
      context,
      `find one of ${size} IPv6 addresses in received bytes`,
      (calls) => repeat(calls, (i) => table.find(keys[i]!, 0)),
      { peer: "Map with bigint keys", run: (calls) => repeat(calls, (i) => map.get(readIpv6(keys[i]!, 0))) },
    );
  }
  const limit = createSenderLimit({ perSecond: 1000, burst: 2000, senders: 4096, seed: 1 });
  let now = 0;
  compare(
    context,
    "take a token of one of 64 senders",
    (calls) => repeat(calls, (i) => limit.admits(0x0200_0000_0000 + i, (now += 1))),
    undefined,
  );
}

export const bench: Bench = (context) => {
  texts(context);
  packetPath(context);
  tables(context);
  if (sink === context) context.note("");
  return Promise.resolve();
};
