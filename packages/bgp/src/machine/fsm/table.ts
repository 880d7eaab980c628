import type { FsmEventName, FsmStateName } from "./events.js";

/** What a transition does, in the words of RFC 4271 section 8.2.2. `step` carries them out in order. */
export type FsmAction =
  | "dial"
  | "dropConnection"
  | "refuseConnection"
  | "sendOpen"
  | "sendKeepalive"
  | "sendCease"
  | "sendError"
  | "sendFsmError"
  | "sendHoldTimerExpired"
  | "sendSendHoldTimerExpired"
  | "startConnectRetry"
  | "stopConnectRetry"
  | "startDelayOpen"
  | "stopDelayOpen"
  | "startLargeHold"
  | "startNegotiatedHold"
  | "restartHold"
  | "startKeepalive"
  | "startSendHold"
  | "startIdleHold"
  | "stopTimers"
  | "zeroConnectRetryCounter"
  | "countConnectRetry"
  | "damp"
  | "establish"
  | "deliverUpdate";

/** When a branch applies; the first branch that does is taken. */
export type FsmGuard = "delayOpen" | "delayOpenRunning" | "passive" | "notifyWithoutOpen" | "always";

export interface FsmBranch {
  readonly when: FsmGuard;
  readonly to: FsmStateName;
  readonly does: readonly FsmAction[];
  /** Why the state is left or kept, for people. */
  readonly reason: string;
}

/** One cell of the table. */
export type FsmCell = readonly FsmBranch[];

/** One row: every event that is not named is answered by `otherwise`. */
export interface FsmRow {
  readonly on: Readonly<Partial<Record<FsmEventName, FsmCell>>>;
  readonly otherwise: FsmCell;
}

function go(to: FsmStateName, reason: string, ...does: FsmAction[]): FsmCell {
  return [{ when: "always", to, does, reason }];
}

function when(guard: FsmGuard, to: FsmStateName, reason: string, ...does: FsmAction[]): FsmBranch {
  return { when: guard, to, does, reason };
}

/** Leaves the connection for good: what most ways to Idle have in common. */
const GIVE_UP: readonly FsmAction[] = ["stopTimers", "dropConnection", "countConnectRetry", "damp"];
/** The operator's way to Idle: no penalty. */
const STOP: readonly FsmAction[] = ["stopTimers", "dropConnection", "zeroConnectRetryCounter"];

/** OPEN goes out and the answer is awaited for at most the large hold time (4 minutes). */
const OPEN: readonly FsmAction[] = ["stopConnectRetry", "stopDelayOpen", "sendOpen", "startLargeHold"];
const AGREE: readonly FsmAction[] = [
  "stopConnectRetry",
  "stopDelayOpen",
  "sendKeepalive",
  "startNegotiatedHold",
  "startKeepalive",
];

function ignored(state: FsmStateName): Readonly<Partial<Record<FsmEventName, FsmCell>>> {
  const cell = go(state, "already started");
  return {
    ManualStart: cell,
    AutomaticStart: cell,
    ManualStart_with_PassiveTcpEstablishment: cell,
    AutomaticStart_with_PassiveTcpEstablishment: cell,
    AutomaticStart_with_DampPeerOscillations: cell,
    AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment: cell,
  };
}

/** A further connection while this one has been opened: the other half-session tracks it until its OPEN (section 6.8). */
function tracked(state: FsmStateName): Readonly<Partial<Record<FsmEventName, FsmCell>>> {
  const cell = go(state, "a second connection is the other half-session's", "refuseConnection");
  return { TcpConnection_Valid: cell, Tcp_CR_Acked: cell, TcpConnectionConfirmed: cell, Tcp_CR_Invalid: cell };
}

const start = go("Connect", "started", "zeroConnectRetryCounter", "stopTimers", "startConnectRetry", "dial");
const listen = go("Active", "started, waits for the peer to connect", "zeroConnectRetryCounter", "stopTimers");
const held = go("Idle", "started, waits for the idle hold time", "startIdleHold");
const again = [
  when("passive", "Active", "idle hold time is over", "stopTimers"),
  when("always", "Connect", "idle hold time is over", "stopTimers", "startConnectRetry", "dial"),
];

// RFC 4271 section 8.2.2, Idle state. Connections are refused here.
const Idle: FsmRow = {
  on: {
    ManualStart: start,
    AutomaticStart: start,
    ManualStart_with_PassiveTcpEstablishment: listen,
    AutomaticStart_with_PassiveTcpEstablishment: listen,
    AutomaticStart_with_DampPeerOscillations: held,
    AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment: held,
    IdleHoldTimer_Expires: again,
    ManualStop: go("Idle", "stopped", ...STOP),
    TcpConnection_Valid: go("Idle", "connections are refused while idle", "refuseConnection"),
    Tcp_CR_Acked: go("Idle", "connections are refused while idle", "refuseConnection"),
    TcpConnectionConfirmed: go("Idle", "connections are refused while idle", "refuseConnection"),
  },
  otherwise: go("Idle", "nothing happens while idle"),
};

