import type { Ip } from "../wire/ip.js";
import type { Mac } from "../wire/mac.js";
import type { Machine, Millis } from "./machine.js";

/**
 * What to do when somebody else speaks as one of our addresses. The names follow the choices of RFC 5227 section 2.4:
 * - `giveUp` (a): stop using the address at once.
 * - `defend` (b): announce it once; stop using it if the conflict comes back within the defend interval.
 * - `keep` (c): announce it, at most once in a defend interval, and never stop.
 */
export type ConflictPolicy = "giveUp" | "defend" | "keep";

export interface ConflictWatchOptions {
  readonly policy: ConflictPolicy;
  /** RFC 5227 section 1.1: DEFEND_INTERVAL, 10 seconds. */
  readonly defendIntervalMs?: number;
  /** At most one report for an address in this time. */
  readonly reportIntervalMs?: number;
}

export type ConflictInput =
  /** A frame of somebody else that speaks as `ip`. */
  | { readonly type: "claim"; readonly ip: Ip; readonly mac: Mac }
  /** The address is not ours any more: what was known about it is forgotten. */
  | { readonly type: "drop"; readonly ip: Ip };

export type ConflictAction = "kept" | "defended" | "gaveUp";

export type ConflictEffect =
  /** Announce the address now. */
  | { readonly type: "defend"; readonly ip: Ip }
  /** Stop using the address now. */
  | { readonly type: "giveUp"; readonly ip: Ip }
  /** For people: who spoke, how often it has happened in all, and what was done this time. */
  | {
      readonly type: "report";
      readonly ip: Ip;
      readonly mac: Mac;
      readonly count: number;
      readonly action: ConflictAction;
    };

export interface Conflict {
  readonly count: number;
  /** Who spoke last, and when. */
  readonly mac: Mac;
  readonly at: Millis;
}

export interface ConflictWatch extends Machine<ConflictInput, ConflictEffect> {
  conflictOf(ip: Ip): Conflict | undefined;
}

interface Record {
  count: number;
  mac: Mac;
  at: Millis;
  defendedAt: Millis;
  reportedAt: Millis;
}

const DEFEND_INTERVAL_MS = 10_000;
const REPORT_INTERVAL_MS = 1000;

/** Counts the conflicts of each address and decides about them. Remembers one record for each address that is ours. */
export function createConflictWatch(options: ConflictWatchOptions): ConflictWatch {
  const { policy, defendIntervalMs = DEFEND_INTERVAL_MS, reportIntervalMs = REPORT_INTERVAL_MS } = options;
  const records = new Map<Ip, Record>();

  const decide = (record: Record, now: Millis): ConflictAction => {
    if (policy === "giveUp") return "gaveUp";
    if (now - record.defendedAt >= defendIntervalMs) {
      record.defendedAt = now;
      return "defended";
    }
    return policy === "defend" ? "gaveUp" : "kept";
  };
  const claim = (ip: Ip, mac: Mac, now: Millis): readonly ConflictEffect[] => {
    const record = records.get(ip) ?? { count: 0, mac, at: now, defendedAt: -Infinity, reportedAt: -Infinity };
    records.set(ip, record);
    record.count += 1;
    record.mac = mac;
    record.at = now;
    const action = decide(record, now);
    const effects: ConflictEffect[] = [];
    if (action === "defended") effects.push({ type: "defend", ip });
    if (action === "gaveUp") effects.push({ type: "giveUp", ip });
    if (action !== "kept" || now - record.reportedAt >= reportIntervalMs) {
      record.reportedAt = now;
      effects.push({ type: "report", ip, mac, count: record.count, action });
    }
    return effects;
  };

  return {
    handle: (input, now) => {
      if (input.type === "claim") return claim(input.ip, input.mac, now);
      if (input.type === "drop") records.delete(input.ip);
      return [];
    },
    deadline: Infinity,
    conflictOf: (ip) => {
      const record = records.get(ip);
      return record === undefined ? undefined : { count: record.count, mac: record.mac, at: record.at };
    },
  };
}
