import type { Millis } from "@vipkit/net";
import type { Core, MemberRecord } from "./core.js";
import { livingOthers } from "./core.js";
import { suspicionBounds, suspicionMs, type SuspicionBounds } from "./formulas.js";
import type { Timer } from "./timers.js";

/** A suspicion that runs: the more members share it, the sooner it ends in death. */
export interface Suspicion {
  readonly startedAt: Millis;
  readonly bounds: SuspicionBounds;
  /** Who shares it, the first one included. */
  readonly from: Set<string>;
  /** Our own probe has failed too. */
  seen: boolean;
  confirmed: number;
  timer: Timer | undefined;
}

/** @param end what to do when it runs out */
export function startSuspicion(core: Core, member: MemberRecord, from: string, seen: boolean, end: () => void): void {
  const suspicion: Suspicion = {
    startedAt: core.now,
    bounds: suspicionBounds(core.config, core.members.size),
    from: new Set([from]),
    seen,
    confirmed: 0,
    timer: undefined,
  };
  member.suspicion = suspicion;
  arm(core, member, suspicion, end);
}

/** Counts one more who shares it. Returns whether that is worth telling others. */
export function confirmSuspicion(
  core: Core,
  member: MemberRecord,
  from: string,
  seen: boolean,
  end: () => void,
): boolean {
  const { suspicion } = member;
  // Only members are counted, so a stranger cannot make the set grow.
  if (suspicion === undefined || !core.members.has(from)) return false;
  const fresh = !suspicion.from.has(from);
  if (!fresh && (!seen || suspicion.seen)) return false;
  suspicion.from.add(from);
  suspicion.seen ||= seen;
  const counts = fresh && suspicion.confirmed < suspicion.bounds.confirmations;
  if (counts) suspicion.confirmed += 1;
  core.timers.cancel(suspicion.timer);
  arm(core, member, suspicion, end);
  return counts;
}

export function endSuspicion(core: Core, member: MemberRecord): void {
  core.timers.cancel(member.suspicion?.timer);
  member.suspicion = undefined;
}

function arm(core: Core, member: MemberRecord, suspicion: Suspicion, end: () => void): void {
  const formulaMs = suspicionMs(suspicion.bounds, suspicion.confirmed);
  const lastsMs = isUnanimous(core, member, suspicion) ? Math.min(formulaMs, core.config.unanimousMs) : formulaMs;
  suspicion.timer = core.timers.schedule(Math.max(core.now, suspicion.startedAt + lastsMs), end);
}

/** In a mesh everybody probes everybody: when all that live agree, at least two of them, nothing more can be learnt. */
function isUnanimous(core: Core, member: MemberRecord, { from, seen }: Suspicion): boolean {
  if (core.config.unanimousMs === Infinity) return false;
  const others = livingOthers(core).filter((other) => other !== member && other.state === "alive");
  if (others.length === 0 || others.length > core.config.meshLimit) return false;
  return seen && others.every((other) => from.has(other.name));
}
