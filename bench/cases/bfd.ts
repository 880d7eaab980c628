import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createBfdMachine, decodeBfd, encodeBfd, type BfdPacket } from "@vipkit/bfd";
import { createBfdSpeaker, type BfdSession, type BfdSpeaker } from "@vipkit/bfd/node";
import { linuxHost, platformProblem, runInRealtime } from "@vipkit/link/node";
import { TICK } from "@vipkit/net";
import { until } from "@vipkit/test-support";
import { farAddress, nearAddress, NO_DAMPING, TIMERS } from "../bfd/sessions.js";
import { median, nanosecondsPerCall, percentile, type Bench, type BenchContext } from "../report.js";

const BENCH = "bfd";
const FAR = fileURLToPath(new URL("../bfd/far.ts", import.meta.url));
const CUTS = 100;
const CUTS_A_ROUND = 20;
const SESSIONS = 100;

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

/** Sessions of this process with those of a child. */
interface Ends {
  readonly near: BfdSpeaker;
  readonly far: ChildProcess;
  readonly sessions: readonly BfdSession[];
  readonly close: () => Promise<void>;
}

async function openEnds(count: number): Promise<Ends> {
  const far = fork(FAR, [String(count)], { execArgv: ["--import", "tsx", "--conditions=vipkit:source"] });
  await once(far, "message");
  const near = createBfdSpeaker({ host: linuxHost() });
  const sessions: BfdSession[] = [];
  for (let at = 0; at < count; at += 1) {
    const ends = { local: nearAddress(at), remote: farAddress(at) };
    sessions.push(await near.startSession({ name: `${at}`, ...ends, damping: NO_DAMPING, ...TIMERS }));
  }
  const close = async (): Promise<void> => {
    await near.close();
    const gone = once(far, "exit");
    far.kill();
    await gone;
  };
  return { near, far, sessions, close };
}

function allUp(sessions: readonly BfdSession[]): Promise<unknown> {
  const fast = (session: BfdSession): boolean =>
    session.snapshot().toldUp && session.snapshot().detectionTimeMs === 150;
  return until(() => sessions.every(fast), { timeoutMs: 30_000, everyMs: 20, what: "all BFD sessions" });
}

/** The cuts of a round happen at once, on sessions that are each at another point of their interval. */
async function cutCase({ report }: BenchContext): Promise<void> {
  const { far, sessions, close } = await openEnds(CUTS_A_ROUND);
  const times: number[] = [];
  for (let round = 0; round < CUTS / CUTS_A_ROUND; round += 1) {
    await allUp(sessions);
    // Counted from here, the way of the message to the child included.
    const start = performance.now();
    const downs = sessions.map(
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
    far.send(true);
    await Promise.all(downs);
    far.send(false);
  }
  await close();
  const common = { bench: BENCH, unit: "ms", n: times.length } as const;
  report({ ...common, case: "50 ms x 3: a cut is told, median", value: median(times) });
  report({ ...common, case: "50 ms x 3: a cut is told, p99", value: percentile(times, 0.99) });
}

function isRealtime(): boolean {
  return process.env.VIPKIT_BFD_REALTIME === "1";
}

/** Programs that do nothing but compute: `VIPKIT_BFD_BUSY` of them. */
function startBusy(): ChildProcess[] {
  const count = Number(process.env.VIPKIT_BFD_BUSY ?? "0");
  return Array.from({ length: count }, () => spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" }));
}

/**
 * `VIPKIT_BFD_SECONDS` makes the quiet time longer: 600 for ten minutes. `VIPKIT_BFD_REALTIME=1` gives both ends a real-time
 * priority, which needs CAP_SYS_NICE; a case says so in its name.
 */
async function quietCase({ report, note }: BenchContext): Promise<void> {
  const seconds = Number(process.env.VIPKIT_BFD_SECONDS ?? "20");
  const { near, far, sessions, close } = await openEnds(SESSIONS);
  await allUp(sessions);
  const busy = startBusy();
  let downs = 0;
  for (const session of sessions) {
    session.onEvent(({ type }) => {
      if (type === "down") downs += 1;
    });
  }
  const before = process.cpuUsage();
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(before);
  const took = (performance.now() - start) / 1000;
  far.send("downs");
  const [told] = (await once(far, "message")) as [{ readonly downs: number; readonly maxLagMs: number }];
  for (const one of busy) one.kill();
  const lags = `timers at most ${near.maxLagMs.toFixed(1)} ms late here, ${told.maxLagMs.toFixed(1)} ms there`;
  // Closing is no failure, and yet tells of going down.
  const falseDowns = downs + told.downs;
  note(
    `${downs} false downs here and ${told.downs} at the far ends, ${SESSIONS} sessions, ${took.toFixed(0)} s; ${lags}`,
  );
  await close();
  const common = { bench: BENCH, n: Math.round(took) } as const;
  const name = `${SESSIONS} sessions at 50 ms x 3${isRealtime() ? " with real-time priority" : ""}`;
  report({ ...common, case: `${name}, false downs at both ends`, unit: "per_s", value: falseDowns / took });
  report({ ...common, case: `${name}, processor time a second`, unit: "ms", value: (user + system) / 1000 / took });
}

/** BFD: what a packet costs, how soon a cut is told, and what many sessions cost. No peer daemon offers the same measure. */
export const bench: Bench = async (context) => {
  codecCases(context);
  const problem = platformProblem();
  if (problem !== undefined) {
    context.note(`no sessions over loopback: @vipkit/link ${problem}`);
    return;
  }
  if (isRealtime()) runInRealtime();
  await cutCase(context);
  await quietCase(context);
};
