import { formatIp, formatScopedIp, type Endpoint, type IpFamily, type Millis } from "@vipkit/net";
import type { Capability } from "../../wire/capability.js";
import type { FsmStateName } from "../fsm/events.js";
import type { FsmTimerName, HalfSession, Side } from "../fsm/half.js";
import type { RibOutCounts } from "../routes/rib-out.js";
import { leadingHalf, sessionConnection, type Connection, type PeerCore, type PeerCounters } from "./core.js";
import type { NotificationRecord } from "./effects.js";
import { capabilitiesOf } from "./open.js";

/** What is known about a session that is established. */
export interface SessionSnapshot {
  readonly local: string;
  readonly remote: string;
  /** Who dialled. */
  readonly side: Side;
  readonly peerAsn: number;
  readonly peerRouterId: string;
  readonly internal: boolean;
  readonly holdTimeSeconds: number;
  readonly families: readonly IpFamily[];
  readonly fourOctetAs: boolean;
  readonly extendedMessage: boolean;
  readonly extendedNextHop: boolean;
  readonly addPathSend: boolean;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  readonly gracefulRestart?: { readonly restartTimeSeconds: number; readonly notification: boolean };
  /** Octets that the network has not taken yet. */
  readonly backlog: number;
}

/** A peer as plain data, safe for JSON. Times are milliseconds before the snapshot (`...Ago`) or after it (timers). */
export interface PeerSnapshot {
  readonly name: string;
  readonly remote: string;
  readonly localAsn: number;
  readonly peerAsn?: number;
  readonly started: boolean;
  readonly state: FsmStateName;
  readonly sinceMsAgo: Millis;
  readonly halves: Readonly<Record<Side, FsmStateName>>;
  /** Milliseconds until each running timer of the leading half-session fires. */
  readonly timersMs: Readonly<Partial<Record<FsmTimerName, Millis>>>;
  readonly session?: SessionSnapshot;
  readonly capabilities: { readonly local: readonly string[]; readonly remote: readonly string[] };
  readonly failuresInARow: number;
  readonly draining: boolean;
  readonly lastNotification?: Omit<NotificationRecord, "at"> & { readonly msAgo: Millis };
  /** Why the peer was last idle, in words. */
  readonly lastError?: string;
  readonly counters: PeerCounters;
  readonly routes: RibOutCounts;
}

function formatEndpoint({ ip, port, zone }: Endpoint): string {
  const address = formatScopedIp({ ip, zone });
  return typeof ip === "number" ? `${address}:${port}` : `[${address}]:${port}`;
}

function capabilityName(capability: Capability): string {
  if (capability.type === "unknown") return `capability ${capability.code}`;
  if (capability.type !== "multiprotocol") return capability.type;
  return `multiprotocol ${capability.family.afi}/${capability.family.safi}`;
}

function sessionOf(connection: Connection | undefined): SessionSnapshot | undefined {
  const negotiated = connection?.negotiated;
  if (connection === undefined || negotiated === undefined) return undefined;
  const { context, gracefulRestart: restart } = negotiated;
  return {
    local: formatEndpoint(connection.local),
    remote: formatEndpoint(connection.remote),
    side: connection.side,
    peerAsn: negotiated.peerAsn,
    peerRouterId: formatIp(negotiated.peerRouterId),
    internal: negotiated.ibgp,
    holdTimeSeconds: negotiated.holdTimeSeconds,
    families: negotiated.families,
    fourOctetAs: context.as4,
    extendedMessage: context.extendedMessage,
    extendedNextHop: context.extendedNextHop.length > 0,
    addPathSend: context.addPath.send.length > 0,
    routeRefresh: negotiated.routeRefresh,
    enhancedRouteRefresh: negotiated.enhancedRouteRefresh,
    ...(restart === undefined
      ? {}
      : { gracefulRestart: { restartTimeSeconds: restart.restartTimeSeconds, notification: restart.notification } }),
    backlog: connection.backlog,
  };
}

function timersOf(half: HalfSession, now: Millis): PeerSnapshot["timersMs"] {
  const left: Partial<Record<FsmTimerName, Millis>> = {};
  for (const [name, at] of Object.entries(half.timers)) left[name as FsmTimerName] = Math.max(0, Math.round(at - now));
  return left;
}

function lastOf(core: PeerCore, now: Millis): Pick<PeerSnapshot, "lastNotification" | "lastError"> {
  const last = core.lastNotification;
  if (last === undefined) return core.lastError === undefined ? {} : { lastError: core.lastError };
  const { at, ...words } = last;
  const lastNotification = { ...words, msAgo: Math.round(now - at) };
  return core.lastError === undefined ? { lastNotification } : { lastNotification, lastError: core.lastError };
}

export function snapshotOf(core: PeerCore, now: Millis): PeerSnapshot {
  const { settings, state } = core;
  const half = leadingHalf(state);
  const connection = sessionConnection(core);
  const session = sessionOf(connection);
  const asn = session?.peerAsn ?? settings.peerAsn;
  return {
    name: settings.name,
    remote: formatEndpoint(settings.remote),
    localAsn: settings.ownAsn,
    ...(asn === undefined ? {} : { peerAsn: asn }),
    started: state.started,
    state: half.state,
    sinceMsAgo: Math.round(now - half.since),
    halves: { out: state.halves.out.state, in: state.halves.in.state },
    timersMs: timersOf(half, now),
    ...(session === undefined ? {} : { session }),
    capabilities: {
      local: capabilitiesOf(settings).map(capabilityName),
      remote: (connection?.negotiated?.peerCapabilities ?? []).map(capabilityName),
    },
    failuresInARow: state.failures,
    draining: state.draining !== undefined,
    ...lastOf(core, now),
    counters: structuredCounters(core.counters),
    routes: core.rib.counts,
  };
}

function structuredCounters(counters: PeerCounters): PeerCounters {
  return { ...counters, messagesIn: { ...counters.messagesIn }, messagesOut: { ...counters.messagesOut } };
}
