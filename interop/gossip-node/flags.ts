import type { ProfileName, SwimConfig } from "@vipkit/leader";
import { fromHex, parseIp, type Endpoint } from "@vipkit/net";

/** What the command line asks for. */
export interface Flags {
  readonly name: string;
  readonly bind: Endpoint;
  readonly advertise: Endpoint | undefined;
  readonly join: readonly Endpoint[];
  readonly profile: ProfileName;
  readonly meta: string;
  readonly state: string;
  readonly config: Partial<SwimConfig>;
  readonly leaveAfterMs: number | undefined;
}

type Given = Readonly<Record<string, string | undefined>>;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const PROFILES: readonly ProfileName[] = ["lan", "wan", "local", "fast"];
const WITHOUT_VALUE = new Set(["no-tcp-ping"]);
const KNOWN = new Set(
  (
    "name bind port advertise advertise-port join profile secret keys label meta state compress proto verify-in verify-out " +
    "no-tcp-ping reclaim probe-interval probe-timeout pushpull gossip-interval suspicion-mult suspicion-max-mult awareness leave-after"
  ).split(" "),
);

/** A wrong flag: the program says so and ends. */
export class FlagError extends Error {
  readonly code = "ERR_FLAG";
}

/** Reads `-flag VALUE` and `-flag=VALUE`, with one dash or two. @throws FlagError */
export function readFlags(args: readonly string[]): Flags {
  const given = split(args);
  refuseMissing(given);
  const ip = parseIp(given.bind ?? "127.0.0.1");
  const port = number(given, "port") ?? 7946;
  const advertise =
    given.advertise === undefined && given["advertise-port"] === undefined
      ? undefined
      : { ip: parseIp(given.advertise ?? given.bind ?? "127.0.0.1"), port: number(given, "advertise-port") ?? port };
  return {
    name: given.name ?? "node",
    bind: { ip, port },
    advertise,
    join: (given.join ?? "")
      .split(",")
      .filter((text) => text !== "")
      .map(readEndpoint),
    profile: profileOf(given.profile ?? "lan"),
    meta: given.meta ?? "",
    state: given.state ?? "",
    config: configOf(given),
    leaveAfterMs: duration(given, "leave-after"),
  };
}

/** `HOST:PORT` with a numeric address, IPv6 in brackets. @throws FlagError */
export function readEndpoint(text: string): Endpoint {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim());
  if (parts === null) throw new FlagError(`"${text}" is not ADDRESS:PORT`);
  return { ip: parseIp(parts[1] ?? parts[2]!), port: Number(parts[3]) };
}

function split(args: readonly string[]): Given {
  const given: Record<string, string> = {};
  for (let i = 0; i < args.length; i += 1) {
    const parts = /^--?([a-z-]+)(?:=(.*))?$/s.exec(args[i]!);
    const name = parts?.[1] ?? "";
    if (!KNOWN.has(name)) throw new FlagError(`"${args[i]!}" is not a flag; known are -${[...KNOWN].join(" -")}`);
    const value = parts?.[2] ?? (WITHOUT_VALUE.has(name) ? "true" : args[(i += 1)]);
    if (value === undefined) throw new FlagError(`-${name} needs a value`);
    given[name] = value;
  }
  return given;
}

/** Encryption and labels are not spoken yet: to go on without them would be a member that nobody expects. */
function refuseMissing(given: Given): void {
  for (const name of ["secret", "keys", "label"]) {
    if ((given[name] ?? "") !== "") throw new FlagError(`-${name} is not supported yet`);
  }
  if (given.compress === "true")
    throw new FlagError("-compress=true is not supported yet: compressed packets are read, none are sent");
}

function configOf(given: Given): Partial<SwimConfig> {
  const reclaimMs = duration(given, "reclaim");
  const values: Record<string, number | boolean | undefined> = {
    probeIntervalMs: duration(given, "probe-interval"),
    probeTimeoutMs: duration(given, "probe-timeout"),
    pushPullIntervalMs: duration(given, "pushpull"),
    gossipIntervalMs: duration(given, "gossip-interval"),
    // Zero is never, as in the configuration that this flag is named after.
    deadReclaimMs: reclaimMs === 0 ? Infinity : reclaimMs,
    suspicionMult: number(given, "suspicion-mult"),
    suspicionMaxTimeoutMult: number(given, "suspicion-max-mult"),
    awarenessMaxMultiplier: number(given, "awareness"),
    protocolVersion: number(given, "proto"),
    tcpPings: given["no-tcp-ping"] === "true" ? false : undefined,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function profileOf(text: string): ProfileName {
  const profile = PROFILES.find((name) => name === text);
  if (profile === undefined) throw new FlagError(`-profile is one of ${PROFILES.join(", ")}, not "${text}"`);
  return profile;
}

function number(given: Given, name: string): number | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new FlagError(`-${name} is "${text}", not a number`);
  return Number(text);
}

/** `100ms`, `2s`, `1m30s` in milliseconds. */
function duration(given: Given, name: string): number | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  if (text === "0") return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text))
    throw new FlagError(`-${name} is "${text}", not a duration such as 100ms or 2s`);
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) ms += Number(amount) * UNITS[unit!]!;
  return ms;
}

/** Hexadecimal or plain text as octets: `hex:00ff` or `text`. */
export function textOctets(text: string): Uint8Array {
  return text.startsWith("hex:") ? fromHex(text.slice(4)) : new TextEncoder().encode(text);
}
