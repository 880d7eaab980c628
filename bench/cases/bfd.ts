import { createBfdMachine, decodeBfd, encodeBfd, type BfdPacket } from "@vipkit/bfd";
import { createBfdSpeaker, udpTransport, type BfdSession, type BfdSpeaker } from "@vipkit/bfd/node";
import { TICK, type Ipv4 } from "@vipkit/net";
import { nodeHost } from "@vipkit/net/node";
import { until } from "@vipkit/test-support";
import { median, nanosecondsPerCall, percentile, type Bench, type BenchContext } from "../report.js";

const BENCH = "bfd";
const TIMERS = { desiredMinTxMs: 50, requiredMinRxMs: 50, detectMultiplier: 3 };
const CUTS = 100;
const CUTS_A_ROUND = 20;
const SESSIONS = 100;

/** 127.2.0.n talks to 127.3.0.n: loopback, an address for each end. */
function ours(at: number): Ipv4 {
  return 0x7f02_0001 + at;
}

function theirs(at: number): Ipv4 {
  return 0x7f03_0001 + at;
}

function codecCases({ report }: BenchContext): void {
  const packet: BfdPacket = {
    diagnostic: 0,
    state: "Up",
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: 3,
    myDiscriminator: 1,
    yourDiscriminator: 2,
    desiredMinTxUs: 50_000,
    requiredMinRxUs: 50_000,
    requiredMinEchoRxUs: 0,
  };
  const bytes = encodeBfd(packet);
  const decode = nanosecondsPerCall(
    (calls) => {
      let sum = 0;
      for (let i = 0; i < calls; i += 1) sum += decodeBfd(bytes).detectMultiplier;
      return sum;
    },
    { calls: 200_000 },
  );
  report({ bench: BENCH, case: "decode a control packet", unit: "ns", value: median(decode), n: decode.length });
  const machine = createBfdMachine({ name: "x", localDiscriminator: 2, ...TIMERS }, 1, 0);
  machine.handle({ type: "start" }, 0);
  let now = 0;
  const received = nanosecondsPerCall(
    (calls) => {
      for (let i = 0; i < calls; i += 1) {
        now += 40;
        machine.handle({ type: "packet", bytes }, now);
        machine.handle(TICK, now);
      }
    },
    { calls: 50_000 },
  );
  report({
    bench: BENCH,
    case: "one packet in, one due packet out",
    unit: "ns",
    value: median(received),
    n: received.length,
  });
}

interface Ends {
  readonly near: BfdSpeaker;
  readonly far: BfdSpeaker;
  readonly sessions: readonly BfdSession[];
  /** Stops what the far end sends, or lets it through again. */
  setCut(cut: boolean): void;
}

async function openEnds(count: number): Promise<Ends> {
  let cut = false;
  const host = nodeHost();
  const plain = udpTransport();
  const near = createBfdSpeaker({ host, transport: plain });
  const far = createBfdSpeaker({
    host,
    transport: {
      checksTtl: false,
      open: async (local, options) => {
        const socket = await plain.open(local, options);
        return { ...socket, send: (bytes, to) => (cut ? undefined : socket.send(bytes, to)) };
      },
    },
  });
  const sessions: BfdSession[] = [];
  for (let at = 0; at < count; at += 1) {
    const damping = { firstMs: 0, maxMs: 0 };
    sessions.push(await near.startSession({ name: `${at}`, local: ours(at), remote: theirs(at), damping, ...TIMERS }));
    await far.startSession({ name: `${at}`, local: theirs(at), remote: ours(at), damping, ...TIMERS });
  }
  return {
    near,
    far,
    sessions,
    setCut: (on) => {
      cut = on;
    },
  };
}

function allUp(sessions: readonly BfdSession[]): Promise<unknown> {
  const fast = (session: BfdSession): boolean =>
    session.snapshot().toldUp && session.snapshot().detectionTimeMs === 150;
  return until(() => sessions.every(fast), { timeoutMs: 30_000, everyMs: 20, what: "all BFD sessions" });
}

/** The cuts of a round happen at once, on sessions that are each at another point of their interval. */
async function cutCase({ report }: BenchContext): Promise<void> {
  const ends = await openEnds(CUTS_A_ROUND);
  const times: number[] = [];
  for (let round = 0; round < CUTS / CUTS_A_ROUND; round += 1) {
    await allUp(ends.sessions);
    const start = performance.now();
    const downs = ends.sessions.map(
      (session) =>
        new Promise<void>((resolve) => {
          const off = session.onEvent(({ type }) => {
            if (type !== "down") return;
            times.push(performance.now() - start);
            off();
            resolve();
          });
        }),
    );
    ends.setCut(true);
    await Promise.all(downs);
    ends.setCut(false);
  }
  ends.near.close();
  ends.far.close();
  report({ bench: BENCH, case: "50 ms x 3: a cut is told, median", unit: "ms", value: median(times), n: times.length });
  report({
    bench: BENCH,
    case: "50 ms x 3: a cut is told, p99",
    unit: "ms",
    value: percentile(times, 0.99),
    n: times.length,
  });
}

/** `VIPKIT_BFD_SECONDS` makes the quiet time longer: 600 for ten minutes. */
async function quietCase({ report, note }: BenchContext): Promise<void> {
  const seconds = Number(process.env.VIPKIT_BFD_SECONDS ?? "20");
  const ends = await openEnds(SESSIONS);
  await allUp(ends.sessions);
  let downs = 0;
  for (const session of ends.sessions) {
    session.onEvent(({ type }) => {
      if (type === "down") downs += 1;
    });
  }
  const before = process.cpuUsage();
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(before);
  const took = (performance.now() - start) / 1000;
  ends.near.close();
  ends.far.close();
  note(`${downs} false downs at ${SESSIONS} sessions in ${took.toFixed(0)} s (both ends in this process)`);
  report({
    bench: BENCH,
    case: `${SESSIONS} sessions at 50 ms, both ends, processor time a second`,
    unit: "ms",
    value: (user + system) / 1000 / took,
    n: Math.round(took),
  });
}

/** BFD: what a packet costs, how soon a cut is told, and what many sessions cost. No peer daemon offers the same measure. */
export const bench: Bench = async (context) => {
  codecCases(context);
  await cutCase(context);
  await quietCase(context);
};
