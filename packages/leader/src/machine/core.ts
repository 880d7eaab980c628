import { type Endpoint, ipFromBytes, ipToBytes, unmapIp, type Ip, type Millis } from "@vipkit/net";
import type { Alive } from "../wire/messages.js";
import { createBroadcasts, type Broadcasts } from "./broadcasts.js";
import type { SwimConfig } from "./config.js";
import type { Probe, Waiter } from "./probe.js";
import { createRandom, type Random } from "./random.js";
import type { Stream } from "./streams.js";
import type { Suspicion } from "./suspicion.js";
import type { MemberEvent, MemberState, MemberView, SwimEffect } from "./swim-types.js";
import { createTimers, type Timers } from "./timers.js";

/** A member as the core keeps it. `ip`, `port` and what follows change in place. */
export interface MemberRecord {
  readonly name: string;
  ip: Ip;
  port: number;
  state: MemberState;
  meta: Uint8Array;
  vsn: Uint8Array;
  incarnation: number;
  /** When `state` last changed. */
  changedAt: Millis;
  suspicion: Suspicion | undefined;
  /** The running probe of it. */
  probe: Probe | undefined;
}

/** What all parts of the SWIM core share. It belongs to one machine and is touched by one call at a time. */
export interface Core {
  readonly config: SwimConfig;
  readonly self: MemberRecord;
  readonly members: Map<string, MemberRecord>;
  /** All members in probe order, and where the next probe is. */
  readonly ring: MemberRecord[];
  ringAt: number;
  seeds: readonly Endpoint[];
  readonly timers: Timers;
  readonly random: Random;
  readonly broadcasts: Broadcasts;
  /** Who waits for which ack, by sequence number. */
  readonly waiters: Map<number, Waiter>;
  readonly streams: Map<string, Stream>;
  readonly counters: Record<string, number>;
  readonly effects: SwimEffect[];
  now: Millis;
  seqNo: number;
  streamNo: number;
  relays: number;
  incarnation: number;
  /** Local health: 0 is good. */
  score: number;
  userState: Uint8Array;
  leaving: boolean;
  gossipArmed: boolean;
}

/** Who this member is. */
export interface SwimOptions {
  readonly name: string;
  /** The address that others reach us at, for UDP and TCP. */
  readonly advertise: Endpoint;
  readonly config: SwimConfig;
  /** 32 bits; two members must not share it. */
  readonly seed: number;
  /** Monotonic milliseconds at the start. */
  readonly now: Millis;
  /** At most 512 octets. */
  readonly meta?: Uint8Array | undefined;
  /** Addresses to contact whenever they belong to no member. */
  readonly seeds?: readonly Endpoint[] | undefined;
  /** What push/pull carries for the application. */
  readonly userState?: Uint8Array | undefined;
}

export function createCore(options: SwimOptions): Core {
  const { name, advertise, config, seed, now } = options;
  const self: MemberRecord = {
    name,
    ip: advertise.ip,
    port: advertise.port,
    state: "alive",
    meta: options.meta ?? new Uint8Array(0),
    vsn: Uint8Array.of(1, 5, config.protocolVersion, 0, 0, 0),
    incarnation: 1,
    changedAt: now,
    suspicion: undefined,
    probe: undefined,
  };
  const random = createRandom(seed);
  return {
    config,
    self,
    members: new Map([[name, self]]),
    ring: [self],
    ringAt: 0,
    seeds: othersOf(options.seeds ?? [], advertise),
    timers: createTimers(),
    random,
    broadcasts: createBroadcasts(config.maxUserBroadcasts),
    waiters: new Map(),
    streams: new Map(),
    counters: {},
    effects: [],
    now,
    // Acks are matched by this number alone: a start that nobody can guess keeps strangers from answering for others.
    seqNo: random.below(0x1_0000_0000),
    streamNo: 0,
    relays: 0,
    incarnation: 1,
    score: 0,
    userState: options.userState ?? new Uint8Array(0),
    leaving: false,
    gossipArmed: false,
  };
}

export function count(core: Core, name: string, by = 1): void {
  core.counters[name] = (core.counters[name] ?? 0) + by;
}

export function emit(core: Core, event: MemberEvent): void {
  core.effects.push({ type: "event", event });
}

/** Moves the local health by `delta`, within its bounds. */
export function addScore(core: Core, delta: number): void {
  core.score = Math.min(core.config.awarenessMaxMultiplier - 1, Math.max(0, core.score + delta));
}

/** A sequence number that nobody waits on; they wrap at 2^32. */
export function nextSeqNo(core: Core): number {
  do core.seqNo = (core.seqNo + 1) >>> 0;
  while (core.waiters.has(core.seqNo));
  return core.seqNo;
}

export function viewOf(member: MemberRecord): MemberView {
  const { name, ip, port, state, meta, incarnation, vsn } = member;
  return { name, ip, port, state, meta, incarnation, vsn };
}

export function isLiving({ state }: MemberRecord): boolean {
  return state === "alive" || state === "suspect";
}

/** Members other than us that are not gone. */
export function livingOthers(core: Core): MemberRecord[] {
  return core.ring.filter((member) => member !== core.self && isLiving(member));
}

/** The endpoints without our own. */
export function othersOf(endpoints: readonly Endpoint[], self: Endpoint): Endpoint[] {
  return endpoints.filter((endpoint) => !sameEndpoint(endpoint, self));
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port;
}

/** An address from the wire; undefined unless it has 4 or 16 octets and the port is not 0. */
export function wireEndpoint(addr: Uint8Array, port: number): Endpoint | undefined {
  if ((addr.length !== 4 && addr.length !== 16) || port === 0) return undefined;
  return { ip: unmapIp(ipFromBytes(addr)), port };
}

/** The message with which a member is announced. */
export function aliveOf(member: MemberRecord): Alive {
  const { name, ip, port, meta, vsn, incarnation } = member;
  return { type: "alive", incarnation, node: name, addr: ipToBytes(ip), port, meta, vsn };
}
