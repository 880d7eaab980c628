import { VipkitError, type Ip, type Millis } from "@vipkit/net";
import { createHost, type SimHost } from "./host.js";
import { seededRandom } from "./random.js";
import { createSchedule } from "./schedule.js";
import { createSegment, type Segment, type SegmentOptions } from "./segment.js";
import type { HostOptions, Station } from "./station.js";

export interface WorldOptions extends SegmentOptions {
  /** The same seed gives the same run. */
  readonly seed: number;
  /**
   * Waits until promises that are already settled have been acted upon. The default lets 64 promise turns pass after each
   * event; a program that awaits real I/O in between passes its own, such as `() => new Promise((done) => setImmediate(done))`.
   */
  readonly settle?: () => Promise<void>;
}

/** Hosts on one Ethernet segment under virtual time. */
export interface World {
  /** Virtual milliseconds since the start. */
  readonly now: Millis;
  readonly segment: Segment;
  /** The world's random numbers: what a test draws from it is part of the run. */
  random(): number;
  /** @throws VipkitError `ERR_SIM_TAKEN` when the name or an address is in use. */
  addHost(options: HostOptions): SimHost;
  /** Calls `run` at that virtual time. Returns a function that cancels. */
  at(time: Millis, run: () => void): () => void;
  /** Lets that much virtual time pass. */
  advance(durationMs: Millis): Promise<void>;
  /** Lets time pass until the condition holds, at most `limitMs`. Tells whether it held. */
  until(condition: () => boolean, limitMs: Millis): Promise<boolean>;
}

const PROMISE_TURNS = 64;

async function settleByTurns(): Promise<void> {
  for (let turn = 0; turn < PROMISE_TURNS; turn += 1) await Promise.resolve();
}

export function createWorld(options: WorldOptions): World {
  const { seed, settle = settleByTurns } = options;
  const random = seededRandom(seed);
  const schedule = createSchedule();
  const segment = createSegment(schedule, random, options);
  const names = new Set<string>();
  const stations = new Map<Ip, Station>();

  const until = async (condition: () => boolean, limitMs: Millis): Promise<boolean> => {
    const limit = schedule.now + limitMs;
    for (;;) {
      await settle();
      if (condition()) return true;
      if (schedule.next > limit) break;
      schedule.step();
    }
    schedule.moveTo(limit);
    return false;
  };

  return {
    get now() {
      return schedule.now;
    },
    segment,
    random,
    at: (time, run) => schedule.at(time, run),
    addHost: (host) => {
      if (names.has(host.name) || host.addresses.some((ip) => stations.has(ip))) {
        throw new VipkitError("ERR_SIM_TAKEN", `the name or an address of host "${host.name}" is taken`);
      }
      const made = createHost(host, { schedule, segment, random, find: (ip) => stations.get(ip) });
      names.add(host.name);
      for (const ip of host.addresses) stations.set(ip, made.station);
      return made.host;
    },
    advance: async (durationMs) => {
      await until(() => false, durationMs);
    },
    until,
  };
}
