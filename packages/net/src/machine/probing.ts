import type { Ip } from "../wire/ip.js";
import type { Mac } from "../wire/mac.js";
import { createDueQueue } from "./due-queue.js";
import type { Machine, Millis } from "./machine.js";

export interface ProbeConfig {
  /** The first probe leaves after a random time up to this. */
  readonly waitMs: number;
  /** Probes for an address. */
  readonly count: number;
  /** Shortest and longest time between two probes. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Silence after the last probe that makes the address ours. */
  readonly quietMs: number;
  /** After so many refusals ... */
  readonly maxConflicts: number;
  /** ... only one address is tried in this time (RFC 5227 section 2.1.1). */
  readonly rateLimitMs: number;
}

export type ProbeInput =
  | { readonly type: "probe"; readonly ip: Ip }
  | { readonly type: "cancel"; readonly ip: Ip }
  /** Somebody uses the address, or probes for it too. */
  | { readonly type: "taken"; readonly ip: Ip; readonly mac: Mac }
  /** While the link is down nothing is asked and nothing counts as silence; when it is up, probing starts again. */
  | { readonly type: "link"; readonly up: boolean };

export type ProbeEffect =
  /** Send a probe for the address. */
  | { readonly type: "ask"; readonly ip: Ip; readonly round: number }
  /** Nobody has answered: the address is free. */
  | { readonly type: "clear"; readonly ip: Ip }
  | { readonly type: "refused"; readonly ip: Ip; readonly mac: Mac };

interface Attempt {
  due: Millis;
  round: number;
}

interface Turn {
  readonly ip: Ip;
  readonly attempt: Attempt;
}

/** Asks for an address before it is used: RFC 5227 section 2.1 for IPv4, RFC 4862 section 5.4 for IPv6. */
export interface Probing extends Machine<ProbeInput, ProbeEffect> {
  isProbing(ip: Ip): boolean;
}

export function createProbing(options: { readonly config: ProbeConfig; readonly random: () => number }): Probing {
  const { config, random } = options;
  const attempts = new Map<Ip, Attempt>();
  const queue = createDueQueue<Turn>();
  let up = true;
  let conflicts = 0;
  let lastStart: Millis = -Infinity;

  const plan = (ip: Ip, attempt: Attempt, due: Millis): void => {
    attempt.due = due;
    queue.push(due, { ip, attempt });
    if (queue.size > 2 * attempts.size + 64) queue.keep((turn, at) => isCurrent(turn, at));
  };
  const isCurrent = ({ ip, attempt }: Turn, due: Millis): boolean =>
    attempts.get(ip) === attempt && attempt.due === due;
  const begin = (ip: Ip, now: Millis): void => {
    const limited = conflicts >= config.maxConflicts;
    const start = limited ? Math.max(now, lastStart + config.rateLimitMs) : now;
    lastStart = Math.max(lastStart, start);
    const attempt: Attempt = { due: Infinity, round: 0 };
    attempts.set(ip, attempt);
    plan(ip, attempt, start + random() * config.waitMs);
  };
  const setLink = (isUp: boolean, now: Millis): void => {
    if (isUp && !up) for (const ip of [...attempts.keys()]) begin(ip, now);
    up = isUp;
  };
  const refuse = (ip: Ip, mac: Mac): readonly ProbeEffect[] => {
    if (!attempts.delete(ip)) return [];
    conflicts += 1;
    return [{ type: "refused", ip, mac }];
  };
  const step = ({ ip, attempt }: Turn, now: Millis): ProbeEffect => {
    if (attempt.round === config.count) {
      attempts.delete(ip);
      return { type: "clear", ip };
    }
    const { round } = attempt;
    attempt.round += 1;
    const between = config.minMs + random() * (config.maxMs - config.minMs);
    plan(ip, attempt, now + (attempt.round === config.count ? config.quietMs : between));
    return { type: "ask", ip, round };
  };
  const run = (now: Millis): readonly ProbeEffect[] => {
    const effects: ProbeEffect[] = [];
    while (up && queue.due <= now) {
      const { due } = queue;
      const turn = queue.pop()!;
      if (isCurrent(turn, due)) effects.push(step(turn, now));
    }
    return effects;
  };

  return {
    handle: (input, now) => {
      if (input.type === "taken") return refuse(input.ip, input.mac);
      if (input.type === "probe" && !attempts.has(input.ip)) begin(input.ip, now);
      if (input.type === "cancel") attempts.delete(input.ip);
      if (input.type === "link") setLink(input.up, now);
      return run(now);
    },
    get deadline() {
      return up ? queue.due : Infinity;
    },
    isProbing: (ip) => attempts.has(ip),
  };
}
