import { execFileSync } from "node:child_process";
import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@vipkit/test-support";
import { byPrefix, type Daemon, type DaemonConfig, type DaemonNeighbor, type DaemonRoute } from "./daemon.js";
import type { Lab, LabNode, Program } from "./namespace.js";

function neighborLines(neighbor: DaemonNeighbor): string[] {
  const { address, asn, mode, password, holdTimeSeconds, gtsm, role, bfd } = neighbor;
  const name = address;
  const hold = holdTimeSeconds ?? 90;
  return [
    `neighbor ${name} remote-as ${asn}`,
    ...(neighbor.interface === undefined ? [] : [`neighbor ${name} interface ${neighbor.interface}`]),
    `neighbor ${name} timers ${Math.max(1, Math.floor(hold / 3))} ${hold}`,
    `neighbor ${name} timers connect 1`,
    `neighbor ${name} advertisement-interval 0`,
    ...(mode === "passive" ? [`neighbor ${name} passive`] : []),
    ...(password === undefined ? [] : [`neighbor ${name} password ${password}`]),
    ...(gtsm === true ? [`neighbor ${name} ttl-security hops 1`] : []),
    ...(role === undefined ? [] : [`neighbor ${name} local-role ${role}`]),
    ...(bfd === undefined ? [] : [`neighbor ${name} bfd ${bfd.multiplier} ${bfd.intervalMs} ${bfd.intervalMs}`]),
    ...(neighbor.interface !== undefined || address.includes(":")
      ? [`neighbor ${name} capability extended-nexthop`]
      : []),
    ...(neighbor.twoOctetAs === true ? [`neighbor ${name} dont-capability-negotiate`] : []),
  ];
}

function bgpConfig(config: DaemonConfig): string {
  const family = (name: "ipv4" | "ipv6"): string[] => [
    ` address-family ${name} unicast`,
    ...(config.networks ?? [])
      .filter((one) => one.includes(":") === (name === "ipv6"))
      .map((one) => `  network ${one}`),
    ...config.neighbors
      .filter(({ families = ["ipv4", "ipv6"] }) => families.includes(name))
      .map((neighbor) => `  neighbor ${neighbor.address} activate`),
    " exit-address-family",
  ];
  return [
    `router bgp ${config.asn}`,
    ` bgp router-id ${config.routerId}`,
    " no bgp ebgp-requires-policy",
    " no bgp network import-check",
    " no bgp default ipv4-unicast",
    ...(config.neighbors.some(({ longLived }) => longLived === true)
      ? [" bgp long-lived-graceful-restart stale-time 60"]
      : []),
    ...config.neighbors.flatMap((neighbor) => neighborLines(neighbor).map((line) => ` ${line}`)),
    ...family("ipv4"),
    ...family("ipv6"),
    "",
  ].join("\n");
}

interface JsonPath {
  readonly nexthops?: readonly { readonly ip?: string }[];
  readonly aspath?: { readonly string?: string };
  readonly path?: string;
  readonly locPrf?: number;
  readonly metric?: number;
  readonly med?: number;
  readonly community?: { readonly string?: string };
  readonly largeCommunity?: { readonly string?: string };
  readonly stale?: boolean;
  readonly aggregatorAs?: number;
  readonly aggregatorId?: string;
  readonly atomicAggregate?: boolean;
}

const NAMED: Readonly<Record<string, string>> = {
  "graceful-shutdown": "65535:0",
  "no-export": "65535:65281",
  blackhole: "65535:666",
  "llgr-stale": "65535:6",
};

function words(text: string | undefined): string[] {
  return (text ?? "")
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => NAMED[word] ?? word);
}

function routeOf(prefix: string, path: JsonPath): DaemonRoute {
  return {
    prefix,
    nextHops: (path.nexthops ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip])),
    asPath: words(path.aspath?.string ?? path.path)
      .map(Number)
      .filter((asn) => !Number.isNaN(asn)),
    ...(path.locPrf === undefined ? {} : { localPref: path.locPrf }),
    ...(path.metric === undefined && path.med === undefined ? {} : { med: path.metric ?? path.med! }),
    communities: words(path.community?.string),
    largeCommunities: words(path.largeCommunity?.string),
    stale: path.stale === true,
    ...(path.aggregatorAs === undefined ? {} : { aggregator: `${path.aggregatorAs} ${path.aggregatorId}` }),
    atomicAggregate: path.atomicAggregate === true,
  };
}

