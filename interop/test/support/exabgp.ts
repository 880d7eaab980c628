import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync, chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "@vipkit/test-support";
import { byPrefix, type Daemon, type DaemonConfig, type DaemonNeighbor, type DaemonRoute } from "./daemon.js";
import type { Lab, LabNode } from "./namespace.js";

function neighborBlock(config: DaemonConfig, neighbor: DaemonNeighbor): string {
  const { address, asn, mode, password, holdTimeSeconds, families = ["ipv4", "ipv6"] } = neighbor;
  const isIpv6 = address.includes(":");
  const local = (isIpv6 ? config.local?.ipv6 : config.local?.ipv4) ?? config.routerId;
  const statics = (config.networks ?? []).map(
    (network) => `    route ${network} next-hop ${network.includes(":") ? config.local?.ipv6 : config.local?.ipv4};`,
  );
  return [
    `neighbor ${address} {`,
    `  router-id ${config.routerId};`,
    `  local-address ${local};`,
    `  local-as ${config.asn};`,
    `  peer-as ${asn};`,
    ...(holdTimeSeconds === undefined ? [] : [`  hold-time ${holdTimeSeconds};`]),
    ...(password === undefined ? [] : [`  md5-password "${password}";`]),
    ...(neighbor.gtsm === true ? ["  outgoing-ttl 255;", "  incoming-ttl 255;"] : []),
    ...(mode === "passive" ? ["  passive true;", "  listen 179;"] : []),
    `  capability { asn4 ${neighbor.twoOctetAs === true ? "disable" : "enable"}; route-refresh enable; ${neighbor.gracefulRestart === true ? "graceful-restart 120;" : ""}${neighbor.addPath === true ? "add-path receive;" : ""} }`,
    `  family { ${families.map((family) => `${family} unicast;`).join(" ")} }`,
    "  api { processes [ tell ]; neighbor-changes; receive { parsed; update; } }",
    ...(statics.length === 0 ? [] : ["  static {", ...statics, "  }"]),
    "}",
  ].join("\n");
}

interface Line {
  readonly type: string;
  readonly neighbor?: {
    readonly state?: string;
    readonly address?: { readonly peer?: string };
    readonly message?: { readonly update?: Update };
  };
}

interface Nlri {
  readonly nlri?: string;
  readonly "path-information"?: string;
}

interface Update {
  readonly attribute?: {
    readonly "as-path"?: readonly number[];
    readonly "local-preference"?: number;
    readonly med?: number;
    readonly aggregator?: string;
    readonly "atomic-aggregate"?: boolean;
    readonly community?: readonly (readonly [number, number])[];
    readonly "large-community"?: readonly (readonly [number, number, number])[];
  };
  readonly announce?: Readonly<Record<string, Readonly<Record<string, readonly Nlri[]>>>>;
  readonly withdraw?: Readonly<Record<string, readonly Nlri[]>>;
}

function keyOf(nlri: Nlri): string {
  return `${nlri["path-information"] ?? ""} ${nlri.nlri ?? ""}`;
}

function pathOf(prefix: string, nextHop: string, attribute: NonNullable<Update["attribute"]>): DaemonRoute {
  return {
    prefix,
    nextHops: [nextHop],
    asPath: attribute["as-path"] ?? [],
    ...(attribute["local-preference"] === undefined ? {} : { localPref: attribute["local-preference"] }),
    ...(attribute.med === undefined ? {} : { med: attribute.med }),
    communities: (attribute.community ?? []).map((one) => one.join(":")),
    largeCommunities: (attribute["large-community"] ?? []).map((one) => one.join(":")),
    ...(attribute.aggregator === undefined ? {} : { aggregator: attribute.aggregator.replace(":", " ") }),
    atomicAggregate: attribute["atomic-aggregate"] === true,
  };
}

function apply(
  paths: Map<string, DaemonRoute>,
  { attribute = {}, announce = {}, withdraw = {} }: Update,
  family: string,
): void {
  for (const one of withdraw[`${family} unicast`] ?? []) paths.delete(keyOf(one));
  for (const [nextHop, list] of Object.entries(announce[`${family} unicast`] ?? {})) {
    for (const one of list) {
      if (one.nlri !== undefined) paths.set(keyOf(one), pathOf(one.nlri, nextHop, attribute));
    }
  }
}

