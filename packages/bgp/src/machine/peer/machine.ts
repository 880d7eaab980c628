import type { Machine, Millis, Tick } from "@vipkit/net";
import { CeaseSubcode, NotificationCode } from "../../wire/notification-codes.js";
import type { FsmEventName } from "../fsm/events.js";
import { nextTimer, withTimer, type FsmTimerName, type Side } from "../fsm/half.js";
import { peerSettings, type PeerConfig, type PeerSettings } from "./config.js";
import { createCore, newConnection, sessionConnection, tell, type PeerCore, type PeerState } from "./core.js";
import { advanceDrain, beginDrain, stopPeer } from "./draining.js";
import type { PeerEffect, PeerInput } from "./effects.js";
import { pump } from "./established.js";
import { feed, isOvertaken, settle } from "./feed.js";
import { receiveBytes } from "./receive.js";
import { snapshotOf, type PeerSnapshot } from "./snapshot.js";

/** A peer without I/O: FSM, collision detection, negotiation, Adj-RIB-Out. */
export interface PeerMachine extends Machine<PeerInput, PeerEffect> {
  readonly settings: PeerSettings;
  /** The FSM's whole state, plain data. */
  readonly state: PeerState;
  /** What people want to know, as plain data. */
  snapshot(now: Millis): PeerSnapshot;
}

const SIDES: readonly Side[] = ["out", "in"];

const TIMER_EVENTS: Readonly<Record<FsmTimerName, FsmEventName>> = {
  connectRetry: "ConnectRetryTimer_Expires",
  hold: "HoldTimer_Expires",
  keepalive: "KeepaliveTimer_Expires",
  delayOpen: "DelayOpenTimer_Expires",
  idleHold: "IdleHoldTimer_Expires",
  sendHold: "SendHoldTimer_Expires",
};

function setTimer(core: PeerCore, side: Side, name: FsmTimerName, at: Millis | undefined): void {
  const half = withTimer(core.state.halves[side], name, at);
  core.state = { ...core.state, halves: { ...core.state.halves, [side]: half } };
}

function fire(core: PeerCore, side: Side, name: FsmTimerName, now: Millis): void {
  if (name === "idleHold" && isOvertaken(core, side)) return setTimer(core, side, name, undefined);
  if (name === "sendHold" && (sessionConnection(core)?.backlog ?? 0) === 0) {
    // Everything was taken: the peer reads (RFC 9687 section 3 restarts the timer with every message that gets out).
    return setTimer(core, side, name, now + core.settings.sendHoldSeconds * 1000);
  }
  feed(core, side, { event: TIMER_EVENTS[name] }, now);
}

/** Fires what is due, the earliest first. Every timer that fires is stopped or moved into the future. */
function tick(core: PeerCore, now: Millis): void {
  for (let rounds = 0; rounds < 32; rounds += 1) {
    const due = SIDES.map((side) => ({ side, timer: nextTimer(core.state.halves[side]) }))
      .filter(({ timer }) => timer !== undefined && timer.at <= now)
      .sort((a, b) => a.timer!.at - b.timer!.at)[0];
    if (due === undefined) break;
    const { side } = due;
    const { name, at } = due.timer!;
    fire(core, side, name, now);
    if (core.state.halves[side].timers[name] === at) setTimer(core, side, name, undefined);
  }
  advanceDrain(core, now);
}

function start(core: PeerCore, now: Millis): void {
  if (core.state.started) return;
  core.state = { ...core.state, started: true, failures: 0, dialFailures: 0, draining: undefined };
  feed(core, "in", { event: "ManualStart_with_PassiveTcpEstablishment" }, now);
  if (!core.settings.passive) feed(core, "out", { event: "ManualStart" }, now);
}

function connected(core: PeerCore, input: PeerInput & { type: "connected" }, now: Millis): void {
  const { connection: number, local, remote } = input;
  // A connection opens once; told again, there is nothing to do.
  if (core.connections.has(number)) return;
  const side: Side = number % 2 === 1 ? "out" : "in";
  const half = core.state.halves[side];
  if (side === "out" && half.connection !== number) {
    // A dial that was called off meanwhile.
    core.effects.push({ type: "close", connection: number, flush: false });
    return;
  }
  if (side === "in") replaceStale(core, now);
  const open = core.state.halves[side].state;
  if (open !== "Connect" && open !== "Active") {
    const reason = open === "Idle" ? "idle hold time, or stopped" : "a connection from this peer is open already";
    tell(core, { type: "connectionRefused", reason, remote });
  } else {
    core.connections.set(number, newConnection(number, side, local, remote));
  }
  feed(core, side, { event: side === "out" ? "Tcp_CR_Acked" : "TcpConnectionConfirmed", connection: number }, now);
}

