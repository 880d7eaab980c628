import { hostname } from "node:os";
import type { ProfileName } from "@vipkit/leader";
import { linuxHost } from "@vipkit/link/node";
import { ParseError, parseIp, type Endpoint } from "@vipkit/net";
import type { SpeakerEvent } from "../events.js";
import { listFromJson } from "../leases.js";
import { describe } from "../log.js";
import { startSpeaker } from "../speaker.js";
import { clientInterfaces } from "./interfaces.js";
import { watchSources } from "./sources.js";
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
}

export const PROFILES: readonly ProfileName[] = ["lan", "wan", "local", "fast"];
const GOSSIP_PORT = 7946;

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
  const print = (event: SpeakerEvent): void => {
    const line =
      flags.json === true
        ? JSON.stringify({ t: Date.now(), ...event })
        : `${new Date().toISOString()} ${describe(event)}`;
    process.stdout.write(`${line}\n`);
  };
  const failed = (what: string) => (error: Error) => print({ type: "problem", what, message: error.message });

  const { statusFile } = flags;
  const remembered = statusFile === undefined ? undefined : await rememberedIn(statusFile, print);
  const writer = statusFile === undefined ? undefined : statusWriter(statusFile, failed("status file"));
  const seeds = flags.join.map((text) => parseEndpoint(text, GOSSIP_PORT));
  const speaker = await startSpeaker({
    host: linuxHost(),
    node: flags.nodeName ?? hostname(),
    interfaces: flags.interface.length > 0 ? flags.interface : clientInterfaces(),
    gossip:
      flags.gossip === undefined
        ? undefined
        : { bind: parseEndpoint(flags.gossip, GOSSIP_PORT), seeds, profile: flags.profile as ProfileName },
    routerId: flags.routerId === undefined ? undefined : Number(parseIp(flags.routerId)),
    since: Date.now(),
    remembered,
    tell: print,
    statusChanged: (status) => writer?.write(status),
  });
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
  await speaker.stop(signal);
  await writer?.flush();
  return 0;
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