/** Records what ExaBGP tells, and hands it commands. ExaBGP makes the pipe non-blocking: a plain `cat` would end at once. */
const SCRIPT = `#!/usr/bin/env python3
import os, select
out = os.open("RECORD", os.O_WRONLY | os.O_APPEND)
commands = os.open("COMMANDS", os.O_RDWR | os.O_NONBLOCK)
targets = {0: out, commands: 1}
while True:
    for source in select.select(list(targets), [], [])[0]:
        try:
            chunk = os.read(source, 65536)
        except BlockingIOError:
            continue
        if not chunk:
            raise SystemExit
        os.write(targets[source], chunk)
`;

/** Starts ExaBGP in a namespace. It keeps no RIB: what it has heard is read from its JSON. */
export async function startExabgp(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Daemon> {
  const folder = lab.folder("exabgp");
  chmodSync(folder, 0o777);
  const file = join(folder, "exabgp.conf");
  const record = join(folder, "heard.jsonl");
  const script = join(folder, "tell.py");
  const commands = join(folder, "commands");
  execFileSync("mkfifo", [commands]);
  writeFileSync(record, "");
  chmodSync(record, 0o666);
  writeFileSync(script, SCRIPT.replace("RECORD", record).replace("COMMANDS", commands));
  chmodSync(script, 0o755);
  writeFileSync(
    file,
    [
      `process tell { run ${script}; encoder json; }`,
      ...config.neighbors.map((one) => neighborBlock(config, one)),
      "",
    ].join("\n"),
  );
  // Who does not say dials, and listens as well.
  const listens = config.neighbors.some(({ mode }) => mode !== "active");
  const bind = Object.values(config.local ?? {}).join(" ");
  const program = node.start("exabgp", [file], {
    env: {
      "exabgp.daemon.user": "root",
      "exabgp.log.destination": "stdout",
      "exabgp.api.cli": "false",
      "exabgp.tcp.bind": listens ? bind : "",
      "exabgp.daemon.drop": "false",
    },
  });
  const lines = (): Line[] =>
    readFileSync(record, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as Line];
        } catch {
          return [];
        }
      });
  await until(
    () => {
      if (!program.running) throw new Error(program.output());
      if (listens && node.run("ss", "-Hltn", "sport", "=", ":179") === "") return false;
      return existsSync(record) && program.output().length > 0;
    },
    { what: "ExaBGP", timeoutMs: 15_000 },
  );
  const paths = (family: string): DaemonRoute[] => {
    const held = new Map<string, DaemonRoute>();
    for (const { type, neighbor } of lines()) {
      if (type === "state" && neighbor?.state === "down") held.clear();
      const update = neighbor?.message?.update;
      if (update !== undefined) apply(held, update, family);
    }
    return [...held.values()];
  };
  return {
    name: "exabgp",
    version: /ExaBGP : (\S+)/.exec(node.run("exabgp", "--version"))?.[1] ?? "",
    pids: [program.pid],
    routes: (family) => Promise.resolve(byPrefix(paths(family))),
    paths: (family) => Promise.resolve(paths(family)),
    state: (address) => {
      const states = lines().filter(({ type, neighbor }) => type === "state" && neighbor?.address?.peer === address);
      const last = states[states.length - 1]?.neighbor?.state;
      return Promise.resolve(last === "up" ? "established" : (last ?? "unknown"));
    },
    describe: () => Promise.resolve(program.output()),
    refresh: (address) => {
      for (const family of ["ipv4", "ipv6"])
        appendFileSync(commands, `neighbor ${address} announce route-refresh ${family} unicast\n`);
      return Promise.resolve();
    },
    // The command has a subcode and no text: the name of the subcode is sent.
    shutDown: (address) => {
      appendFileSync(commands, `neighbor ${address} teardown 2\n`);
      return Promise.resolve("Administrative Shutdown");
    },
    log: () => program.output() + readFileSync(record, "utf8"),
    stop: () => program.stop(),
  };
}
