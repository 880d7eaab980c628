import type { Millis } from "@vipkit/net";
import type { OpenMessage } from "../../wire/message.js";
import { idleHoldMs } from "../fsm/backoff.js";
import type { HalfSession, Side } from "../fsm/half.js";
import { step, type ErrorReport, type FsmEffect, type FsmInput } from "../fsm/step.js";
import { establishedHalf, fsmContext, otherSide, tell, type PeerCore } from "./core.js";
import { becomeEstablished, leaveEstablished } from "./established.js";
import { recordNotification } from "./notice.js";
import { openMessage } from "./open.js";
import { writeMessage } from "./write.js";

function openFor({ settings, state }: PeerCore): OpenMessage {
  const restart = settings.gracefulRestart;
  // RFC 4724 section 4.1: the R bit is for the first session after a restart.
  if (restart === undefined || !state.hasBeenUp) return openMessage(settings);
  return openMessage({ ...settings, gracefulRestart: { ...restart, restarted: false } });
}

function notify(core: PeerCore, number: number, error: ErrorReport, now: Millis): void {
  const connection = core.connections.get(number);
  if (connection === undefined) return;
  writeMessage(core, connection, { type: "notification", ...error });
  recordNotification(core, "sent", error, now);
}

function close(core: PeerCore, number: number, flush: boolean): void {
  // A dial that is under way has no connection yet: there is nothing to flush.
  const open = core.connections.delete(number);
  core.effects.push({ type: "close", connection: number, flush: open && flush });
}

function say(core: PeerCore, number: number, type: "sendOpen" | "sendKeepalive"): void {
  const connection = core.connections.get(number);
  if (connection !== undefined)
    writeMessage(core, connection, type === "sendOpen" ? openFor(core) : { type: "keepalive" });
}

/** A dial says why it failed before the ConnectRetryTimer, shortened by jitter, would begin another one. */
function dialTimeoutMs({ settings }: PeerCore): Millis {
  return settings.connectRetrySeconds * 700;
}

function perform(core: PeerCore, effect: FsmEffect, now: Millis): void {
  switch (effect.type) {
    case "dial":
      core.state = { ...core.state, nextDial: core.state.nextDial + 2 };
      core.effects.push({ type: "dial", connection: effect.connection, timeoutMs: dialTimeoutMs(core) });
      break;
    case "drop":
      close(core, effect.connection, true);
      break;
    case "refuse":
      core.counters.connectionsRefused += 1;
      close(core, effect.connection, false);
      break;
    case "sendOpen":
    case "sendKeepalive":
      say(core, effect.connection, effect.type);
      break;
    case "notify":
      notify(core, effect.connection, effect.error, now);
      break;
    case "establish":
      // The transition has been made by now: see `feed`.
      becomeEstablished(core, now);
      break;
    case "leaveEstablished":
      leaveEstablished(core, effect.reason);
      break;
    case "transition":
      if (effect.to === "Idle" || effect.event === "TcpConnectionFails") core.lastError = effect.reason;
      tell(core, effect);
      break;
    case "deliverUpdate":
      break;
  }
}

/** How many failures in a row it will be if this half-session fails now. Only a session that lasted makes good. */
function failuresAfter({ state, settings }: PeerCore, half: HalfSession, now: Millis): number {
  const { establishedAt } = state;
  const lasted = establishedAt === undefined ? 0 : now - establishedAt;
  return half.state === "Established" && lasted >= settings.idleHold.stableMs ? 1 : state.failures + 1;
}

/** Hands one event to one half-session, and carries out what the table says. */
export function feed(core: PeerCore, side: Side, input: FsmInput, now: Millis): void {
  const { settings, state } = core;
  const before = state.halves[side];
  const starting = before.state === "Idle";
  const unanswered = before.state === "Connect" && input.event === "TcpConnectionFails";
  const failures = starting ? state.failures : failuresAfter(core, before, now);
  // A peer that cannot be reached is dialled again soon; one that was reached and failed rests longer and longer.
  const context = fsmContext(core, side, (jitter) =>
    unanswered
      ? Math.min(
          idleHoldMs(settings.idleHold, state.dialFailures + 1, side, jitter),
          settings.connectRetrySeconds * 1000,
        )
      : idleHoldMs(settings.idleHold, failures, side, jitter),
  );
  const { half, effects } = step(before, input, context, now);
  const damped = !starting && half.state === "Idle" && half.timers.idleHold !== undefined;
  const reached = input.event === "Tcp_CR_Acked" || input.event === "TcpConnectionConfirmed";
  core.state = {
    ...core.state,
    halves: { ...core.state.halves, [side]: half },
    failures: damped && !unanswered ? failures : state.failures,
    dialFailures: reached ? 0 : damped && unanswered ? state.dialFailures + 1 : state.dialFailures,
  };
  for (const effect of effects) perform(core, effect, now);
}

/** True while the other half-session is on its way to be, or is, the session. */
export function isOvertaken(core: PeerCore, side: Side): boolean {
  const other = core.state.halves[otherSide(side)].state;
  return other === "OpenConfirm" || other === "Established";
}

/** What follows from where both half-sessions stand now: dials are called off, and put aside half-sessions come back. */
export function settle(core: PeerCore, now: Millis): void {
  if (!core.state.started) return;
  const { out, in: listening } = core.state.halves;
  if (listening.state === "Idle" && listening.timers.idleHold === undefined) {
    feed(core, "in", { event: "AutomaticStart_with_PassiveTcpEstablishment" }, now);
  }
  const up = establishedHalf(core);
  // Only a dial can be called off now; a connection that is open decides itself with its OPEN (RFC 4271 section 6.8).
  if (up?.side === "in" && (out.state === "Connect" || out.state === "Active")) {
    feed(core, "out", { event: "OpenCollisionDump" }, now);
  }
  const aside = out.state === "Idle" && out.timers.idleHold === undefined;
  if (aside && !core.settings.passive && !isOvertaken(core, "out")) {
    feed(core, "out", { event: "AutomaticStart_with_DampPeerOscillations" }, now);
  }
}
