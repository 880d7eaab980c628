import { hostname } from "node:os";
import type { ProfileName } from "@vipkit/leader";
import { linuxHost, runInRealtime } from "@vipkit/link/node";
import { readDocuments } from "@vipkit/k8s-adapter";
import { ParseError, parseIp, parseIpv4, type Endpoint } from "@vipkit/net";
import type { SpeakerEvent } from "../events.js";
import { nodeAddresses } from "../input.js";
import { listFromJson } from "../leases.js";
import { describe } from "../log.js";
import { startSpeaker, type Speaker } from "../speaker.js";
import { followClientInterfaces } from "./interfaces.js";
import { createSessionThread } from "./session-thread.js";
import { readSources, watchSources } from "./sources.js";
import { readJsonFile, statusWriter } from "./status-file.js";

export interface RunFlags {
  readonly config: string;
  readonly nodeName?: string;
  readonly interface: readonly string[];
  readonly gossip?: string;
  readonly join: readonly string[];
  readonly profile: string;
  readonly routerId?: string;
  readonly statusFile?: string;
  readonly json?: boolean;
  readonly realtime?: boolean;
}

export const PROFILES: readonly ProfileName[] = ["lan", "wan", "local", "fast"];
const GOSSIP_PORT = 7946;
const STATUS_SOON_MS = 50;
const STATUS_EVERY_MS = 5000;

/** Reads `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`. @throws ParseError */
export function parseEndpoint(text: string, defaultPort: number): Endpoint {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const plain = /^([\d.]+)(?::(\d+))?$/.exec(text);
  const [, address = text, digits] = bracketed ?? plain ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  if (port > 65_535) throw new ParseError("ERR_PORT", `"${text}" has no port from 0 to 65535`, { found: text });
  return { ip: parseIp(address), port };
}

/** Runs until a signal comes; resolves with the exit status. */
export async function run(flags: RunFlags): Promise<number> {
  if (flags.realtime === true) runInRealtime();
  const print = (event: SpeakerEvent): void => {
    const line =
      flags.json === true
        ? JSON.stringify({ t: Date.now(), ...event })
        : `${new Date().toISOString()} ${describe(event)}`;
    process.stdout.write(`${line}\n`);
  };
  const failed =
    (what: string) =>
    (error: Error): void =>
      print({ type: "problem", what, message: error.message });

  const { statusFile, nodeName: node = hostname() } = flags;
  const remembered = statusFile === undefined ? undefined : await rememberedIn(statusFile, print);
  const bind =
    flags.gossip === undefined ? await ownAddress(flags.config, node) : parseEndpoint(flags.gossip, GOSSIP_PORT);
  const seeds = flags.join.map((text) => parseEndpoint(text, GOSSIP_PORT));
  const writer = statusFile === undefined ? undefined : statusWriter(statusFile, failed("status file"));
  const keepStatus = createRepeater();
  const sessions = createSessionThread(print);
  const speaker = await startSpeaker({
    host: linuxHost(),
    node,
    startPeer: sessions.startPeer,
    gossip: bind === undefined ? undefined : { bind, seeds, profile: flags.profile as ProfileName },
    routerId: flags.routerId === undefined ? undefined : parseIpv4(flags.routerId),
    since: Date.now(),
    remembered,
    tell: print,
    statusChanged: () => keepStatus.soon(),
  });
  keepStatus.start(() => writer?.write(speaker.status()));
  const unfollow = useInterfaces(speaker, flags.interface);
  const unwatch = watchSources(
    flags.config,
    (sources) => speaker.configure(sources),
    failed(`configuration ${flags.config}`),
  );

  const signal = await new Promise<string>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve(name));
  });
  // A second signal ends at once: the handlers above are used up, so the default takes over.
  unwatch();
  unfollow();
  keepStatus.stop();
  writer?.write(speaker.status());
  await speaker.stop(signal);
  await sessions.close();
  await writer?.flush();
  return 0;
}

function useInterfaces(speaker: Speaker, names: readonly string[]): () => void {
  if (names.length === 0) return followClientInterfaces((found) => speaker.useInterfaces(found));
  speaker.useInterfaces(names);
  return () => undefined;
}

/** The first internal address of this node's Node object, if there is one: that is where the other speakers look for it. */
async function ownAddress(config: string, node: string): Promise<Endpoint | undefined> {
  const sources = await readSources(config).catch(() => []);
  const [ip] = nodeAddresses(readDocuments(sources).objects).get(node) ?? [];
  return ip === undefined ? undefined : { ip, port: GOSSIP_PORT };
}

/** Runs a task a moment after something has happened, and now and then because counters move. */
function createRepeater(): { start(task: () => void): void; soon(): void; stop(): void } {
  let task: () => void = () => undefined;
  let pending: NodeJS.Timeout | undefined;
  const run = (): void => {
    pending = undefined;
    task();
  };
  const regular = setInterval(run, STATUS_EVERY_MS);
  return {
    start: (wanted) => {
      task = wanted;
      run();
    },
    soon: () => {
      pending ??= setTimeout(run, STATUS_SOON_MS);
    },
    stop: () => {
      clearInterval(regular);
      clearTimeout(pending);
    },
  };
}

async function rememberedIn(
  path: string,
  print: (event: SpeakerEvent) => void,
): Promise<ReturnType<typeof listFromJson>> {
  try {
    const status = (await readJsonFile(path)) as { leases?: unknown } | undefined;
    return listFromJson(status?.leases);
  } catch (error) {
    print({
      type: "problem",
      what: `status file ${path}`,
      message: `cannot be read, starting without it: ${String(error)}`,
    });
    return undefined;
  }
}
