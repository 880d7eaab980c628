import type { Endpoint, Millis } from "@vipkit/net";
import { PLAIN_CONTEXT, type ReceiveContext } from "../../wire/context.js";
import { createFramer, type Framer } from "../../wire/framer.js";
import type { OpenMessage } from "../../wire/message.js";
import { nextRandom } from "../fsm/backoff.js";
import type { FsmStateName } from "../fsm/events.js";
import { newHalf, type HalfSession, type Side } from "../fsm/half.js";
import type { FsmContext } from "../fsm/step.js";
import { createRibOut, type RibOut } from "../routes/rib-out.js";
import type { PeerSettings } from "./config.js";
import type { NotificationRecord, PeerEffect, PeerEvent } from "./effects.js";
import type { Negotiated } from "./negotiate.js";

/** The state of a peer: both half-sessions and what outlives them. Plain data. */
export interface PeerState {
  readonly started: boolean;
  readonly halves: Readonly<Record<Side, HalfSession>>;
  /** Sessions in a row that failed after connecting; idle hold times grow with it. */
  readonly failures: number;
  /** Dials in a row that nobody answered. */
  readonly dialFailures: number;
  /** When the session that is up was established. */
  readonly establishedAt: Millis | undefined;
  /** Where the deterministic jitter stands. */
  readonly seed: number;
  readonly nextDial: number;
  /** A session has been up since the program began: later OPEN messages do not say "restarted". */
  readonly hasBeenUp: boolean;
  readonly draining:
    | {
        readonly text: string | undefined;
        readonly withdrawAt: Millis;
        readonly giveUpAt: Millis;
        readonly withdrawn: boolean;
      }
    | undefined;
}

/** What belongs to one TCP connection. */
export interface Connection {
  readonly number: number;
  readonly side: Side;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly framer: Framer;
  context: ReceiveContext;
  negotiated: Negotiated | undefined;
  open: OpenMessage | undefined;
  /** Octets handed to the driver, and of those how many the network has not taken when last heard. */
  written: number;
  backlog: number;
  /** Octets that the network had taken when last looked at: moves the send hold timer. */
  taken: number;
}

export interface PeerCounters {
  messagesIn: Record<string, number>;
  messagesOut: Record<string, number>;
  bytesIn: number;
  bytesOut: number;
  routesAnnouncedIn: number;
  routesWithdrawnIn: number;
  malformedUpdates: number;
  established: number;
  connectionsRefused: number;
  collisions: number;
}

/** Everything that the parts of a peer machine share. */
export interface PeerCore {
  readonly settings: PeerSettings;
  state: PeerState;
  readonly connections: Map<number, Connection>;
  readonly rib: RibOut;
  readonly counters: PeerCounters;
  lastNotification: NotificationRecord | undefined;
  lastError: string | undefined;
  effects: PeerEffect[];
}

/** RFC 4271 section 8.2.2 suggests 4 minutes. */
const LARGE_HOLD_MS = 240_000;

const SIDES: readonly Side[] = ["out", "in"];

export function createCore(settings: PeerSettings, seed: number, now: Millis): PeerCore {
  return {
    settings,
    state: {
      started: false,
      halves: { out: newHalf("out", now), in: newHalf("in", now) },
      failures: 0,
      dialFailures: 0,
      establishedAt: undefined,
      seed: seed | 0,
      nextDial: 1,
      hasBeenUp: false,
      draining: undefined,
    },
    connections: new Map(),
    rib: createRibOut(),
    counters: {
      messagesIn: {},
      messagesOut: {},
      bytesIn: 0,
      bytesOut: 0,
      routesAnnouncedIn: 0,
      routesWithdrawnIn: 0,
      malformedUpdates: 0,
      established: 0,
      connectionsRefused: 0,
      collisions: 0,
    },
    lastNotification: undefined,
    lastError: undefined,
    effects: [],
  };
}

export function newConnection(number: number, side: Side, local: Endpoint, remote: Endpoint): Connection {
  return {
    number,
    side,
    local,
    remote,
    framer: createFramer(),
    context: { ...PLAIN_CONTEXT, ibgp: false },
    negotiated: undefined,
    open: undefined,
    written: 0,
    backlog: 0,
    taken: 0,
  };
}

export function otherSide(side: Side): Side {
  return side === "out" ? "in" : "out";
}

/** The half-session that is established. There is never more than one. */
export function establishedHalf(core: PeerCore): HalfSession | undefined {
  return SIDES.map((side) => core.state.halves[side]).find((half) => half.state === "Established");
}

/** The connection that carries the session. */
export function sessionConnection(core: PeerCore): Connection | undefined {
  const half = establishedHalf(core);
  return half === undefined ? undefined : core.connections.get(half.connection);
}

const RANK: Readonly<Record<FsmStateName, number>> = {
  Idle: 0,
  Active: 1,
  Connect: 2,
  OpenSent: 3,
  OpenConfirm: 4,
  Established: 5,
};

/** The more advanced half-session speaks for the peer. Waiting for a peer counts less than dialling it. */
export function leadingHalf({ halves }: PeerState): HalfSession {
  return RANK[halves.out.state] >= RANK[halves.in.state] ? halves.out : halves.in;
}

export function tell(core: PeerCore, event: PeerEvent): void {
  core.effects.push({ type: "event", event });
}

/** The numbers for one step. Draws a jitter, so the state moves on. `restFor` says how long to rest if the step damps. */
export function fsmContext(core: PeerCore, side: Side, restFor: (jitter: number) => Millis): FsmContext {
  const { settings, state } = core;
  const { value: jitter, seed } = nextRandom(state.seed);
  core.state = { ...state, seed };
  return {
    passive: side === "in",
    delayOpenMs: settings.delayOpenSeconds * 1000,
    notifyWithoutOpen: true,
    connectRetryMs: settings.connectRetrySeconds * 1000,
    largeHoldMs: LARGE_HOLD_MS,
    keepaliveMs: settings.keepaliveTimeSeconds * 1000,
    sendHoldMs: settings.sendHoldSeconds * 1000,
    idleHoldMs: restFor(jitter),
    nextConnection: state.nextDial,
    jitter,
  };
}
