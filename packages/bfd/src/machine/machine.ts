import type { Machine, Millis, Tick } from "@vipkit/net";
import { BfdDiagnostic, diagnosticName } from "../wire/packet.js";
import { bfdSettings, checkTimers, type BfdConfig, type BfdSettings } from "./config.js";
import { discard, type Core } from "./core.js";
import { tellUp } from "./damping.js";
import type { BfdEffect, BfdInput, BfdSnapshot } from "./effects.js";
import { receive } from "./receive.js";
import { allowForLateness, expire } from "./silence.js";
import { detectionTimeMs, dueAt, newState, shownTxMs, transmitIntervalMs, type BfdState } from "./state.js";
import { enter } from "./transition.js";
import { schedule, send } from "./transmit.js";

export interface BfdMachine extends Machine<BfdInput, BfdEffect> {
  readonly settings: BfdSettings;
  readonly state: BfdState;
  snapshot(now: Millis): BfdSnapshot;
}

/** At most so many packets say that we stop: some may be lost. They keep the interval that the other end can bear. */
const FAREWELLS = 3;
/** Where packets are rarer than this, stopping does not wait for a second one. */
const LONGEST_FAREWELL_MS: Millis = 1000;

function tick(core: Core, now: Millis): void {
  allowForLateness(core, now);
  if (now >= core.state.detectAt) expire(core, now);
  if (now >= core.state.tellUpAt) tellUp(core);
  if (now < core.state.sendAt) return;
  send(core, false);
  if (core.state.started) schedule(core, now);
  else scheduleFarewell(core, now);
}

function start(core: Core, now: Millis): void {
  const { state } = core;
  if (state.started) return;
  state.started = true;
  state.remoteDiscriminator = 0;
  state.receivedSequence = undefined;
  state.flaps = 0;
  state.farewells = 0;
  enter(core, "Down", { diagnostic: BfdDiagnostic.none, reason: "started" }, now);
  schedule(core, now);
}

function scheduleFarewell({ state }: Core, now: Millis): void {
  const interval = transmitIntervalMs(state);
  state.farewells = interval > LONGEST_FAREWELL_MS ? 0 : Math.max(0, state.farewells - 1);
  state.sendAt = state.farewells === 0 ? Infinity : now + interval;
}

/** RFC 5880 section 6.8.16: the other end is told for about a detection time; it would otherwise take this for a failure. */
function stop(core: Core, now: Millis): void {
  const { state } = core;
  if (!state.started) return;
  const { txInForceMs } = state;
  const cause = { diagnostic: BfdDiagnostic.administrativelyDown, reason: "stopped", administrative: true };
  enter(core, "AdminDown", cause, now);
  state.started = false;
  state.txInForceMs = txInForceMs;
  state.detectAt = Infinity;
  state.tellUpAt = Infinity;
  state.sendAt = Infinity;
  if (state.remoteDiscriminator === 0) return;
  // The first has gone out with the change.
  state.farewells = Math.min(FAREWELLS, state.detectMultiplier);
  scheduleFarewell(core, now);
}

/** RFC 5880 section 6.8.3: slower sending and faster expecting wait for the Poll Sequence, the rest is in force at once. */
function setTimers(core: Core, input: BfdInput & { type: "timers" }, now: Millis): void {
  const { desiredMinTxMs, requiredMinRxMs, detectMultiplier } = input;
  checkTimers(desiredMinTxMs, requiredMinRxMs, detectMultiplier);
  const { state } = core;
  const isUp = state.state === "Up";
  state.desiredMinTxMs = desiredMinTxMs;
  state.requiredMinRxMs = requiredMinRxMs;
  state.detectMultiplier = detectMultiplier;
  state.polling = state.started && isUp;
  const shown = shownTxMs(state);
  if (!isUp || shown <= state.txInForceMs) state.txInForceMs = shown;
  if (!isUp || requiredMinRxMs >= state.rxInForceMs) state.rxInForceMs = requiredMinRxMs;
  if (state.started) schedule(core, now);
}

function accept(core: Core, input: BfdInput | Tick, now: Millis): void {
  switch (input.type) {
    case "tick":
      tick(core, now);
      break;
    case "start":
      start(core, now);
      break;
    case "stop":
      stop(core, now);
      break;
    case "packet":
      receive(core, input.bytes, now);
      break;
    case "refused":
      core.counters.received += 1;
      discard(core, input.code, input.reason);
      break;
    case "timers":
      setTimers(core, input, now);
      break;
  }
}

function snapshotOf({ settings, state, counters, lastDiscard }: Core, now: Millis): BfdSnapshot {
  return {
    name: settings.name,
    state: state.state,
    sinceMsAgo: Math.round(now - state.since),
    remoteState: state.remoteState,
    diagnostic: diagnosticName(state.diagnostic),
    remoteDiagnostic: diagnosticName(state.remoteDiagnostic),
    localDiscriminator: settings.localDiscriminator,
    remoteDiscriminator: state.remoteDiscriminator,
    transmitIntervalMs: transmitIntervalMs(state),
    detectionTimeMs: detectionTimeMs(state),
    flaps: state.flaps,
    toldUp: state.toldUp,
    lastDiscard,
    counters: { ...counters },
  };
}

/**
 * A BFD session in asynchronous mode (RFC 5880), without I/O: datagrams and time go in, datagrams and events come out.
 * @param seed any number: where jitter and authentication sequence numbers begin
 * @throws VipkitError `ERR_BFD_CONFIG`
 */
export function createBfdMachine(config: BfdConfig, seed: number, now: Millis): BfdMachine {
  const settings = bfdSettings(config);
  const core: Core = {
    settings,
    state: newState(settings, seed | 0, now),
    counters: { sent: 0, received: 0, discarded: 0, ups: 0, downs: 0 },
    effects: [],
    lastDiscard: undefined,
  };
  return {
    settings,
    handle: (input, at) => {
      core.effects = [];
      accept(core, input, at);
      return core.effects;
    },
    get deadline(): Millis {
      return dueAt(core.state);
    },
    get state(): BfdState {
      return { ...core.state };
    },
    snapshot: (at) => snapshotOf(core, at),
  };
}
