import {
  drive,
  type ByteStream,
  type Clock,
  type DialOptions,
  type Driver,
  type Host,
  type Machine,
  type Millis,
} from "@vipkit/net";
import type { PeerSettings } from "../machine/peer/config.js";
import type { PeerEffect, PeerInput } from "../machine/peer/effects.js";
import { createPeerMachine, type PeerMachine } from "../machine/peer/machine.js";
import { recordHeader, recordStep } from "../machine/peer/record.js";
import type { UpdateView } from "../wire/update-view.js";
import type { DrivenPeerEvent, LocalPeer, PeerOptions } from "./peer.js";

/** A peer that takes nothing more is cut off after this long. */
const FLUSH_MS = 1000;

/** GTSM (RFC 5082 section 3): packets start with 255, and may have lost one for each hop but the last. */
export function ttlOptions(
  settings: Pick<PeerSettings, "ttlSecurity" | "ebgpMultihop">,
): Pick<DialOptions, "ttl" | "minTtl"> {
  const { ttlSecurity, ebgpMultihop } = settings;
  if (ttlSecurity !== undefined) return { ttl: 255, minTtl: 256 - ttlSecurity };
  return ebgpMultihop === undefined ? {} : { ttl: ebgpMultihop };
}

function dialOptions(settings: PeerSettings, timeoutMs: Millis): DialOptions {
  const { remote, source, password, device, userTimeoutMs } = settings;
  return { remote, source, password, device, userTimeoutMs, timeoutMs, ...ttlOptions(settings) };
}

