import { ipToBytes, type Endpoint } from "@vipkit/net";
import type { Ack, IndirectPing, Nack, Ping } from "../wire/messages.js";
import {
  addScore,
  count,
  isLiving,
  livingOthers,
  nextSeqNo,
  sameEndpoint,
  wireEndpoint,
  type Core,
  type MemberRecord,
} from "./core.js";
import { onSuspect } from "./membership.js";
import { pickRandom, shuffle } from "./random.js";
import { sendToMember, sendWithRumours } from "./spread.js";
import { dialPing } from "./streams.js";
import type { Timer } from "./timers.js";

/** Who waits for an ack with a certain number. */
export interface Waiter {
  onAck(): void;
  onNack(): void;
}

/** One probe of one member: a ping, then pings through others and over TCP, then the verdict. */
export interface Probe {
  readonly member: MemberRecord;
  readonly seqNo: number;
  expectedNacks: number;
  nacks: number;
  /** An answer has come over TCP, though none over UDP. */
  tcpAck: boolean;
  helped: boolean;
  helpTimer: Timer | undefined;
  endTimer: Timer | undefined;
}

/** Starts the endless round. The first probe comes at a random time, so that members do not probe in step. */
export function startProbes(core: Core): void {
  const tick = (): void => {
    const started = core.now;
    if (isMesh(core)) {
      reap(core);
      for (const member of livingOthers(core)) if (member.probe === undefined) startProbe(core, member);
    } else {
      const next = nextTarget(core);
      if (next !== undefined) startProbe(core, next);
    }
    core.timers.schedule(started + core.config.probeIntervalMs * (isMesh(core) ? 1 : core.score + 1), tick);
  };
  core.timers.schedule(core.now + core.random.next() * core.config.probeIntervalMs, tick);
}

function isMesh(core: Core): boolean {
  return core.config.meshLimit > 0 && livingOthers(core).length <= core.config.meshLimit;
}

/** Round robin over a list that is shuffled whenever it has been gone through. */
function nextTarget(core: Core): MemberRecord | undefined {
  for (let looked = 0; looked <= core.members.size; looked += 1) {
    if (core.ringAt >= core.ring.length) {
      reap(core);
      shuffle(core.random, core.ring);
      core.ringAt = 0;
    }
    const member = core.ring[core.ringAt++];
    if (member !== undefined && member !== core.self && isLiving(member) && member.probe === undefined) return member;
  }
  return undefined;
}

/** Forgets members that have been gone for long enough that nobody still speaks of them. */
function reap(core: Core): void {
  for (let i = core.ring.length - 1; i >= 0; i -= 1) {
    const member = core.ring[i]!;
    if (member === core.self || isLiving(member) || core.now - member.changedAt <= core.config.gossipToTheDeadMs)
      continue;
    core.ring.splice(i, 1);
    if (i < core.ringAt) core.ringAt -= 1;
    core.members.delete(member.name);
  }
}

function startProbe(core: Core, member: MemberRecord): void {
  const { probeIntervalMs, probeTimeoutMs } = core.config;
  const seqNo = nextSeqNo(core);
  const probe: Probe = {
    member,
    seqNo,
    expectedNacks: 0,
    nacks: 0,
    tcpAck: false,
    helped: false,
    helpTimer: undefined,
    endTimer: undefined,
  };
  member.probe = probe;
  core.waiters.set(seqNo, {
    onAck: () => {
      endProbe(core, probe);
      addScore(core, -1);
    },
    onNack: () => (probe.nacks += 1),
  });
  probe.endTimer = core.timers.schedule(core.now + probeIntervalMs * (core.score + 1), () => failProbe(core, probe));
  probe.helpTimer = core.timers.schedule(core.now + probeTimeoutMs, () => askForHelp(core, probe));
  const ping = pingTo(core, member.name, seqNo);
  if (member.state === "alive") sendWithRumours(core, member, ping, true);
  else {
    // Tell the accused along with the ping, so that it can refute at once.
    const { name: node, incarnation } = member;
    sendToMember(core, member, [ping, { type: "suspect", incarnation, node, from: core.self.name }]);
  }
}

function pingTo(core: Core, node: string, seqNo: number): Ping {
  const { ip, port, name } = core.self;
  return { type: "ping", seqNo, node, sourceAddr: ipToBytes(ip), sourcePort: port, sourceNode: name };
}