/** A peer that connects anew has lost its former connection, also when nobody told us. */
function replaceStale(core: PeerCore, now: Millis): void {
  const half = core.state.halves.in;
  const detail = "the peer has connected again";
  if (half.state === "OpenSent" || half.state === "OpenConfirm") {
    feed(core, "in", { event: "TcpConnectionFails", detail }, now);
  } else if (half.state === "Established") {
    // RFC 4724 section 4.2: a peer that restarts gracefully has forgotten the old connection.
    const restart = core.connections.get(half.connection)?.negotiated?.gracefulRestart;
    if (restart !== undefined) feed(core, "in", { event: "TcpConnectionFails", detail }, now);
  }
  settle(core, now);
}

function lost(core: PeerCore, number: number, error: string | undefined, now: Millis): void {
  const side = SIDES.find((one) => core.state.halves[one].connection === number);
  if (side === undefined) return;
  if (!core.connections.has(number)) tell(core, { type: "connectFailed", error: error ?? "closed" });
  feed(core, side, { event: "TcpConnectionFails", ...(error === undefined ? {} : { detail: error }) }, now);
}

function backlog(core: PeerCore, number: number, bytes: number, now: Millis): void {
  const connection = core.connections.get(number);
  if (connection === undefined) return;
  connection.backlog = bytes;
  const taken = connection.written - bytes;
  const half = core.state.halves[connection.side];
  if (taken > connection.taken && half.timers.sendHold !== undefined) {
    setTimer(core, connection.side, "sendHold", now + core.settings.sendHoldSeconds * 1000);
  }
  connection.taken = taken;
  pump(core);
}

/** The session is closed, not the peer: it comes up again by itself. */
function endSession(core: PeerCore, subcode: number, detail: string, now: Millis): void {
  const error = { code: NotificationCode.cease, subcode, data: new Uint8Array(0) };
  for (const side of SIDES) {
    const { state } = core.state.halves[side];
    if (state !== "Established" && state !== "OpenConfirm") continue;
    feed(core, side, { event: "AutomaticStop", error, detail }, now);
  }
}

function accept(core: PeerCore, input: PeerInput | Tick, now: Millis): void {
  switch (input.type) {
    case "tick":
      return tick(core, now);
    case "start":
      return start(core, now);
    case "stop":
      return stopPeer(core, input.text, now);
    case "connected":
      return connected(core, input, now);
    case "dialFailed":
      return lost(core, input.connection, input.error, now);
    case "closed":
      return lost(core, input.connection, input.error, now);
    case "bytes": {
      const connection = core.connections.get(input.connection);
      return connection === undefined ? undefined : receiveBytes(core, connection, input.bytes, now);
    }
    case "backlog":
      return backlog(core, input.connection, input.bytes, now);
    case "failure":
      // RFC 9384 section 2
      return endSession(core, CeaseSubcode.bfdDown, input.text ?? "the failure detector lost the peer", now);
    case "overload":
      return endSession(core, CeaseSubcode.outOfResources, input.text, now);
    case "advertise":
      core.rib.replace(input.routes);
      return pump(core);
    case "change":
      core.rib.withdraw(input.withdraw);
      core.rib.announce(input.announce);
      core.rib.setPartial(input.more ?? false);
      return pump(core);
    case "drain":
      return beginDrain(core, input.text, input.waitMs, now);
  }
}

function deadlineOf({ state }: PeerCore): Millis {
  const { draining, halves } = state;
  const drain = draining === undefined ? Infinity : draining.withdrawn ? draining.giveUpAt : draining.withdrawAt;
  return Math.min(nextTimer(halves.out)?.at ?? Infinity, nextTimer(halves.in)?.at ?? Infinity, drain);
}

/**
 * A BGP peer as a machine: connections, bytes, time and wanted routes go in; dials, bytes and events come out.
 * @param seed any number: where the deterministic jitter of timers begins
 * @throws VipkitError `ERR_BGP_CONFIG`
 */
export function createPeerMachine(config: PeerConfig, seed: number, now: Millis): PeerMachine {
  const core = createCore(peerSettings(config), seed, now);
  return {
    settings: core.settings,
    handle: (input, at) => {
      core.effects = [];
      accept(core, input, at);
      advanceDrain(core, at);
      settle(core, at);
      return core.effects;
    },
    get deadline(): Millis {
      return deadlineOf(core);
    },
    get state(): PeerState {
      return core.state;
    },
    snapshot: (at) => snapshotOf(core, at),
  };
}
