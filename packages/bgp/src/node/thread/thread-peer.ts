import type { Millis } from "@vipkit/net";
import type { PeerSettings } from "../../machine/peer/config.js";
import { createPeerMachine } from "../../machine/peer/machine.js";
import type { DrainOptions, DrivenPeerEvent, DrivenPeerSnapshot, Peer, PeerOptions } from "../peer.js";
import { receivedUpdate } from "../received-update.js";
import { createDesiredRoutes } from "./desired-routes.js";
import type { ThreadOrder, ThreadReport } from "./messages.js";

/** What a peer in front of a thread needs of it. */
export interface ThreadLine {
  send(order: ThreadOrder): void;
  /** The thread's own answer, while the caller waits; undefined when there is none. */
  ask(peer: number): DrivenPeerSnapshot | undefined;
  now(): Millis;
}

/** A peer whose session runs in a thread, and what the thread tells it. */
export interface ThreadPeer {
  readonly peer: Peer;
  hear(report: Exclude<ThreadReport, { type: "ready" }>): void;
  /** The thread is gone. */
  lose(reason: string): void;
}

export type ThreadPeerOptions = Omit<PeerOptions, "host">;

interface Front {
  readonly number: number;
  readonly line: ThreadLine;
  readonly options: ThreadPeerOptions;
  readonly listeners: Set<(event: DrivenPeerEvent) => void>;
  readonly waiting: Set<() => void>;
  readonly routes: ReturnType<typeof createDesiredRoutes>;
  /** A piece of routes is on its way. */
  busy: boolean;
  over: boolean;
  established: boolean;
  /** Of a peer that has never started. */
  readonly unborn: DrivenPeerSnapshot;
  last: DrivenPeerSnapshot;
}

function emit(front: Front, event: DrivenPeerEvent): void {
  if (event.type === "established") front.established = true;
  if (event.type === "down") front.established = false;
  for (const listener of front.listeners) listener(event);
}

function flush(front: Front): void {
  if (front.busy || front.over) return;
  const piece = front.routes.take();
  if (piece === undefined) return;
  front.busy = true;
  front.line.send({ type: "change", peer: front.number, ...piece });
}

function end(front: Front): void {
  front.over = true;
  for (const done of front.waiting) done();
  front.waiting.clear();
}

function finished(front: Front, order: ThreadOrder): Promise<void> {
  if (front.over) return Promise.resolve();
  return new Promise((resolve) => {
    front.waiting.add(resolve);
    front.line.send(order);
  });
}

function snapshot(front: Front): DrivenPeerSnapshot {
  if (!front.over) front.last = front.line.ask(front.number) ?? front.last;
  return front.last;
}

function peerOf(front: Front, settings: PeerSettings): Peer {
  const { number, routes, line } = front;
  const changing =
    <T>(change: (wanted: T) => void) =>
    (wanted: T): void => {
      change(wanted);
      flush(front);
    };
  return {
    name: settings.name,
    config: settings,
    advertise: changing(routes.replace),
    announce: changing(routes.announce),
    withdraw: changing(routes.withdraw),
    snapshot: () => snapshot(front),
    onEvent: (listener) => {
      front.listeners.add(listener);
      return () => void front.listeners.delete(listener);
    },
    failureDetected: (text) => {
      if (!front.over) line.send({ type: "failure", peer: number, text });
    },
    drain: ({ text, waitMs = 0 }: DrainOptions = {}) => finished(front, { type: "drain", peer: number, text, waitMs }),
    stop: (text) => finished(front, { type: "stop", peer: number, text }),
  };
}

function hear(front: Front, peer: Peer, report: Exclude<ThreadReport, { type: "ready" }>): void {
  switch (report.type) {
    case "taken":
      front.busy = false;
      return flush(front);
    case "event":
      return emit(front, report.event);
    case "update":
      return front.options.onUpdate?.(receivedUpdate(report.view), peer);
    case "record":
      return front.options.record?.(report.line);
    case "stopped":
      front.last = report.last;
      return end(front);
  }
}

/** The session went with the thread: its sockets are closed by now, and nobody has said goodbye. */
function lose(front: Front, reason: string): void {
  if (front.over) return;
  const { counters, maxLagMs } = front.last;
  front.last = { ...front.unborn, counters, maxLagMs, lastError: reason };
  if (front.established) emit(front, { type: "down", reason, state: "Idle" });
  emit(front, { type: "crashed", reason });
  end(front);
}

/** @throws VipkitError `ERR_BGP_CONFIG` */
export function createThreadPeer(number: number, options: ThreadPeerOptions, line: ThreadLine): ThreadPeer {
  const now = line.now();
  // Checks the configuration here and now, and says what there is to say until the thread answers.
  const machine = createPeerMachine(options.config, 0, now);
  const unborn: DrivenPeerSnapshot = { ...machine.snapshot(now), maxLagMs: 0 };
  const front: Front = {
    number,
    line,
    options,
    listeners: new Set(),
    waiting: new Set(),
    routes: createDesiredRoutes(),
    busy: false,
    over: false,
    established: false,
    unborn,
    last: unborn,
  };
  const peer = peerOf(front, machine.settings);
  line.send({
    type: "start",
    peer: number,
    config: options.config,
    lagWarningMs: options.lagWarningMs,
    wantsUpdates: options.onUpdate !== undefined,
    wantsRecord: options.record !== undefined,
  });
  return { peer, hear: (report) => hear(front, peer, report), lose: (reason) => lose(front, reason) };
}
