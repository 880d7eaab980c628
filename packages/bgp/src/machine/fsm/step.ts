import type { Millis } from "@vipkit/net";
import type { FsmEventName, FsmStateName } from "./events.js";
import { withTimer, type HalfSession, type Side } from "./half.js";
import { FSM_TABLE, type FsmAction, type FsmBranch, type FsmGuard } from "./table.js";

/** What a NOTIFICATION says, before it is bytes. */
export interface ErrorReport {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/** One event, with the facts that belong to it. */
export interface FsmInput {
  readonly event: FsmEventName;
  /** The connection of Tcp_CR_Acked and TcpConnectionConfirmed. */
  readonly connection?: number;
  /** The hold time agreed on, with BGPOpen. */
  readonly holdTimeMs?: Millis;
  /** What is sent where the table says `sendError` or `sendCease`. */
  readonly error?: ErrorReport;
  /** Added to the table's reason: what exactly happened. */
  readonly detail?: string;
}

/** The session attributes of RFC 4271 section 8 that a step needs, and the numbers it may use. */
export interface FsmContext {
  /** PassiveTcpEstablishment: this half-session never dials. */
  readonly passive: boolean;
  /** DelayOpenTime; 0 = DelayOpen is false. */
  readonly delayOpenMs: Millis;
  /** SendNOTIFICATIONwithoutOPEN */
  readonly notifyWithoutOpen: boolean;
  readonly connectRetryMs: Millis;
  /** How long to wait for the peer's OPEN. */
  readonly largeHoldMs: Millis;
  /** KEEPALIVEs go out this often; 0 = a third of the hold time. */
  readonly keepaliveMs: Millis;
  /** For this hold time, see RFC 9687; 0 = off. */
  readonly sendHoldMs: Millis;
  /** How long this half-session rests when it is damped now. */
  readonly idleHoldMs: Millis;
  /** The number that a dial begun in this step gets. */
  readonly nextConnection: number;
  /** From 0 to 1: shortens timers by up to a quarter (RFC 4271 section 10). */
  readonly jitter: number;
}

export type FsmEffect =
  | { readonly type: "dial"; readonly side: Side; readonly connection: number }
  | { readonly type: "drop"; readonly side: Side; readonly connection: number }
  | { readonly type: "refuse"; readonly side: Side; readonly connection: number }
  | { readonly type: "sendOpen"; readonly side: Side; readonly connection: number }
  | { readonly type: "sendKeepalive"; readonly side: Side; readonly connection: number }
  | { readonly type: "notify"; readonly side: Side; readonly connection: number; readonly error: ErrorReport }
  | { readonly type: "establish"; readonly side: Side }
  | { readonly type: "leaveEstablished"; readonly side: Side; readonly reason: string }
  | { readonly type: "deliverUpdate"; readonly side: Side }
  | Transition;

/** What the FSM did with an event, and why. */
export interface Transition {
  readonly type: "transition";
  readonly side: Side;
  readonly from: FsmStateName;
  readonly to: FsmStateName;
  readonly event: FsmEventName;
  readonly reason: string;
}

export interface FsmStep {
  readonly half: HalfSession;
  readonly effects: readonly FsmEffect[];
}

const NOTHING = new Uint8Array(0);
const CEASE: ErrorReport = { code: 6, subcode: 0, data: NOTHING };

/** RFC 6608: which FSM error it is depends on the state. */
const FSM_ERROR_SUBCODES: Readonly<Record<FsmStateName, number>> = {
  Idle: 0,
  Connect: 0,
  Active: 0,
  OpenSent: 1,
  OpenConfirm: 2,
  Established: 3,
};

function applies(guard: FsmGuard, half: HalfSession, context: FsmContext): boolean {
  switch (guard) {
    case "always":
      return true;
    case "passive":
      return context.passive;
    case "delayOpen":
      return context.delayOpenMs > 0;
    case "delayOpenRunning":
      return half.timers.delayOpen !== undefined;
    case "notifyWithoutOpen":
      return context.notifyWithoutOpen;
  }
}

function branchFor(half: HalfSession, event: FsmEventName, context: FsmContext): FsmBranch {
  const row = FSM_TABLE[half.state];
  const cell = row.on[event] ?? row.otherwise;
  return cell.find((branch) => applies(branch.when, half, context)) ?? cell[cell.length - 1]!;
}

interface Acting {
  readonly input: FsmInput;
  readonly context: FsmContext;
  readonly now: Millis;
  readonly effects: FsmEffect[];
}

function shortened(duration: Millis, context: FsmContext): Millis {
  return duration * (1 - context.jitter / 4);
}

function startKeepalive(half: HalfSession, { context, now }: Acting): HalfSession {
  // RFC 4271 section 4.4: at most a third of the hold time apart; none when the hold time is 0.
  if (half.holdTimeMs === 0) return withTimer(half, "keepalive", undefined);
  const third = half.holdTimeMs / 3;
  const every = context.keepaliveMs > 0 ? Math.min(context.keepaliveMs, third) : third;
  return withTimer(half, "keepalive", now + shortened(every, context));
}

function notify(half: HalfSession, { effects }: Acting, error: ErrorReport): HalfSession {
  if (half.connection !== 0) effects.push({ type: "notify", side: half.side, connection: half.connection, error });
  return half;
}

function drop(half: HalfSession, { effects }: Acting): HalfSession {
  if (half.connection === 0) return half;
  effects.push({ type: "drop", side: half.side, connection: half.connection });
  return { ...half, connection: 0 };
}

function sendOn(half: HalfSession, { effects }: Acting, type: "sendOpen" | "sendKeepalive"): HalfSession {
  effects.push({ type, side: half.side, connection: half.connection });
  return half;
}

function dial(half: HalfSession, { effects, context }: Acting): HalfSession {
  effects.push({ type: "dial", side: half.side, connection: context.nextConnection });
  return { ...half, connection: context.nextConnection };
}

function tell(
  half: HalfSession,
  { effects, input }: Acting,
  type: "establish" | "deliverUpdate" | "refuse",
): HalfSession {
  if (type === "refuse") effects.push({ type, side: half.side, connection: input.connection ?? 0 });
  else effects.push({ type, side: half.side });
  return half;
}

function restartHold(half: HalfSession, now: Millis): HalfSession {
  return withTimer(half, "hold", half.holdTimeMs === 0 ? undefined : now + half.holdTimeMs);
}

type Act = (half: HalfSession, acting: Acting) => HalfSession;

const ACTS: Readonly<Record<FsmAction, Act>> = {
  dial,
  dropConnection: drop,
  refuseConnection: (half, acting) => tell(half, acting, "refuse"),
  sendOpen: (half, acting) => sendOn(half, acting, "sendOpen"),
  sendKeepalive: (half, acting) => sendOn(half, acting, "sendKeepalive"),
  sendCease: (half, acting) => notify(half, acting, acting.input.error ?? CEASE),
  sendError: (half, acting) => (acting.input.error === undefined ? half : notify(half, acting, acting.input.error)),
  sendFsmError: (half, acting) =>
    notify(half, acting, { code: 5, subcode: FSM_ERROR_SUBCODES[half.state], data: NOTHING }),
  sendHoldTimerExpired: (half, acting) => notify(half, acting, { code: 4, subcode: 0, data: NOTHING }),
  sendSendHoldTimerExpired: (half, acting) => notify(half, acting, { code: 8, subcode: 0, data: NOTHING }),
  startConnectRetry: (half, { context, now }) =>
    withTimer(half, "connectRetry", now + shortened(context.connectRetryMs, context)),
  stopConnectRetry: (half) => withTimer(half, "connectRetry", undefined),
  startDelayOpen: (half, { context, now }) =>
    withTimer(half, "delayOpen", now + shortened(context.delayOpenMs, context)),
  stopDelayOpen: (half) => withTimer(half, "delayOpen", undefined),
  startLargeHold: (half, { context, now }) => withTimer(half, "hold", now + context.largeHoldMs),
  startNegotiatedHold: (half, { input, now }) => restartHold({ ...half, holdTimeMs: input.holdTimeMs ?? 0 }, now),
  restartHold: (half, { now }) => restartHold(half, now),
  startKeepalive,
  startSendHold: (half, { context, now }) =>
    withTimer(half, "sendHold", context.sendHoldMs > 0 ? now + context.sendHoldMs : undefined),
  startIdleHold: (half, { context, now }) => withTimer(half, "idleHold", now + context.idleHoldMs),
  damp: (half, { context, now }) => withTimer(half, "idleHold", now + context.idleHoldMs),
  stopTimers: (half) => ({ ...half, timers: {} }),
  zeroConnectRetryCounter: (half) => ({ ...half, connectRetryCounter: 0 }),
  countConnectRetry: (half) => ({ ...half, connectRetryCounter: half.connectRetryCounter + 1 }),
  establish: (half, acting) => tell(half, acting, "establish"),
  deliverUpdate: (half, acting) => tell(half, acting, "deliverUpdate"),
};

const CONNECTED: ReadonlySet<FsmEventName> = new Set(["Tcp_CR_Acked", "TcpConnectionConfirmed"]);

/** The half-session takes over the connection that an event brings, where its state lets it in. */
function adopt(half: HalfSession, input: FsmInput): HalfSession {
  const lets = half.state === "Connect" || half.state === "Active";
  return lets && CONNECTED.has(input.event) ? { ...half, connection: input.connection ?? 0 } : half;
}

/** One event on one half-session (RFC 4271 section 8.2.2): looks the table up and carries out what stands there. */
export function step(half: HalfSession, input: FsmInput, context: FsmContext, now: Millis): FsmStep {
  const branch = branchFor(half, input.event, context);
  const effects: FsmEffect[] = [];
  const acting: Acting = { input, context, now, effects };
  const reason = input.detail === undefined ? branch.reason : `${branch.reason}: ${input.detail}`;
  let after = adopt(half, input);
  for (const action of branch.does) after = ACTS[action](after, acting);
  if (branch.to !== half.state) {
    effects.push({ type: "transition", side: half.side, from: half.state, to: branch.to, event: input.event, reason });
    if (half.state === "Established") effects.push({ type: "leaveEstablished", side: half.side, reason });
    after = {
      ...after,
      state: branch.to,
      since: now,
      ...(branch.to === "Idle" ? { connection: 0, holdTimeMs: 0 } : {}),
    };
  }
  return { half: after, effects };
}
