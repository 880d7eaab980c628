import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import type { Host, Prefix } from "@vipkit/net";
import { nodeHost } from "@vipkit/net/node";
import type { Route } from "../../machine/routes/route.js";
import type { UpdateView } from "../../wire/update-view.js";
import { drivePeer, type DrivenPeer } from "../drive-peer.js";
import type { DrivenPeerEvent } from "../peer.js";
import { unpackPrefixRows } from "./packed-prefixes.js";
import {
  Tally,
  type RouteBatch,
  type ThreadHost,
  type ThreadOrder,
  type ThreadReport,
  type ThreadWork,
} from "./messages.js";

/** What an event weighs, roughly. */
const EVENT_OCTETS = 512;
/** Events of which a peer can cause as many as it likes, and that the counters show as well. */
const EXPENDABLE: ReadonlySet<DrivenPeerEvent["type"]> = new Set(["malformed", "lag", "endOfRib"]);

interface Serving {
  readonly work: ThreadWork;
  readonly port: MessagePort;
  readonly host: Host;
  readonly tally: Int32Array;
  readonly peers: Map<number, DrivenPeer>;
  /** Octets handed over, modulo 2^32. */
  sent: number;
}

async function hostFor(wanted: ThreadHost): Promise<Host> {
  if (wanted.type === "node") return nodeHost();
  const { linuxHost } = await import("@vipkit/link/node");
  return linuxHost({ namespace: wanted.namespace });
}

function report({ port }: Serving, message: ThreadReport): void {
  port.postMessage(message);
}

/** Hands over what the other side must deal with. @returns false when it is too far behind */
function handOver(serving: Serving, weight: number, message: ThreadReport): boolean {
  const behind = (serving.sent - Atomics.load(serving.tally, Tally.handled)) >>> 0;
  if (behind + weight > serving.work.maxWaitingOctets) return false;
  serving.sent = (serving.sent + weight) | 0;
  report(serving, message);
  return true;
}

function tellEvent(serving: Serving, peer: number, event: DrivenPeerEvent): void {
  const expendable = EXPENDABLE.has(event.type);
  const weight = expendable ? EVENT_OCTETS : 0;
  if (expendable) handOver(serving, weight, { type: "event", peer, weight, event });
  else report(serving, { type: "event", peer, weight, event });
}

function tellUpdate(serving: Serving, peer: number, view: UpdateView): void {
  const bytes = view.bytes.slice();
  const weight = bytes.length;
  if (handOver(serving, weight, { type: "update", peer, weight, view: { ...view, bytes } })) return;
  serving.peers.get(peer)?.send({ type: "overload", text: "nobody takes the received routes" });
}

function start(serving: Serving, order: ThreadOrder & { type: "start" }): void {
  const { peer: number, config, lagWarningMs, wantsUpdates, wantsRecord } = order;
  const record = (line: string): void => report(serving, { type: "record", peer: number, line });
  const driven = drivePeer({ host: serving.host, config, lagWarningMs, ...(wantsRecord ? { record } : {}) });
  serving.peers.set(number, driven);
  driven.peer.onEvent((event) => tellEvent(serving, number, event));
  if (wantsUpdates) driven.onView((view) => tellUpdate(serving, number, view));
  driven.start();
}

/** Written out: spreading a template takes several times as long. */
function routeOf(words: RouteBatch["route"], prefix: Prefix): Route {
  const { nextHop, localPref, med, communities, largeCommunities, extCommunities, asPathPrepend, origin, pathId } =
    words;
  return {
    prefix,
    nextHop,
    localPref,
    med,
    communities,
    largeCommunities,
    extCommunities,
    asPathPrepend,
    origin,
    pathId,
  };
}

function routesOf(batches: readonly RouteBatch[]): Route[] {
  return batches.flatMap(({ route, prefixes }) => unpackPrefixRows(prefixes).map((prefix) => routeOf(route, prefix)));
}

function change(serving: Serving, { peer, withdraw, announce, more }: ThreadOrder & { type: "change" }): void {
  serving.peers
    .get(peer)
    ?.send({ type: "change", withdraw: unpackPrefixRows(withdraw), announce: routesOf(announce), more });
  report(serving, { type: "taken", peer });
}

function answer({ work, tally, peers }: Serving, number: number, question: number): void {
  work.answers.postMessage({ question, snapshot: peers.get(number)?.peer.snapshot() });
  Atomics.add(tally, Tally.answered, 1);
  Atomics.notify(tally, Tally.answered);
}

async function finish(serving: Serving, number: number, ends: (driven: DrivenPeer) => Promise<void>): Promise<void> {
  const driven = serving.peers.get(number);
  if (driven === undefined) return;
  await ends(driven);
  if (!serving.peers.delete(number)) return;
  report(serving, { type: "stopped", peer: number, last: driven.peer.snapshot() });
}

async function close(serving: Serving, text: string | undefined): Promise<void> {
  const numbers = [...serving.peers.keys()];
  await Promise.all(numbers.map((number) => finish(serving, number, ({ peer }) => peer.stop(text))));
  // Nothing is left but connections that say goodbye: the thread ends with the last of them.
  serving.port.close();
  serving.work.answers.close();
}

function obey(serving: Serving, order: ThreadOrder): void {
  const driven = order.type === "close" ? undefined : serving.peers.get(order.peer);
  switch (order.type) {
    case "start":
      return start(serving, order);
    case "change":
      return change(serving, order);
    case "failure":
      return driven?.peer.failureDetected(order.text);
    case "drain":
      return void finish(serving, order.peer, ({ peer }) => peer.drain(order));
    case "stop":
      return void finish(serving, order.peer, ({ peer }) => peer.stop(order.text));
    case "ask":
      return answer(serving, order.peer, order.question);
    case "close":
      return void close(serving, order.text);
  }
}

/** Runs sessions for whoever has started this thread. Does nothing outside such a thread. */
export async function serve(): Promise<void> {
  const work = workerData as ThreadWork | null | undefined;
  if (parentPort === null || work?.vipkit !== "bgp") return;
  const serving: Serving = {
    work,
    port: parentPort,
    host: await hostFor(work.host),
    tally: new Int32Array(work.tally),
    peers: new Map(),
    sent: 0,
  };
  parentPort.on("message", (order: ThreadOrder) => obey(serving, order));
  report(serving, { type: "ready" });
}
