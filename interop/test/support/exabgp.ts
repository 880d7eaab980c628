import { readFileSync, writeFileSync, chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "@vipkit/test-support";
import type { Daemon, DaemonConfig, DaemonNeighbor, DaemonRoute } from "./daemon.js";
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
    ...(mode === "passive" ? ["  passive true;", "  listen 179;"] : []),
    `  capability { asn4 ${neighbor.twoOctetAs === true ? "disable" : "enable"}; route-refresh enable; ${neighbor.gracefulRestart === true ? "graceful-restart 120;" : ""} }`,
    `  family { ${families.map((family) => `${family} unicast;`).join(" ")} }`,
    "  api { processes [ tell ]; neighbor-changes; receive { parsed; update; notification; } }",
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

interface Update {
  readonly attribute?: {
    readonly "as-path"?: readonly number[];
    readonly "local-preference"?: number;
    readonly med?: number;
    readonly community?: readonly (readonly [number, number])[];
    readonly "large-community"?: readonly (readonly [number, number, number])[];
  };
  readonly announce?: Readonly<Record<string, Readonly<Record<string, readonly { readonly nlri?: string }[]>>>>;
  readonly withdraw?: Readonly<Record<string, readonly { readonly nlri?: string }[]>>;
}

function apply(
  routes: Map<string, DaemonRoute>,
  { attribute = {}, announce = {}, withdraw = {} }: Update,
  family: string,
): void {
  for (const { nlri } of withdraw[`${family} unicast`] ?? []) if (nlri !== undefined) routes.delete(nlri);
  for (const [nextHop, list] of Object.entries(announce[`${family} unicast`] ?? {})) {
    for (const { nlri } of list) {
      if (nlri === undefined) continue;
      routes.set(nlri, {
        prefix: nlri,
        nextHops: [nextHop],
        asPath: attribute["as-path"] ?? [],
        ...(attribute["local-preference"] === undefined ? {} : { localPref: attribute["local-preference"] }),
        ...(attribute.med === undefined ? {} : { med: attribute.med }),
        communities: (attribute.community ?? []).map((one) => one.join(":")),
        largeCommunities: (attribute["large-community"] ?? []).map((one) => one.join(":")),
      });
    }
  }
}

/** ExaBGP makes the pipe non-blocking: a plain `cat` would end at once. */
const SCRIPT = `#!/usr/bin/env python3
import os, select
out = os.open("RECORD", os.O_WRONLY | os.O_APPEND)
while True:
    select.select([0], [], [])
    try:
        chunk = os.read(0, 65536)
    except BlockingIOError:
        continue
    if not chunk:
        break
    os.write(out, chunk)
`;

/** Starts ExaBGP in a namespace. It keeps no RIB: what it has heard is read from its JSON. */
export async function startExabgp(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Daemon> {
  const folder = lab.folder("exabgp");
  chmodSync(folder, 0o777);
  const file = join(folder, "exabgp.conf");
  const record = join(folder, "heard.jsonl");
  const script = join(folder, "tell.py");
  writeFileSync(record, "");
  chmodSync(record, 0o666);
  writeFileSync(script, SCRIPT.replace("RECORD", record));
  chmodSync(script, 0o755);
  writeFileSync(
    file,
    [
      `process tell { run ${script}; encoder json; }`,
      ...config.neighbors.map((one) => neighborBlock(config, one)),
      "",
    ].join("\n"),
  );
  const passive = config.neighbors.some(({ mode }) => mode === "passive");
  const bind = Object.values(config.local ?? {}).join(" ");
  const program = node.start("exabgp", [file], {
    env: {
      "exabgp.daemon.user": "root",
      "exabgp.log.destination": "stdout",
      "exabgp.api.cli": "false",
      "exabgp.tcp.bind": passive ? bind : "",
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
      return existsSync(record) && program.output().length > 0;
    },
    { what: "ExaBGP", timeoutMs: 15_000 },
  );
  return {
    name: "exabgp",
    version: /ExaBGP : (\S+)/.exec(node.run("exabgp", "--version"))?.[1] ?? "",
    pids: [program.pid],
    routes: (family) => {
      const routes = new Map<string, DaemonRoute>();
      for (const { type, neighbor } of lines()) {
        if (type === "state" && neighbor?.state === "down") routes.clear();
        const update = neighbor?.message?.update;
        if (update !== undefined) apply(routes, update, family);
      }
      return Promise.resolve(routes);
    },
    state: (address) => {
      const states = lines().filter(({ type, neighbor }) => type === "state" && neighbor?.address?.peer === address);
      const last = states[states.length - 1]?.neighbor?.state;
      return Promise.resolve(last === "up" ? "established" : (last ?? "unknown"));
    },
    describe: () => Promise.resolve(program.output()),
    refresh: () => Promise.reject(new Error("ExaBGP 4.2 has no command that sends ROUTE-REFRESH")),
    stop: () => program.stop(),
  };
}