/** The direct ping is late: others try, and TCP does, in case that only our way by UDP is cut. */
function askForHelp(core: Core, probe: Probe): void {
  if (probe.helped || probe.member.probe !== probe) return;
  probe.helped = true;
  core.timers.cancel(probe.helpTimer);
  const { member, seqNo } = probe;
  const mayHelp = (other: MemberRecord): boolean => other !== core.self && other !== member && other.state === "alive";
  for (const helper of pickRandom(core.random, core.ring, core.config.indirectChecks, mayHelp)) {
    const nack = (helper.vsn[1] ?? 0) >= 4;
    if (nack) probe.expectedNacks += 1;
    const { ip, port, name: node } = member;
    const ask: IndirectPing = { ...pingTo(core, node, seqNo), type: "indirectPing", target: ipToBytes(ip), port, nack };
    sendWithRumours(core, helper, ask, true);
  }
  if (core.config.tcpPings && (member.vsn[1] ?? 0) >= 3) {
    dialPing(core, member, pingTo(core, member.name, seqNo), core.config.probeIntervalMs, () => (probe.tcpAck = true));
  }
}

function failProbe(core: Core, probe: Probe): void {
  endProbe(core, probe);
  const { member, tcpAck, expectedNacks, nacks } = probe;
  if (!isLiving(member)) return;
  if (tcpAck) {
    count(core, "udp_lost_tcp_alive");
    return addScore(core, -1);
  }
  // Helpers that are silent as well are a sign that the fault is ours.
  addScore(core, expectedNacks > 0 ? Math.max(0, expectedNacks - nacks) : 1);
  count(core, "probes_failed");
  const { name: node, incarnation } = member;
  onSuspect(core, { type: "suspect", incarnation, node, from: core.self.name }, true);
}

function endProbe(core: Core, probe: Probe): void {
  core.waiters.delete(probe.seqNo);
  core.timers.cancel(probe.helpTimer);
  core.timers.cancel(probe.endTimer);
  if (probe.member.probe === probe) probe.member.probe = undefined;
}

/** The network refused a datagram: no use in waiting for the answer. */
export function onSendFailed(core: Core, to: Endpoint): void {
  count(core, "send_failed");
  for (const member of core.ring) {
    if (member.probe !== undefined && sameEndpoint(member, to)) askForHelp(core, member.probe);
  }
}

export function onPing(core: Core, ping: Ping, from: Endpoint): void {
  if (ping.node !== "" && ping.node !== core.self.name) return count(core, "ping_for_another");
  const to = wireEndpoint(ping.sourceAddr, ping.sourcePort) ?? from;
  const asker = core.members.get(ping.sourceNode);
  const known = asker !== undefined && sameEndpoint(asker, to);
  const ack: Ack = { type: "ackResp", seqNo: ping.seqNo, payload: new Uint8Array(0) };
  if (!known || asker.state === "alive") return sendWithRumours(core, to, ack, known);
  // It does not know what is said about it: tell it, so that it can refute.
  const { name: node, incarnation, state } = asker;
  const self = core.self.name;
  const accusation = { incarnation, node, from: state === "left" ? node : self };
  sendToMember(core, asker, [ack, { type: state === "suspect" ? "suspect" : "dead", ...accusation }]);
}

/** Pings on behalf of another member and passes the answer on under that member's number. */
export function onIndirectPing(core: Core, ask: IndirectPing, from: Endpoint): void {
  const target = wireEndpoint(ask.target, ask.port);
  if (target === undefined) return count(core, "relay_refused");
  if (core.relays >= core.config.maxRelays) return count(core, "relays_full");
  const to = wireEndpoint(ask.sourceAddr, ask.sourcePort) ?? from;
  const seqNo = nextSeqNo(core);
  const end = (): void => {
    core.relays -= 1;
    core.waiters.delete(seqNo);
    core.timers.cancel(timer);
  };
  const timer = core.timers.schedule(core.now + core.config.probeTimeoutMs, () => {
    end();
    const nack: Nack = { type: "nackResp", seqNo: ask.seqNo };
    if (ask.nack) sendWithRumours(core, to, nack, core.members.has(ask.sourceNode));
  });
  core.relays += 1;
  core.waiters.set(seqNo, {
    onAck: () => {
      end();
      const ack: Ack = { type: "ackResp", seqNo: ask.seqNo, payload: new Uint8Array(0) };
      sendWithRumours(core, to, ack, core.members.has(ask.sourceNode));
    },
    onNack: () => undefined,
  });
  sendWithRumours(core, target, pingTo(core, ask.node, seqNo), core.members.has(ask.node));
}