/** FRRouting in a namespace: zebra, bgpd and, where a neighbour wants it, bfdd. */
export interface Frr extends Daemon {
  /** Runs one vtysh command. */
  vtysh(command: string): string;
  /** How many routes of the family bgpd has accepted from its neighbours. */
  routeCount(family: "ipv4" | "ipv6"): number;
}

function isAnswer(ask: () => string): boolean {
  try {
    return ask().trim().startsWith("[");
  } catch {
    return false;
  }
}

/** Starts FRR, and waits until bgpd answers. */
export async function startFrr(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Frr> {
  const folder = lab.folder("frr");
  const number = (flag: string): number => Number(execFileSync("id", [flag, "frr"], { encoding: "utf8" }));
  const uid = number("-u");
  const gid = number("-g");
  chownSync(folder, uid, gid);
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chownSync(path, uid, gid);
    return path;
  };
  const zserv = join(folder, "zserv.api");
  const start = (name: string, text: string, ...more: string[]): Program => {
    // A log on standard output would fill the pipe, and stop the daemon, while a question is being waited for.
    const file = write(`${name}.conf`, `log file ${join(folder, `${name}.log`)}\n${text}`);
    return node.start(`/usr/lib/frr/${name}`, [
      "-f",
      file,
      "-i",
      join(folder, `${name}.pid`),
      "--vty_socket",
      folder,
      "-z",
      zserv,
      "-A",
      "127.0.0.1",
      "-P",
      "0",
      ...more,
    ]);
  };
  const programs = [start("zebra", "")];
  const vtysh = (command: string): string => node.run("vtysh", "--vty_socket", folder, "-c", command);
  if (config.neighbors.some(({ bfd }) => bfd !== undefined)) {
    programs.push(start("bfdd", ""));
    // What bgpd asks for while bfdd is not there yet is lost.
    await until(() => isAnswer(() => vtysh("show bfd peers json")), { what: "bfdd", timeoutMs: 15_000 });
  }
  const bgpd = start("bgpd", bgpConfig(config), "-n");
  programs.push(bgpd);
  await until(
    () => {
      for (const program of programs) if (!program.running) throw new Error(program.output());
      return vtysh("show bgp summary json").includes("{");
    },
    { what: "FRR", timeoutMs: 15_000 },
  );
  const json = (command: string): Record<string, unknown> => JSON.parse(vtysh(command)) as Record<string, unknown>;
  const paths = (family: "ipv4" | "ipv6"): DaemonRoute[] => {
    const table = (json(`show bgp ${family} unicast json detail`).routes ?? {}) as Record<string, unknown>;
    return Object.entries(table).flatMap(([prefix, entry]) => {
      // 8.4 lists a header and then the paths; later ones have `paths`.
      const all = (Array.isArray(entry) ? entry : ((entry as { paths?: unknown[] }).paths ?? [])) as JsonPath[];
      return all
        .filter((one) => one.aspath !== undefined || one.nexthops !== undefined)
        .map((path) => routeOf(prefix, path));
    });
  };
  return {
    name: "frr",
    version: /FRRouting (\S+)/.exec(vtysh("show version"))?.[1] ?? "",
    pids: programs.map(({ pid }) => pid),
    vtysh,
    routeCount: (family) => {
      const { peers } = json(`show bgp ${family} unicast summary json`) as {
        peers?: Record<string, { pfxRcd?: number }>;
      };
      return Object.values(peers ?? {}).reduce((sum, { pfxRcd }) => sum + (pfxRcd ?? 0), 0);
    },
    routes: (family) => Promise.resolve(byPrefix(paths(family))),
    paths: (family) => Promise.resolve(paths(family)),
    state: (address) => {
      const one = json(`show bgp neighbors ${address} json`)[address] as { bgpState?: string } | undefined;
      return Promise.resolve((one?.bgpState ?? "unknown").toLowerCase());
    },
    describe: (address) =>
      Promise.resolve(vtysh(`show bgp neighbors ${address}`) + vtysh(`show bgp neighbors ${address} json`)),
    refresh: (address) => Promise.resolve(void vtysh(`clear bgp ${address} soft in`)),
    shutDown: (address, text) => {
      const words = ["configure terminal", `router bgp ${config.asn}`, `neighbor ${address} shutdown message ${text}`];
      node.run("vtysh", "--vty_socket", folder, ...words.flatMap((word) => ["-c", word]));
      return Promise.resolve(text);
    },
    log: () => readFileSync(join(folder, "bgpd.log"), "utf8"),
    stop: async () => {
      await Promise.all(programs.map((program) => program.stop()));
    },
  };
}
