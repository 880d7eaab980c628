import type { Endpoint } from "@vipkit/net";
import { ipToBytes, isVipkitError } from "@vipkit/net";
import type { NodeState, Ping } from "../wire/messages.js";
import {
  createStreamReader,
  encodeStreamMessage,
  type PushPull,
  type StreamMessage,
  type StreamReader,
} from "../wire/stream.js";
import { count, emit, type Core, type MemberRecord } from "./core.js";
import { mergeNodes } from "./membership.js";
import type { StreamId } from "./swim-types.js";
import type { Timer } from "./timers.js";

/** A stream of one request and at most one answer. */
export interface Stream {
  readonly reader: StreamReader;
  readonly timer: Timer;
  /** What to say once it is open; absent on streams that the other side opened. */
  readonly request: Uint8Array | undefined;
  /** Takes the answer. Returns whether the stream has served its purpose. */
  readonly onMessage: (message: StreamMessage) => void;
  /** Called once at the end: did it serve its purpose? */
  readonly onEnd: (served: boolean) => void;
  /** No answer is expected: it has served its purpose when the request is written. */
  readonly oneWay: boolean;
}

const STATE_NUMBER = { alive: 0, suspect: 1, dead: 2, left: 3 } as const;

function localView(core: Core, join: boolean): PushPull {
  const nodes = core.ring.map(({ name, ip, port, meta, incarnation, state, vsn }): NodeState => ({
    name,
    addr: ipToBytes(ip),
    port,
    meta,
    incarnation,
    state: STATE_NUMBER[state],
    vsn,
  }));
  return { type: "pushPull", join, nodes, userState: core.userState };
}

type Purpose = Pick<Stream, "onMessage" | "onEnd"> & { readonly oneWay?: boolean };

function dial(core: Core, to: Endpoint, timeoutMs: number, request: () => StreamMessage, purpose: Purpose): void {
  if (core.streams.size >= core.config.maxStreams) {
    count(core, "streams_full");
    return purpose.onEnd(false);
  }
  const stream = `out:${(core.streamNo += 1)}`;
  const timer = core.timers.schedule(core.now + timeoutMs, () => finish(core, stream, false));
  const bytes = encodeStreamMessage(request());
  core.streams.set(stream, { oneWay: false, ...purpose, request: bytes, reader: createStreamReader(), timer });
  core.effects.push({ type: "dial", stream, to: { ip: to.ip, port: to.port }, timeoutMs });
}

/** Makes both views equal. `onEnd` hears whether the other side has answered. */
export function dialPushPull(core: Core, to: Endpoint, join: boolean, onEnd: (answered: boolean) => void): void {
  dial(core, to, core.config.tcpTimeoutMs, () => localView(core, join), {
    onMessage: (message) => {
      if (message.type === "pushPull") merge(core, message);
    },
    onEnd,
  });
}

/** The ping that goes over TCP when UDP stays silent. */
export function dialPing(core: Core, member: MemberRecord, ping: Ping, timeoutMs: number, onAck: () => void): void {
  dial(core, member, timeoutMs, () => ping, {
    onMessage: (message) => {
      if (message.type === "ackResp" && message.seqNo === ping.seqNo) onAck();
    },
    onEnd: () => undefined,
  });
}

/** An application message that is too large for a datagram, or must arrive. */
export function dialUser(core: Core, member: MemberRecord, payload: Uint8Array, onEnd: (sent: boolean) => void): void {
  dial(core, member, core.config.tcpTimeoutMs, () => ({ type: "user", payload }), {
    oneWay: true,
    onMessage: () => undefined,
    onEnd,
  });
}

function merge(core: Core, { nodes, userState }: PushPull): void {
  mergeNodes(core, nodes);
  if (userState.length > 0) emit(core, { type: "remoteState", state: userState });
}

export function onAccepted(core: Core, id: StreamId): void {
  if (core.streams.size >= core.config.maxStreams || core.streams.has(id)) {
    count(core, "streams_full");
    core.effects.push({ type: "destroy", stream: id });
    return;
  }
  core.streams.set(id, {
    reader: createStreamReader(),
    timer: core.timers.schedule(core.now + core.config.tcpTimeoutMs, () => finish(core, id, false)),
    request: undefined,
    oneWay: false,
    onMessage: (message) => answer(core, id, message),
    onEnd: () => undefined,
  });
}

/** The other side's order matters: it gets our view as it was before its own is merged into it. */
function answer(core: Core, id: StreamId, message: StreamMessage): void {
  const reply = (bytes: StreamMessage): unknown =>
    core.effects.push({ type: "write", stream: id, bytes: encodeStreamMessage(bytes) });
  if (message.type === "pushPull") {
    reply(localView(core, false));
    merge(core, message);
  } else if (message.type === "ping") {
    if (message.node !== "" && message.node !== core.self.name) return count(core, "ping_for_another");
    reply({ type: "ackResp", seqNo: message.seqNo, payload: new Uint8Array(0) });
  } else if (message.type === "user") emit(core, { type: "user", payload: message.payload });
  else count(core, "stream_unexpected");
}

export function onConnected(core: Core, id: StreamId): void {
  const stream = core.streams.get(id);
  if (stream?.request === undefined) return;
  core.effects.push({ type: "write", stream: id, bytes: stream.request });
  if (stream.oneWay) finish(core, id, true);
}

export function onStreamBytes(core: Core, id: StreamId, bytes: Uint8Array): void {
  const stream = core.streams.get(id);
  if (stream === undefined) return;
  try {
    const message = stream.reader.push(bytes);
    if (message === undefined) return;
    stream.onMessage(message);
    if (message.type === "err") count(core, "stream_refused_by_peer");
    finish(core, id, message.type !== "err");
  } catch (error) {
    if (!isVipkitError(error)) throw error;
    count(core, error.code);
    finish(core, id, false);
  }
}

export function onClosed(core: Core, id: StreamId): void {
  const stream = core.streams.get(id);
  if (stream === undefined) return;
  core.streams.delete(id);
  core.timers.cancel(stream.timer);
  stream.onEnd(false);
}

function finish(core: Core, id: StreamId, served: boolean): void {
  const stream = core.streams.get(id);
  if (stream === undefined) return;
  core.streams.delete(id);
  core.timers.cancel(stream.timer);
  core.effects.push({ type: served ? "end" : "destroy", stream: id });
  stream.onEnd(served);
}
