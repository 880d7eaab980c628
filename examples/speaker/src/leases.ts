import { formatIp, tryParseIp } from "@vipkit/net";

/** Which addresses each service holds, by service key. */
export type Leases = ReadonlyMap<string, readonly string[]>;

/** What a speaker says of itself in its gossip metadata: who has it knows that it allocates, and since when it runs. */
export interface Seniority {
  readonly name: string;
  /** Wall clock milliseconds at its start; undefined for a member that is no vipkit speaker. */
  readonly since: number | undefined;
}

const FORMAT = "vipkit-leases/1";
const MAX_SERVICES = 100_000;
const MAX_ADDRESSES = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function encodeSeniority(since: number): Uint8Array {
  return encoder.encode(JSON.stringify({ vipkit: 1, since }));
}

/** Reads gossip metadata; undefined when it is not that of a vipkit speaker. */
export function decodeSeniority(meta: Uint8Array): number | undefined {
  try {
    const { vipkit, since } = JSON.parse(decoder.decode(meta)) as { vipkit?: unknown; since?: unknown };
    return vipkit === 1 && typeof since === "number" && Number.isFinite(since) ? since : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Without an API server one speaker allocates for all: the one that runs longest, then the first by name. The others take
 * over what it says, so a newcomer never moves anything, and when the eldest goes its heir already holds the list.
 */
export function eldestOf(members: readonly Seniority[]): string | undefined {
  let eldest: Seniority | undefined;
  for (const member of members) {
    if (member.since === undefined) continue;
    const older =
      eldest?.since === undefined ||
      member.since < eldest.since ||
      (member.since === eldest.since && member.name < eldest.name);
    if (older) eldest = member;
  }
  return eldest?.name;
}

/** The list of leases as speakers hand it to each other. A new author begins a new term. */
export interface LeaseList {
  readonly term: number;
  readonly version: number;
  readonly author: string;
  readonly leases: Leases;
}

export const EMPTY_LIST: LeaseList = { term: 0, version: 0, author: "", leases: new Map() };

/** True if the first list replaces the second one, on every speaker alike, whatever the order in which they arrive. */
export function isNewer(a: LeaseList, b: LeaseList): boolean {
  if (a.term !== b.term) return a.term > b.term;
  return a.version !== b.version ? a.version > b.version : a.author > b.author;
}

/** The list after `author` has written these leases into it. */
export function writeList(list: LeaseList, author: string, leases: Leases): LeaseList {
  if (list.author === author) return { ...list, version: list.version + 1, leases };
  return { term: list.term + 1, version: 1, author, leases };
}

export function listToJson({ leases, ...list }: LeaseList): object {
  return { format: FORMAT, ...list, leases: Object.fromEntries(leases) };
}

export function encodeList(list: LeaseList): Uint8Array {
  return encoder.encode(JSON.stringify(listToJson(list)));
}

/** Reads what another speaker sent; undefined when it is anything else or breaks a bound. */
export function decodeList(bytes: Uint8Array): LeaseList | undefined {
  try {
    return listFromJson(JSON.parse(decoder.decode(bytes)));
  } catch {
    return undefined;
  }
}

/** Reads a list from JSON; undefined when it is anything else or breaks a bound. */
export function listFromJson(json: unknown): LeaseList | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { format, term, version, author, leases } = json as Record<string, unknown>;
  if (format !== FORMAT || !isCount(term) || !isCount(version) || typeof author !== "string") return undefined;
  const entries = typeof leases === "object" && leases !== null ? Object.entries(leases) : undefined;
  if (entries === undefined || entries.length > MAX_SERVICES) return undefined;
  const read = new Map<string, readonly string[]>();
  for (const [service, ips] of entries) {
    const known =
      Array.isArray(ips) && ips.length <= MAX_ADDRESSES ? ips.map((ip) => tryParseIp(String(ip))) : [undefined];
    if (known.includes(undefined)) return undefined;
    read.set(
      service,
      known.map((ip) => formatIp(ip!)),
    );
  }
  return { term, version, author, leases: read };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function sameLeases(a: Leases, b: Leases): boolean {
  return a.size === b.size && [...a].every(([service, ips]) => ips.join() === b.get(service)?.join());
}