const connected = (waiting: FsmStateName): FsmCell => [
  when("delayOpen", waiting, "connected, OPEN is delayed", "stopConnectRetry", "startDelayOpen"),
  when("always", "OpenSent", "connected", ...OPEN),
];
const openWhileDelayed = go("OpenConfirm", "the peer's OPEN came first", "sendOpen", ...AGREE);
const wrongMessage = [
  when("notifyWithoutOpen", "Idle", "the peer sent a wrong message", "sendError", ...GIVE_UP),
  when("always", "Idle", "the peer sent a wrong message", ...GIVE_UP),
];
/** Section 8.2.2 counts this as a failure; here the other connection has simply been quicker, and nobody is to blame. */
const dump = go("Idle", "the other connection was kept", "stopTimers", "dropConnection");
const versionRefused = [
  when("delayOpenRunning", "Idle", "the peer refuses the BGP version", "stopTimers", "dropConnection", "damp"),
  when("always", "Idle", "the peer refuses the BGP version", ...GIVE_UP),
];

// RFC 4271 section 8.2.2, Connect state.
const Connect: FsmRow = {
  on: {
    ...ignored("Connect"),
    ManualStop: go("Idle", "stopped", ...STOP),
    ConnectRetryTimer_Expires: go(
      "Connect",
      "nobody answered, dialling again",
      "dropConnection",
      "stopDelayOpen",
      "startConnectRetry",
      "dial",
    ),
    DelayOpenTimer_Expires: go("OpenSent", "the delay of OPEN is over", ...OPEN),
    TcpConnection_Valid: go("Connect", "a connection is coming"),
    Tcp_CR_Invalid: go("Connect", "a connection from a wrong address", "refuseConnection"),
    Tcp_CR_Acked: connected("Connect"),
    TcpConnectionConfirmed: connected("Connect"),
    TcpConnectionFails: [
      when(
        "delayOpenRunning",
        "Active",
        "the connection was lost",
        "dropConnection",
        "stopDelayOpen",
        "startConnectRetry",
      ),
      when("always", "Idle", "no connection", "stopTimers", "dropConnection", "damp"),
    ],
    BGPOpen_with_DelayOpenTimer_running: openWhileDelayed,
    BGPHeaderErr: wrongMessage,
    BGPOpenMsgErr: wrongMessage,
    OpenCollisionDump: dump,
    NotifMsgVerErr: versionRefused,
  },
  otherwise: go("Idle", "not expected while connecting", ...GIVE_UP),
};

// RFC 4271 section 8.2.2, Active state.
const Active: FsmRow = {
  on: {
    ...ignored("Active"),
    ManualStop: [
      when("delayOpenRunning", "Idle", "stopped", "sendCease", ...STOP),
      when("always", "Idle", "stopped", ...STOP),
    ],
    ConnectRetryTimer_Expires: [
      // A half-session with PassiveTcpEstablishment never dials.
      when("passive", "Active", "goes on waiting for the peer", "stopConnectRetry"),
      when("always", "Connect", "time to dial again", "startConnectRetry", "dial"),
    ],
    DelayOpenTimer_Expires: go("OpenSent", "the delay of OPEN is over", ...OPEN),
    TcpConnection_Valid: go("Active", "a connection is coming"),
    Tcp_CR_Invalid: go("Active", "a connection from a wrong address", "refuseConnection"),
    Tcp_CR_Acked: connected("Active"),
    TcpConnectionConfirmed: connected("Active"),
    TcpConnectionFails: go("Idle", "the connection was lost", ...GIVE_UP),
    BGPOpen_with_DelayOpenTimer_running: openWhileDelayed,
    BGPHeaderErr: wrongMessage,
    BGPOpenMsgErr: wrongMessage,
    OpenCollisionDump: dump,
    NotifMsgVerErr: versionRefused,
  },
  otherwise: go("Idle", "not expected while waiting for a connection", ...GIVE_UP),
};

