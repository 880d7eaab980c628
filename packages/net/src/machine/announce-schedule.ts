import type { Ip } from "../wire/ip.js";
import { createDueQueue } from "./due-queue.js";
import type { Machine, Millis } from "./machine.js";
import { createTokenBucket, type TokenBucket } from "./token-bucket.js";

export interface AnnounceConfig {
  /** Announcements of an address in a row, at least 1. */
  readonly count: number;
  /** Milliseconds between them. */
  readonly intervalMs: number;
  /** Every interval is varied by up to this share of itself, 0 to 1, so that stations do not fall into step. */
  readonly jitter: number;
  /** After the row, announce again this often, for ever; Infinity: never. Keeps switches and silent clients up to date. */
  readonly refreshMs: number;
  /** Announcements a second of this schedule, all addresses together. */
  readonly perSecond: number;
  /** Announcements that may leave at once. */
  readonly burst: number;
}

export interface AnnounceScheduleOptions {
  readonly config: AnnounceConfig;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  /** A further limit, shared with other schedules. */
  readonly pacer?: TokenBucket | undefined;
}

export type AnnounceInput =
  /** The whole set from now on: new addresses are announced at once, missing ones never again. */
  | { readonly type: "own"; readonly ips: Iterable<Ip> }
  | { readonly type: "add"; readonly ip: Ip }
  | { readonly type: "drop"; readonly ip: Ip }
  /** The row starts again, for these addresses or for all. */
  | { readonly type: "again"; readonly ips?: Iterable<Ip> | undefined }
  /** Nothing leaves while the link is down; when it comes up, everything is announced again. */
  | { readonly type: "link"; readonly up: boolean };

/** Announce this address now. `round` counts from 0 since the row started. */
export interface AnnounceEffect {
  readonly type: "announce";
  readonly ip: Ip;
  readonly round: number;
}

interface Row {
  due: Millis;
  round: number;
}

interface Turn {
  readonly ip: Ip;
  readonly row: Row;
}

/**
 * When which address is announced: a row of announcements for each, spaced and varied, then a refresh now and then, all of
 * it paced. Earlier turns go first, so that every address has its first announcement before any has its second.
 */
export function createAnnounceSchedule(options: AnnounceScheduleOptions): Machine<AnnounceInput, AnnounceEffect> {
  const { config, random, pacer } = options;
  const own = createTokenBucket(config);
  const rows = new Map<Ip, Row>();
  const queue = createDueQueue<Turn>();
  let up = true;
  let pausedUntil: Millis = -Infinity;

  const plan = (ip: Ip, row: Row, due: Millis): void => {
    row.due = due;
    if (due < Infinity) queue.push(due, { ip, row });
  };
  const isCurrent = ({ ip, row }: Turn, due: Millis): boolean => rows.get(ip) === row && row.due === due;
  const start = (ip: Ip, now: Millis): void => {
    const row = rows.get(ip);
    if (row === undefined || (row.round === 0 && row.due <= now)) return;
    row.round = 0;
    plan(ip, row, now);
    // Turns that were planned before are passed over when they come up; too many of them are thrown away.
    if (queue.size > 2 * rows.size + 64) queue.keep(isCurrent);
  };
  const varied = (interval: Millis): Millis => interval * (1 + config.jitter * (2 * random() - 1));

  const add = (ip: Ip, now: Millis): void => {
    if (rows.has(ip)) return;
    rows.set(ip, { due: Infinity, round: 0 });
    start(ip, now);
  };
  const setOwned = (ips: Iterable<Ip>, now: Millis): void => {
    const wanted = new Set(ips);
    for (const ip of rows.keys()) if (!wanted.has(ip)) rows.delete(ip);
    for (const ip of wanted) add(ip, now);
  };
  const setLink = (isUp: boolean, now: Millis): void => {
    if (isUp && !up) for (const ip of rows.keys()) start(ip, now);
    up = isUp;
  };
  const mayLeave = (now: Millis): boolean => {
    const wait = Math.max(own.waitMs(now), pacer?.waitMs(now) ?? 0);
    if (wait > 0) {
      pausedUntil = now + Math.max(wait, 1);
      return false;
    }
    return own.take(now) && (pacer?.take(now) ?? true);
  };
  const run = (now: Millis): readonly AnnounceEffect[] => {
    const effects: AnnounceEffect[] = [];
    while (up && now >= pausedUntil && queue.due <= now) {
      const { ip, row } = queue.first!;
      const passedOver = !isCurrent({ ip, row }, queue.due);
      if (!passedOver && !mayLeave(now)) break;
      queue.pop();
      if (passedOver) continue;
      effects.push({ type: "announce", ip, round: row.round });
      row.round += 1;
      plan(ip, row, now + varied(row.round < config.count ? config.intervalMs : config.refreshMs));
    }
    return effects;
  };

  return {
    handle: (input, now) => {
      if (input.type === "own") setOwned(input.ips, now);
      if (input.type === "add") add(input.ip, now);
      if (input.type === "drop") rows.delete(input.ip);
      if (input.type === "link") setLink(input.up, now);
      if (input.type === "again") for (const ip of input.ips ?? rows.keys()) start(ip, now);
      return run(now);
    },
    get deadline() {
      return up ? Math.max(queue.due, pausedUntil) : Infinity;
    },
  };
}
