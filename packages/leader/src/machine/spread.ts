import type { Endpoint } from "@vipkit/net";
import { encodeMessage, type Message } from "../wire/messages.js";
import { COMPOUND_HEAD_BYTES, COMPOUND_PART_BYTES, CRC_BYTES, encodeCompound, withCrc } from "../wire/packet.js";
import { isLiving, livingOthers, type Core, type MemberRecord } from "./core.js";
import { retransmitLimit } from "./formulas.js";
import { pickRandom } from "./random.js";

/** Sends a message and whatever rumours fit behind it. Strangers get no rumours: an answer must not be larger than the question. */
export function sendWithRumours(core: Core, to: Endpoint, message: Message, known: boolean): void {
  const first = encodeMessage(message);
  const budget = core.config.packetBytes - first.length - COMPOUND_HEAD_BYTES - COMPOUND_PART_BYTES;
  sendParts(core, to, [first, ...(known ? takeRumours(core, budget) : [])]);
}

/** Sends these messages in one packet, with a checksum where the member reads one (from protocol 5 on). */
export function sendToMember(core: Core, member: MemberRecord, messages: readonly Message[]): void {
  sendParts(core, member, messages.map(encodeMessage), (member.vsn[1] ?? 0) >= 5);
}

function sendParts(core: Core, to: Endpoint, parts: readonly Uint8Array[], crc = false): void {
  const packet = parts.length === 1 ? parts[0]! : encodeCompound(parts);
  core.effects.push({ type: "send", bytes: crc ? withCrc(packet) : packet, to: { ip: to.ip, port: to.port } });
}

function takeRumours(core: Core, budget: number): Uint8Array[] {
  if (core.broadcasts.length === 0) return [];
  const limit = retransmitLimit(core.config.retransmitMult, core.members.size);
  return core.broadcasts.take(budget, COMPOUND_PART_BYTES, limit);
}

/** Queues a rumour about a member. It replaces an older one about the same. */
export function spread(core: Core, name: string | undefined, message: Message, done?: () => void): void {
  core.broadcasts.queue(name, encodeMessage(message), done);
  armGossip(core);
}

/** In a mesh, what we have found out ourselves goes to everybody at once: waiting for a round only makes failover slower. */
export function tellMesh(core: Core, message: Message): void {
  const others = livingOthers(core);
  if (others.length > core.config.meshLimit) return;
  for (const member of others) sendToMember(core, member, [message]);
}

/** A round comes only when there is something to tell, so an idle cluster is woken by its probes alone. */
function armGossip(core: Core): void {
  if (core.gossipArmed || core.broadcasts.length === 0) return;
  core.gossipArmed = true;
  core.timers.schedule(core.now + core.config.gossipIntervalMs, () => {
    core.gossipArmed = false;
    gossip(core);
    armGossip(core);
  });
}

function gossip(core: Core): void {
  const { gossipNodes, gossipToTheDeadMs, packetBytes } = core.config;
  const hears = (member: MemberRecord): boolean =>
    member !== core.self &&
    (isLiving(member) || (member.state === "dead" && core.now - member.changedAt <= gossipToTheDeadMs));
  for (const member of pickRandom(core.random, core.ring, gossipNodes, hears)) {
    const parts = takeRumours(core, packetBytes - COMPOUND_HEAD_BYTES - CRC_BYTES);
    if (parts.length === 0) return;
    sendParts(core, member, parts, (member.vsn[1] ?? 0) >= 5);
  }
}
