import { bytesEqual, type Endpoint } from "@vipkit/net";
import { LIMITS } from "../wire/limits.js";
import type { Alive, Dead, NodeState, Suspect } from "../wire/messages.js";
import {
  addScore,
  aliveOf,
  count,
  emit,
  sameEndpoint,
  viewOf,
  wireEndpoint,
  type Core,
  type MemberRecord,
} from "./core.js";
import { spread, tellMesh } from "./spread.js";
import { confirmSuspicion, endSuspicion, startSuspicion } from "./suspicion.js";

/** An accusation with the last number cannot be outbid any more, so it is not believed. */
const LAST_INCARNATION = 0xffff_ffff;

/** Somebody says that a member lives. */
export function onAlive(core: Core, alive: Alive): void {
  const at = wireEndpoint(alive.addr, alive.port);
  if (at === undefined || !acceptable(alive)) return count(core, "alive_refused");
  const known = core.members.get(alive.node);
  if (known === core.self) return onAliveSelf(core, alive, at);
  const member = known ?? addMember(core, alive.node, at);
  if (member === undefined) return count(core, "members_full");
  const moved = !sameEndpoint(member, at);
  if (moved && !mayMove(core, member)) {
    count(core, "conflicts");
    return emit(core, { type: "conflict", member: viewOf(member), claimed: at });
  }
  if (known !== undefined && !moved && alive.incarnation <= member.incarnation) return;
  spread(core, alive.node, alive);
  believeAlive(core, member, alive, at);
}

/** Lowest, highest and spoken protocol must make sense (three zeros or a hole would crash others). */
function acceptable({ vsn, meta, node, incarnation }: Alive): boolean {
  const [lowest = 0, highest = 0] = vsn;
  const versions = vsn.length === 0 || (vsn.length >= 3 && lowest > 0 && highest >= lowest);
  return versions && node !== "" && meta.length <= LIMITS.metaBytes && incarnation < LAST_INCARNATION;
}

function addMember(core: Core, name: string, at: Endpoint): MemberRecord | undefined {
  if (core.members.size >= core.config.maxMembers) return undefined;
  const member: MemberRecord = {
    name,
    ip: at.ip,
    port: at.port,
    state: "dead",
    meta: new Uint8Array(0),
    vsn: new Uint8Array(0),
    incarnation: 0,
    changedAt: core.now,
    suspicion: undefined,
    probe: undefined,
  };
  core.members.set(name, member);
  // A random place: members that join together are not probed by everybody at the same time.
  const place = core.random.below(core.ring.length + 1);
  core.ring.splice(place, 0, member);
  if (place < core.ringAt) core.ringAt += 1;
  return member;
}

function mayMove(core: Core, member: MemberRecord): boolean {
  if (member.state === "left") return true;
  return member.state === "dead" && core.now - member.changedAt >= core.config.deadReclaimMs;
}

function onAliveSelf(core: Core, alive: Alive, at: Endpoint): void {
  const { self } = core;
  if (core.leaving) return;
  if (!sameEndpoint(self, at)) {
    count(core, "conflicts");
    return emit(core, { type: "conflict", member: viewOf(self), claimed: at });
  }
  if (alive.incarnation < self.incarnation) return;
  const same =
    alive.incarnation === self.incarnation && bytesEqual(alive.meta, self.meta) && bytesEqual(alive.vsn, self.vsn);
  if (!same) refute(core, alive.incarnation);
}

function believeAlive(core: Core, member: MemberRecord, alive: Alive, at: Endpoint): void {
  const before = member.state;
  const changed = !bytesEqual(member.meta, alive.meta) || !sameEndpoint(member, at);
  endSuspicion(core, member);
  member.incarnation = alive.incarnation;
  member.meta = alive.meta;
  member.ip = at.ip;
  member.port = at.port;
  if (alive.vsn.length > 0) member.vsn = alive.vsn;
  if (before !== "alive") {
    member.state = "alive";
    member.changedAt = core.now;
  }
  if (before === "dead" || before === "left") emit(core, { type: "join", member: viewOf(member) });
  else if (before === "suspect") emit(core, { type: "refuted", member: viewOf(member) });
  if ((before === "alive" || before === "suspect") && changed) emit(core, { type: "update", member: viewOf(member) });
}

/**
 * Somebody suspects a member.
 * @param seen our own probe has failed; not so when we only pass on what push/pull told us
 */
export function onSuspect(core: Core, suspect: Suspect, seen = false): void {
  const member = core.members.get(suspect.node);
  if (member === undefined || suspect.incarnation < member.incarnation || suspect.incarnation >= LAST_INCARNATION)
    return;
  const end = (): void =>
    onDead(core, { type: "dead", incarnation: member.incarnation, node: member.name, from: core.self.name });
  if (member.suspicion !== undefined) {
    const fresh = seen && !member.suspicion.seen;
    if (confirmSuspicion(core, member, suspect.from, seen, end)) spread(core, suspect.node, suspect);
    if (fresh) tellMesh(core, suspect);
    return;
  }
  if (member.state !== "alive") return;
  if (member === core.self) return refute(core, suspect.incarnation);
  member.incarnation = suspect.incarnation;
  member.state = "suspect";
  member.changedAt = core.now;
  spread(core, suspect.node, suspect);
  if (seen) tellMesh(core, suspect);
  startSuspicion(core, member, suspect.from, seen, end);
  emit(core, { type: "suspect", member: viewOf(member) });
}

/** Somebody holds a member for dead, or it says itself that it leaves. */
export function onDead(core: Core, dead: Dead, done?: () => void): void {
  const member = core.members.get(dead.node);
  if (member === undefined || dead.incarnation < member.incarnation || dead.incarnation >= LAST_INCARNATION) return;
  if (member.state === "dead" || member.state === "left") return;
  if (member === core.self && !core.leaving) return refute(core, dead.incarnation);
  const voluntary = dead.from === dead.node;
  endSuspicion(core, member);
  member.incarnation = dead.incarnation;
  member.state = voluntary ? "left" : "dead";
  member.changedAt = core.now;
  spread(core, dead.node, dead, done);
  if (dead.from === core.self.name) tellMesh(core, dead);
  emit(core, { type: "leave", member: viewOf(member), voluntary });
}

/** We live: say so with a number above the accuser's. */
function refute(core: Core, accused: number): void {
  core.incarnation = Math.max(core.incarnation, accused) + 1;
  addScore(core, 1);
  count(core, "refutations");
  announceSelf(core);
}

/** Spreads our own record under the present incarnation. */
export function announceSelf(core: Core): void {
  core.self.incarnation = core.incarnation;
  const alive = aliveOf(core.self);
  spread(core, core.self.name, alive);
  tellMesh(core, alive);
}

const STATES = ["alive", "suspect", "dead", "left"] as const;

/** Takes over what another member knows. Its dead are only suspects to us: they may speak for themselves. */
export function mergeNodes(core: Core, nodes: readonly NodeState[]): void {
  for (const { name, addr, port, meta, incarnation, state, vsn } of nodes) {
    const from = core.self.name;
    switch (STATES[state]) {
      case "alive":
        onAlive(core, { type: "alive", incarnation, node: name, addr, port, meta, vsn });
        break;
      case "left":
        onDead(core, { type: "dead", incarnation, node: name, from: name });
        break;
      case "suspect":
      case "dead":
        onSuspect(core, { type: "suspect", incarnation, node: name, from });
        break;
      case undefined:
        count(core, "state_unknown");
    }
  }
}
