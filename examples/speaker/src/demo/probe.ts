import type { ProbeReport } from "./stage.js";

/** UDP echo (RFC 862). */
export const ECHO_PORT = 7;
export const PROBE_INTERVAL_MS = 5;

/** Keeps the books of questions and answers. */
export interface Probe {
  /** A question goes out now; its number. */
  asked(now: number): number;
  /** The answer to that question is here. */
  answered(number: number): void;
  report(): ProbeReport;
}

/**
 * The outage is the longest time between two questions that were answered, less the pause between two questions: how long the
 * address was out of reach, judged by when a question that got through was put.
 */
export function createProbe(): Probe {
  const askedAt: number[] = [];
  const isAnswered: boolean[] = [];
  return {
    asked: (now) => {
      isAnswered.push(false);
      return askedAt.push(now) - 1;
    },
    answered: (number) => {
      if (number < isAnswered.length) isAnswered[number] = true;
    },
    report: () => {
      let outage = 0;
      let last: number | undefined;
      askedAt.forEach((at, number) => {
        if (!isAnswered[number]!) return;
        if (last !== undefined) outage = Math.max(outage, at - last - PROBE_INTERVAL_MS);
        last = at;
      });
      // Questions at the end that nobody answered are an outage that is not over.
      if (last !== undefined) outage = Math.max(outage, (askedAt.at(-1) ?? last) - last);
      return { sent: askedAt.length, answered: isAnswered.filter(Boolean).length, outageMs: Math.round(outage) };
    },
  };
}
