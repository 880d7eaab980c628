import { spawnSync } from "node:child_process";
import { decodePacket, electMetallb, encodeMessage, type Message } from "@vipkit/leader";
import { ipToBytes, parseIp, toHex } from "@vipkit/net";
import { findCommand, until } from "@vipkit/test-support";
import {
  buildGoMemberlist,
  startGoMember,
  startOurMember,
  type GossipProcess,
} from "../../interop/peers/gossip-process.js";
import { median, nanosecondsPerCall, type Bench, type BenchContext, type BenchResult } from "../report.js";

const PEER = { peer: "memberlist", peerVersion: "0.6.0" } as const;
const KILLS = 9;

const sourceAddr = ipToBytes(parseIp("192.0.2.10"));
const PING: Message = {
  ...{ type: "ping", seqNo: 123_456, node: "worker-17.example.org" },
  ...{ sourceAddr, sourcePort: 7946, sourceNode: "worker-3.example.org" },
};
const ALIVE: Message = {
  ...{ type: "alive", incarnation: 7, node: "worker-17.example.org", addr: sourceAddr, port: 7946 },
  ...{ meta: new Uint8Array(40).fill(97), vsn: Uint8Array.of(1, 5, 2, 0, 0, 0) },
};

/** The timing of the `fast` profile, given to both. */
const TIMING = [
  ...["-probe-interval", "100ms", "-probe-timeout", "40ms", "-gossip-interval", "20ms"],
  ...["-suspicion-mult", "3"],
];

function goCodec({ note }: BenchContext): Readonly<Record<string, number>> {
  if (findCommand("go") === undefined) {
    note("memberlist is missing: install Go 1.25 or newer");
    return {};
  }
  const args = ["bench", toHex(encodeMessage(PING)), toHex(encodeMessage(ALIVE))];
  const { stdout } = spawnSync(buildGoMemberlist(), args, { encoding: "utf8" });
  return JSON.parse(stdout) as Record<string, number>;
}

function codec(context: BenchContext): void {
  const theirs = goCodec(context);
  const time = (name: string, run: () => unknown): void => {
    const times = nanosecondsPerCall(
      (calls) => {
        for (let i = 0; i < calls; i += 1) run();
      },
      { calls: 20_000 },
    );
    const peerValue = theirs[name];
    const result: BenchResult = { bench: "leader", case: name, unit: "ns", value: median(times), n: times.length };
    context.report(peerValue === undefined ? result : { ...result, ...PEER, peerValue });
  };
  const ping = encodeMessage(PING);
  const alive = encodeMessage(ALIVE);
  time("decode ping", () => decodePacket(ping));
  time("decode alive", () => decodePacket(alive));
  time("encode ping", () => encodeMessage(PING));
  time("encode alive", () => encodeMessage(ALIVE));
}

function election({ report }: BenchContext): void {
  const nodes = Array.from({ length: 10 }, (_, i) => `worker-${i}.example.org`);
  const keys = Array.from({ length: 100 }, (_, i) => ({ key: String(i), ip: 0xc000_0200 + i }));
  const times = nanosecondsPerCall(
    (calls) => {
      for (let i = 0; i < calls; i += 1) electMetallb(nodes, keys);
    },
    { calls: 10 },
  );
  const us = times.map((ns) => ns / 1000);
  report({ bench: "leader", case: "elect 100 addresses among 10 nodes", unit: "us", value: median(us), n: us.length });
}

type Start = (name: string, flags: readonly string[]) => Promise<GossipProcess>;

/** Two survivors watch one member after another being killed. Milliseconds until the last survivor has reported it. */
async function kills(start: Start, flags: readonly string[]): Promise<number[]> {
  const survivors = [await start("survivor-1", flags)];
  const join = [...flags, "-join", `127.0.0.1:${survivors[0]!.port}`];
  survivors.push(await start("survivor-2", join));
  const times: number[] = [];
  try {
    for (let round = 0; round < KILLS; round += 1) {
      const victim = await start(`victim-${round}`, join);
      const seen = async (one: GossipProcess): Promise<boolean> => (await one.members()).includes(victim.name);
      for (const survivor of survivors) await until(() => seen(survivor), { what: "the victim among the members" });
      // The phase of the probes must not follow from the start of the victim.
      await new Promise((resolve) => setTimeout(resolve, 500 + 100 * Math.random()));
      const killed = performance.timeOrigin + performance.now();
      victim.kill("SIGKILL");
      const reported = survivors.map(({ events }) =>
        until(() => events.find(({ ev, node }) => ev === "leave" && node === victim.name)?.t, { everyMs: 5 }),
      );
      times.push(Math.max(...(await Promise.all(reported))) - killed);
    }
  } finally {
    for (const survivor of survivors) await survivor.stop();
  }
  return times;
}

async function failover({ report }: BenchContext): Promise<void> {
  const name = "death of one of 3 known to the last survivor, probes each 100 ms";
  const ours = await kills(startOurMember, ["-profile", "fast", ...TIMING]);
  const result: BenchResult = { bench: "leader", case: name, unit: "ms", value: median(ours), n: ours.length };
  if (findCommand("go") === undefined) report(result);
  else report({ ...result, ...PEER, peerValue: median(await kills(startGoMember, TIMING)) });
}

export const bench: Bench = async (context) => {
  codec(context);
  election(context);
  await failover(context);
};
