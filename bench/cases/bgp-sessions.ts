import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { threadCases } from "../bgp-sessions/thread.js";
import type { Bench, BenchContext } from "../report.js";

/** What the child process reports. */
export interface SessionsReport {
  readonly sessions: number;
  readonly established: number;
  /** Share of one core over the measured time, 0 to 1. */
  readonly cpu: number;
  readonly seconds: number;
  readonly downs: number;
  readonly maxLagMs: number;
  readonly residentMB: number;
}

const SESSIONS = 500;
const CHILD = fileURLToPath(new URL("../bgp-sessions/measure.ts", import.meta.url));

/**
 * Many sessions with a hold time of 9 s in one process, over loopback; the other ends are ours as well, in a process of
 * their own, which is not measured.
 */
async function sessionCases({ report, note }: BenchContext): Promise<void> {
  const child = fork(CHILD, [String(SESSIONS)], { execArgv: ["--import", "tsx", "--conditions=vipkit:source"] });
  const answers = await Promise.race([once(child, "message"), once(child, "exit").then(() => undefined)]);
  child.kill();
  if (answers === undefined) {
    note("the measuring process ended without an answer");
    return;
  }
  const [answer] = answers as [SessionsReport];
  const { sessions, established, cpu, seconds, downs, maxLagMs, residentMB } = answer;
  note(`${downs} sessions lost in ${Math.round(seconds)} s, timers at most ${maxLagMs} ms late`);
  if (established < sessions) note(`only ${established} of ${sessions} sessions came up`);
  const name = `${sessions} sessions with hold time 9 s`;
  // Milliseconds of processor time a second: 250 are a quarter of one core.
  report({
    bench: "bgp-sessions",
    case: `${name}, processor time a second`,
    unit: "ms",
    value: cpu * 1000,
    n: Math.round(seconds),
  });
  report({ bench: "bgp-sessions", case: `${name}, resident memory`, unit: "MB", value: residentMB, n: 1 });
}

export const bench: Bench = async (context) => {
  await threadCases(context);
  await sessionCases(context);
};
