import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@vipkit/test-support";
import { byPrefix, type Daemon, type DaemonConfig, type DaemonNeighbor, type DaemonRoute } from "./daemon.js";
import type { Lab, LabNode } from "./namespace.js";

function protocolName(address: string): string {
  return `n_${address.replaceAll(/[^0-9a-zA-Z]/g, "_")}`;
}

function neighborBlock(config: DaemonConfig, neighbor: DaemonNeighbor): string {
  const { address, asn, mode, password, holdTimeSeconds, gtsm, role, bfd, families = ["ipv4", "ipv6"] } = neighbor;
  const isIpv6 = address.includes(":");
  const local = isIpv6 ? config.local?.ipv6 : config.local?.ipv4;
  const lines = [
    `protocol bgp ${protocolName(address)} {`,
    `  local ${local ?? ""} as ${config.asn};`,
    `  neighbor ${address} as ${asn};`,
    ...(address.startsWith("fe80") ? [`  interface "eth0";`] : []),
    ...(local === undefined ? [] : [`  source address ${local};`]),
    `  connect delay time 1; connect retry time 1; error wait time 1, 2;`,
    ...(mode === "passive" ? ["  passive on;"] : []),
    ...(password === undefined ? [] : [`  password "${password}";`]),
    ...(holdTimeSeconds === undefined ? [] : [`  hold time ${holdTimeSeconds};`]),
    ...(gtsm === true ? ["  ttl security on;"] : []),
    ...(role === undefined ? [] : [`  local role ${role};`]),
    ...(bfd === undefined ? [] : ["  bfd on;"]),
    ...(neighbor.gracefulRestart === true ? ["  graceful restart on;"] : []),
    ...(neighbor.longLived === true ? ["  long lived graceful restart on;"] : []),
    ...(neighbor.twoOctetAs === true ? ["  enable as4 off;"] : []),
    ...families.map(
      (family) =>
        `  ${family} { import all; export all;${neighbor.addPath === true ? " add paths rx;" : ""}${family === "ipv4" && isIpv6 ? " extended next hop on;" : ""} };`,
    ),
    "}",
  ];
  return lines.join("\n");
}

function configText(config: DaemonConfig, log: string): string {
  const statics = (family: "ipv4" | "ipv6"): string => {
    const own = (config.networks ?? []).filter((network) => network.includes(":") === (family === "ipv6"));
    return `protocol static s_${family} { ${family}; ${own.map((network) => `route ${network} blackhole;`).join(" ")} }`;
  };
  const timers = config.neighbors.find(({ bfd }) => bfd !== undefined)?.bfd;
  return [
    `log "${log}" all;`,
    `router id ${config.routerId};`,
    "protocol device { scan time 1; }",
    statics("ipv4"),
    statics("ipv6"),
    ...(timers === undefined
      ? []
      : [`protocol bfd { interface "eth0" { interval ${timers.intervalMs} ms; multiplier ${timers.multiplier}; }; }`]),
    ...config.neighbors.map((neighbor) => neighborBlock(config, neighbor)),
    "",
  ].join("\n");
}

function pairs(text: string): string[] {
  return [...text.matchAll(/\((\d+),\s?(\d+)\)/g)].map(([, high, low]) => `${high}:${low}`);
}

function triples(text: string): string[] {
  return [...text.matchAll(/\((\d+),\s?(\d+),\s?(\d+)\)/g)].map(([, a, b, c]) => `${a}:${b}:${c}`);
}

function pathOf(prefix: string, facts: ReadonlyMap<string, string>, stale: boolean): DaemonRoute {
  const listed = (name: string): string[] => (facts.get(name) ?? "").split(" ").filter((word) => word !== "");
  const localPref = facts.get("BGP.local_pref");
  const med = facts.get("BGP.med");
  const [aggregator, aggregatorAs] = listed("BGP.aggregator");
  return {
    prefix,
    nextHops: listed("BGP.next_hop"),
    asPath: listed("BGP.as_path").map(Number),
    ...(localPref === undefined ? {} : { localPref: Number(localPref) }),
    ...(med === undefined ? {} : { med: Number(med) }),
    communities: pairs(facts.get("BGP.community") ?? ""),
    largeCommunities: triples(facts.get("BGP.large_community") ?? ""),
    stale,
    ...(aggregator === undefined ? {} : { aggregator: `${aggregatorAs!.replace("AS", "")} ${aggregator}` }),
    atomicAggregate: facts.has("BGP.atomic_aggr"),
  };
}

/** Reads `show route all`. BIRD has no JSON. */
function parsePaths(text: string): DaemonRoute[] {
  const paths: DaemonRoute[] = [];
  let prefix: string | undefined;
  let facts = new Map<string, string>();
  let stale = false;
  const finish = (): void => {
    if (facts.size > 0) paths.push(pathOf(prefix!, facts, stale));
    facts = new Map();
  };
  for (const line of text.split("\n")) {
    // Further paths of a prefix leave its column empty.
    const head = /^([0-9a-f.:]+\/\d+)?\s+(?:unicast|blackhole|unreachable|prohibit) \[/.exec(line);
    if (head !== null) {
      finish();
      prefix = head[1] ?? prefix;
      stale = /\[[^\]]*[sS]tale/.test(line) || /\(\d+s\)/.test(line);
    }
    const fact = /^\s+(BGP\.[a-z_]+):\s?(.*)$/.exec(line);
    if (fact !== null) facts.set(fact[1]!, fact[2]!.trim());
  }
  finish();
  return paths;
}

/** Starts BIRD 2 in a namespace, and waits until it answers. */
export async function startBird(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Daemon> {
  const folder = lab.folder("bird");
  const file = join(folder, "bird.conf");
  const control = join(folder, "bird.ctl");
  const log = join(folder, "bird.log");
  writeFileSync(log, "");
  writeFileSync(file, configText(config, log));
  const program = node.start("bird", ["-f", "-c", file, "-s", control, "-P", join(folder, "bird.pid")]);
  const birdc = (...words: string[]): string => node.run("birdc", "-s", control, ...words);
  await until(
    () => {
      if (!program.running) throw new Error(program.output());
      return birdc("show", "status").includes("Daemon is up and running");
    },
    { what: "BIRD", timeoutMs: 10_000 },
  );
  const version = /BIRD (\S+)/.exec(birdc("show", "status"))?.[1] ?? "";
  const paths = (family: "ipv4" | "ipv6"): DaemonRoute[] => {
    const table = family === "ipv4" ? "master4" : "master6";
    return config.neighbors
      .filter(({ families = ["ipv4", "ipv6"] }) => families.includes(family))
      .flatMap(({ address }) =>
        parsePaths(birdc("show", "route", "table", table, "protocol", protocolName(address), "all")),
      );
  };
  return {
    name: "bird",
    version,
    pids: [program.pid],
    routes: (family) => Promise.resolve(byPrefix(paths(family))),
    paths: (family) => Promise.resolve(paths(family)),
    state: (address) => {
      const text = birdc("show", "protocols", "all", protocolName(address));
      return Promise.resolve((/BGP state:\s+(\S+)/.exec(text)?.[1] ?? "unknown").toLowerCase());
    },
    describe: (address) => Promise.resolve(birdc("show", "protocols", "all", protocolName(address))),
    refresh: (address) => Promise.resolve(void birdc("reload", "in", protocolName(address))),
    shutDown: (address, text) => {
      birdc("disable", protocolName(address), `"${text}"`);
      return Promise.resolve(text);
    },
    log: () => readFileSync(log, "utf8"),
    stop: () => program.stop(),
  };
}
