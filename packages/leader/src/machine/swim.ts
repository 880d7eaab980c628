import { VipkitError, type Endpoint, type Machine, type Millis, type Tick } from "@vipkit/net";
import { LIMITS } from "../wire/limits.js";
import type { Message } from "../wire/messages.js";
import { decodePacket } from "../wire/packet.js";
import { utf8Bytes } from "../wire/utf8.js";
import {
  count,
  createCore,
  emit,
  isLiving,
  livingOthers,
  othersOf,
  viewOf,
  type Core,
  type SwimOptions,
} from "./core.js";
import { announceSelf, onAlive, onDead, onSuspect } from "./membership.js";
import { onIndirectPing, onPing, onSendFailed, startProbes } from "./probe.js";
import { join, startHealing, startPushPulls } from "./reach.js";
import { sendToMember, spread } from "./spread.js";
import { dialUser, onAccepted, onClosed, onConnected, onStreamBytes } from "./streams.js";
import type { MemberView, SwimEffect, SwimInput, SwimSnapshot } from "./swim-types.js";

/** A member of the cluster as a machine: packets, streams and time in; packets, streams and events out. */
export interface Swim extends Machine<SwimInput, SwimEffect> {
  /** Members that are alive or suspect, ourselves included, by name. */
  members(): readonly MemberView[];
  snapshot(): SwimSnapshot;
}

/**
 * Creates a member. It speaks as soon as it gets its first tick.
 * @throws VipkitError `ERR_MEMBER_NAME`, `ERR_MEMBER_META`
 */
export function createSwim(options: SwimOptions): Swim {
  checkName(options.name);
  checkMeta(options.meta);
  const core = createCore(options);
  startProbes(core);
  startPushPulls(core);
  startHealing(core);
  emit(core, { type: "join", member: viewOf(core.self) });
  return {
    handle: (input, now) => {
      core.now = Math.max(core.now, now);
      if (input.type === "tick") onTick(core);
      else onInput(core, input);
      return core.effects.splice(0);
    },
    get deadline() {
      return core.effects.length > 0 ? core.now : core.timers.next;
    },
    members: () => views(core).filter(({ state }) => state === "alive" || state === "suspect"),
    snapshot: () => ({
      name: core.self.name,
      members: views(core),
      score: core.score,
      queuedBroadcasts: core.broadcasts.length,
      openStreams: core.streams.size,
      counters: { ...core.counters },
    }),
  };
}

function views(core: Core): MemberView[] {
  return core.ring.map(viewOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws VipkitError `ERR_MEMBER_NAME` */
function checkName(name: string): void {
  const { length } = utf8Bytes(name);
  if (length > 0 && length <= LIMITS.nameBytes) return;
  throw new VipkitError("ERR_MEMBER_NAME", `a member's name has 1 to ${LIMITS.nameBytes} octets, not ${length}`);
}

/** @throws VipkitError `ERR_MEMBER_META` */
function checkMeta(meta: Uint8Array | undefined): void {
  if (meta === undefined || meta.length <= LIMITS.metaBytes) return;
  throw new VipkitError("ERR_MEMBER_META", `metadata has at most ${LIMITS.metaBytes} octets, not ${meta.length}`);
}

/**
 * A machine that was not run for a while (a busy or paused process) must not take the answers that wait unread for silence:
 * time that it has slept does not count.
 */
function onTick(core: Core): void {
  const lateMs = core.now - core.timers.next;
  const graceMs = core.config.probeTimeoutMs / 2;
  if (lateMs > graceMs) {
    count(core, "slept");
    core.timers.postpone(lateMs + graceMs);
  }
  core.timers.run(core.now);
}

function onInput(core: Core, input: Exclude<SwimInput, Tick>): void {
  switch (input.type) {
    case "packet":
      return onPacket(core, input.bytes, input.from);
    case "sendFailed":
      return onSendFailed(core, input.to);
    case "accepted":
      return onAccepted(core, input.stream);
    case "connected":
      return onConnected(core, input.stream);
    case "bytes":
      return onStreamBytes(core, input.stream, input.bytes);
    case "closed":
      return onClosed(core, input.stream);
    case "join":
      return join(core, input.request, input.to);
    case "setMeta":
      return setMeta(core, input.meta);
    case "setState":
      core.userState = input.state;
      return;
    case "leave":
      return leave(core, input.timeoutMs);
    case "broadcast":
      return spread(core, undefined, { type: "user", payload: input.payload });
    case "setSeeds":
      core.seeds = othersOf(input.seeds, core.self);
      return;
    case "sendUser":
      return sendUser(core, input);
  }
}

function onPacket(core: Core, bytes: Uint8Array, from: Endpoint): void {
  const { messages, problems } = decodePacket(bytes);
  for (const { code } of problems) count(core, code);
  for (const message of messages) onMessage(core, message, from);
}

function onMessage(core: Core, message: Message, from: Endpoint): void {
  switch (message.type) {
    case "ping":
      return onPing(core, message, from);
    case "indirectPing":
      return onIndirectPing(core, message, from);
    case "ackResp":
      return core.waiters.get(message.seqNo)?.onAck();
    case "nackResp":
      return core.waiters.get(message.seqNo)?.onNack();
    case "suspect":
      return onSuspect(core, message);
    case "alive":
      return onAlive(core, message);
    case "dead":
      return onDead(core, message);
    case "user":
      return emit(core, { type: "user", payload: message.payload });
    case "err":
      return count(core, "err_in_packet");
  }
}

function setMeta(core: Core, meta: Uint8Array): void {
  checkMeta(meta);
  core.self.meta = meta;
  core.incarnation += 1;
  announceSelf(core);
  emit(core, { type: "update", member: viewOf(core.self) });
}

/** Done when the farewell has been sent often enough, or at once when nobody is there to hear it. */
function leave(core: Core, timeoutMs: Millis): void {
  if (core.leaving) return;
  core.leaving = true;
  let waits = true;
  const left = (): void => {
    if (!waits) return;
    waits = false;
    core.timers.cancel(timer);
    core.effects.push({ type: "left" });
  };
  const timer = core.timers.schedule(core.now + timeoutMs, left);
  const { name: node } = core.self;
  const alone = livingOthers(core).length === 0;
  onDead(core, { type: "dead", incarnation: core.self.incarnation, node, from: node }, left);
  if (alone) left();
}

function sendUser(core: Core, { request, name, payload, reliable }: Extract<SwimInput, { type: "sendUser" }>): void {
  const member = core.members.get(name);
  const ended = (sent: boolean): unknown => core.effects.push({ type: "userSent", request, sent });
  if (member === undefined || !isLiving(member)) ended(false);
  else if (reliable) dialUser(core, member, payload, ended);
  else {
    sendToMember(core, member, [{ type: "user", payload }]);
    ended(true);
  }
}