// RFC 4271 section 8.2.2, OpenSent state. FSM error 1 of RFC 6608 for what does not belong here.
const OpenSent: FsmRow = {
  on: {
    ...ignored("OpenSent"),
    ...tracked("OpenSent"),
    ManualStop: go("Idle", "stopped", "sendCease", ...STOP),
    AutomaticStop: go("Idle", "stopped by itself", "sendCease", ...GIVE_UP),
    HoldTimer_Expires: go("Idle", "the peer sent no OPEN in time", "sendHoldTimerExpired", ...GIVE_UP),
    TcpConnectionFails: [
      when(
        "passive",
        "Active",
        "the connection was lost before OPEN",
        "stopTimers",
        "dropConnection",
        "countConnectRetry",
      ),
      when(
        "always",
        "Active",
        "the connection was lost before OPEN",
        "stopTimers",
        "dropConnection",
        "countConnectRetry",
        "startConnectRetry",
      ),
    ],
    BGPOpen: go("OpenConfirm", "the peer's OPEN is acceptable", ...AGREE),
    BGPHeaderErr: go("Idle", "the peer sent a wrong header", "sendError", ...GIVE_UP),
    BGPOpenMsgErr: go("Idle", "the peer's OPEN is not acceptable", "sendError", ...GIVE_UP),
    OpenCollisionDump: go("Idle", "the other connection was kept", "sendCease", "stopTimers", "dropConnection"),
    NotifMsgVerErr: go("Idle", "the peer refuses the BGP version", "stopTimers", "dropConnection", "damp"),
    // A NOTIFICATION is never answered with another (section 6.4), though section 8.2.2 lists it with the FSM errors here.
    NotifMsg: go("Idle", "the peer closed the session", ...GIVE_UP),
  },
  otherwise: go("Idle", "not expected before the peer's OPEN", "sendFsmError", ...GIVE_UP),
};

// RFC 4271 section 8.2.2, OpenConfirm state. FSM error 2 of RFC 6608.
const OpenConfirm: FsmRow = {
  on: {
    ...ignored("OpenConfirm"),
    ...tracked("OpenConfirm"),
    ManualStop: go("Idle", "stopped", "sendCease", ...STOP),
    AutomaticStop: go("Idle", "stopped by itself", "sendCease", ...GIVE_UP),
    HoldTimer_Expires: go("Idle", "the peer sent no KEEPALIVE in time", "sendHoldTimerExpired", ...GIVE_UP),
    KeepaliveTimer_Expires: go("OpenConfirm", "time for a KEEPALIVE", "sendKeepalive", "startKeepalive"),
    TcpConnectionFails: go("Idle", "the connection was lost", ...GIVE_UP),
    BGPHeaderErr: go("Idle", "the peer sent a wrong header", "sendError", ...GIVE_UP),
    BGPOpenMsgErr: go("Idle", "the peer's OPEN is not acceptable", "sendError", ...GIVE_UP),
    OpenCollisionDump: go("Idle", "the other connection was kept", "sendCease", "stopTimers", "dropConnection"),
    NotifMsgVerErr: go("Idle", "the peer refuses the BGP version", "stopTimers", "dropConnection", "damp"),
    NotifMsg: go("Idle", "the peer closed the session", ...GIVE_UP),
    KeepAliveMsg: go("Established", "both sides agree", "restartHold", "startSendHold", "establish"),
  },
  otherwise: go("Idle", "not expected before the peer's KEEPALIVE", "sendFsmError", ...GIVE_UP),
};

// RFC 4271 section 8.2.2, Established state. FSM error 3 of RFC 6608.
const Established: FsmRow = {
  on: {
    ...ignored("Established"),
    ...tracked("Established"),
    ManualStop: go("Idle", "stopped", "sendCease", ...STOP),
    AutomaticStop: go("Idle", "stopped by itself", "sendCease", ...GIVE_UP),
    HoldTimer_Expires: go("Idle", "nothing was heard for the hold time", "sendHoldTimerExpired", ...GIVE_UP),
    KeepaliveTimer_Expires: go("Established", "time for a KEEPALIVE", "sendKeepalive", "startKeepalive"),
    // RFC 9687 section 3: the peer reads nothing, so the NOTIFICATION will hardly arrive; the connection goes in any case.
    SendHoldTimer_Expires: go(
      "Idle",
      "the peer took no bytes for the send hold time",
      "sendSendHoldTimerExpired",
      ...GIVE_UP,
    ),
    TcpConnectionFails: go("Idle", "the connection was lost", ...GIVE_UP),
    // Section 6.1 names the error, and is preferred to the FSM error that section 8.2.2 sends for the same event.
    BGPHeaderErr: go("Idle", "the peer sent a wrong header", "sendError", ...GIVE_UP),
    OpenCollisionDump: go("Idle", "the other connection was kept", "sendCease", "stopTimers", "dropConnection"),
    NotifMsgVerErr: go("Idle", "the peer closed the session", ...GIVE_UP),
    NotifMsg: go("Idle", "the peer closed the session", ...GIVE_UP),
    KeepAliveMsg: go("Established", "the peer is alive", "restartHold"),
    UpdateMsg: go("Established", "routes", "restartHold", "deliverUpdate"),
    UpdateMsgErr: go("Idle", "the peer sent a wrong UPDATE", "sendError", ...GIVE_UP),
  },
  otherwise: go("Idle", "not expected in an established session", "sendFsmError", ...GIVE_UP),
};

/** The finite state machine of RFC 4271 section 8: state by event. */
export const FSM_TABLE: Readonly<Record<FsmStateName, FsmRow>> = {
  Idle,
  Connect,
  Active,
  OpenSent,
  OpenConfirm,
  Established,
};