interface Running {
  readonly host: Host;
  readonly machine: PeerMachine;
  readonly streams: Map<number, ByteStream>;
  /** Closed connections whose last bytes are on their way: each ends the wait for them. */
  readonly flushing: Map<number, () => void>;
  /** Dials that were called off before they were answered. */
  readonly calledOff: Set<number>;
  readonly listeners: Set<(event: DrivenPeerEvent) => void>;
  readonly waiting: Set<() => void>;
  send: Driver<PeerInput>["send"];
  onView: ((view: UpdateView) => void) | undefined;
  nextAccepted: number;
  maxLagMs: Millis;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function attach(running: Running, connection: number, stream: ByteStream): void {
  running.streams.set(connection, stream);
  const gone = (error?: Error): void => {
    running.streams.delete(connection);
    running.flushing.get(connection)?.();
    running.flushing.delete(connection);
    running.send({ type: "closed", connection, error: error?.message });
  };
  running.send({ type: "connected", connection, local: stream.local, remote: stream.remote });
  stream.onBytes((bytes) => running.send({ type: "bytes", connection, bytes }));
  stream.onDrain(() => running.send({ type: "backlog", connection, bytes: stream.backlog }));
  stream.onClose(gone);
}

function dial(running: Running, connection: number, timeoutMs: Millis): void {
  running.host.dial(dialOptions(running.machine.settings, timeoutMs)).then(
    (stream) => {
      if (running.calledOff.delete(connection)) stream.destroy();
      else attach(running, connection, stream);
    },
    (error: unknown) => {
      if (!running.calledOff.delete(connection))
        running.send({ type: "dialFailed", connection, error: messageOf(error) });
    },
  );
}

function close(running: Running, connection: number, flush: boolean): void {
  const stream = running.streams.get(connection);
  if (stream === undefined) {
    // Odd numbers are dials: this one is still under way.
    if (connection % 2 === 1) running.calledOff.add(connection);
    return;
  }
  running.streams.delete(connection);
  if (!flush) return stream.destroy();
  const patience = running.host.clock.after(FLUSH_MS, () => stream.destroy());
  running.flushing.set(connection, patience);
  stream.end();
}

function emit(running: Running, event: DrivenPeerEvent): void {
  for (const listener of running.listeners) listener(event);
  if (event.type !== "stopped") return;
  for (const done of running.waiting) done();
  running.waiting.clear();
}

/** What the machine wants done, and how much of what it wrote still waits, reported to it. */
type DrivenEffect = PeerEffect | { readonly type: "report"; readonly connections: ReadonlySet<number> };

/**
 * One report behind all writes of a step. After each of them it would say that the network keeps up, with the rest not yet
 * written: the machine would make more every time, and a peer that stops to read would find megabytes waiting for it.
 */
function reporting(machine: PeerMachine): Machine<PeerInput, DrivenEffect> {
  return {
    get deadline(): Millis {
      return machine.deadline;
    },
    handle: (input, now) => {
      const effects = machine.handle(input, now);
      const connections = new Set<number>();
      for (const effect of effects) if (effect.type === "write") connections.add(effect.connection);
      return connections.size === 0 ? effects : [...effects, { type: "report", connections }];
    },
  };
}

function report(running: Running, connections: ReadonlySet<number>): void {
  for (const connection of connections) {
    const stream = running.streams.get(connection);
    if (stream !== undefined) running.send({ type: "backlog", connection, bytes: stream.backlog });
  }
}

function perform(running: Running, effect: DrivenEffect): void {
  switch (effect.type) {
    case "dial":
      return dial(running, effect.connection, effect.timeoutMs);
    case "write":
      return running.streams.get(effect.connection)?.write(effect.bytes);
    case "report":
      return report(running, effect.connections);
    case "close":
      return close(running, effect.connection, effect.flush);
    case "event":
      return emit(running, effect.event);
    case "update":
      return running.onView?.(effect.update);
  }
}

/** Later than this, and bytes have been waiting as well. */
const LATE_MS: Millis = 20;

/**
 * The host's clock, with an eye on how late timers fire: a loop that is blocked sends no KEEPALIVE. Late timers let the
 * network speak first, or a hold time would end while the peer's KEEPALIVEs lie in the socket.
 */
function watchedClock(running: Running, clock: Clock, warningMs: Millis): Clock {
  return {
    now: () => clock.now(),
    after: (delayMs, wake) => {
      const due = clock.now() + Math.max(0, delayMs);
      let cancel = clock.after(delayMs, () => {
        const late = clock.now() - due;
        if (late > running.maxLagMs) running.maxLagMs = late;
        if (late >= warningMs) emit(running, { type: "lag", ms: late });
        if (late < LATE_MS) wake();
        else cancel = clock.after(0, wake);
      });
      return () => cancel();
    },
  };
}

function recorded(machine: PeerMachine, record: PeerOptions["record"]): PeerMachine {
  if (record === undefined) return machine;
  return {
    ...machine,
    get deadline(): Millis {
      return machine.deadline;
    },
    get state(): PeerMachine["state"] {
      return machine.state;
    },
    handle: (input, now) => {
      const effects = machine.handle(input, now);
      record(recordStep(now, input, effects));
      return effects;
    },
  };
}

function finished(running: Running, input: PeerInput): Promise<void> {
  if (!running.machine.state.started) return Promise.resolve();
  return new Promise((resolve) => {
    running.waiting.add(resolve);
    running.send(input);
  });
}

function peerOf(running: Running): LocalPeer {
  const { machine, send, host } = running;
  return {
    name: machine.settings.name,
    config: machine.settings,
    advertise: (routes) => send({ type: "advertise", routes: [...routes] }),
    announce: (routes) => send({ type: "change", announce: [...routes], withdraw: [] }),
    withdraw: (prefixes) => send({ type: "change", announce: [], withdraw: [...prefixes] }),
    snapshot: () => ({ ...machine.snapshot(host.clock.now()), maxLagMs: Math.round(running.maxLagMs) }),
    onEvent: (listener) => {
      running.listeners.add(listener);
      return () => void running.listeners.delete(listener);
    },
    failureDetected: (text) => send({ type: "failure", text }),
    drain: ({ text, waitMs = 0 } = {}) => finished(running, { type: "drain", text, waitMs }),
    stop: (text) => finished(running, { type: "stop", text }),
    accept: (stream) => {
      const connection = running.nextAccepted;
      running.nextAccepted += 2;
      attach(running, connection, stream);
    },
  };
}

/** A peer that has not started yet, and what only the driver's own parts may do with it. */
export interface DrivenPeer {
  readonly peer: LocalPeer;
  /** Whoever wants the UPDATEs. Their bytes change when the listener has returned. */
  onView(listener: (view: UpdateView) => void): void;
  send(input: PeerInput): void;
  start(): void;
}

/** @throws VipkitError `ERR_BGP_CONFIG` */
export function drivePeer(options: Omit<PeerOptions, "onUpdate">): DrivenPeer {
  const { host, config, record, lagWarningMs = 1000 } = options;
  const seed = Math.floor(host.random() * 0x1_0000_0000);
  const now = host.clock.now();
  const machine = createPeerMachine(config, seed, now);
  record?.(recordHeader(config, seed, now));
  const running: Running = {
    host,
    machine,
    streams: new Map(),
    flushing: new Map(),
    calledOff: new Set(),
    listeners: new Set(),
    waiting: new Set(),
    send: () => undefined,
    onView: undefined,
    nextAccepted: 2,
    maxLagMs: 0,
  };
  const clock = watchedClock(running, host.clock, lagWarningMs);
  const driver = drive(reporting(recorded(machine, record)), clock, (effect) => perform(running, effect));
  running.send = (input) => driver.send(input);
  return {
    peer: peerOf(running),
    onView: (listener) => {
      running.onView = listener;
    },
    send: running.send,
    start: () => driver.send({ type: "start" }),
  };
}
