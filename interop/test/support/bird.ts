import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@vipkit/test-support";
import type { Daemon, DaemonConfig, DaemonNeighbor, DaemonRoute } from "./daemon.js";
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
    ...(neighbor.twoOctetAs === true ? ["  enable as4 off;"] : []),
    ...families.map(
      (family) =>
        `  ${family} { import all; export all;${neighbor.addPath === true ? " add paths rx;" : ""}${family === "ipv4" && isIpv6 ? " extended next hop on;" : ""} };`,
    ),
    "}",
  ];
  return lines.join("\n");
}

function configText(config: DaemonConfig): string {
  const statics = (family: "ipv4" | "ipv6"): string => {
    const own = (config.networks ?? []).filter((network) => network.includes(":") === (family === "ipv6"));
    return `protocol static s_${family} { ${family}; ${own.map((network) => `route ${network} blackhole;`).join(" ")} }`;
  };
  const timers = config.neighbors.find(({ bfd }) => bfd !== undefined)?.bfd;
  return [
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

/** Reads `show route all`. BIRD has no JSON. */
function parseRoutes(text: string): Map<string, DaemonRoute> {
  const routes = new Map<string, DaemonRoute>();
  let prefix: string | undefined;
  let facts = new Map<string, string>();
  let stale = false;
  const finish = (): void => {
    if (prefix === undefined) return;
    const localPref = facts.get("BGP.local_pref");
    const med = facts.get("BGP.med");
    routes.set(prefix, {
      prefix,
      nextHops: (facts.get("BGP.next_hop") ?? "").split(" ").filter((word) => word !== ""),
      asPath: (facts.get("BGP.as_path") ?? "")
        .split(" ")
        .filter((word) => word !== "")
        .map(Number),
      ...(localPref === undefined ? {} : { localPref: Number(localPref) }),
      ...(med === undefined ? {} : { med: Number(med) }),
      communities: pairs(facts.get("BGP.community") ?? ""),
      largeCommunities: triples(facts.get("BGP.large_community") ?? ""),
      stale,
    });
  };
  for (const line of text.split("\n")) {
    const head = /^([0-9a-f.:]+\/\d+)\s/.exec(line);
    if (head !== null) {
      finish();
      [, prefix] = head;
      facts = new Map();
      stale = /\[[^\]]*[sS]tale/.test(line) || /\(\d+s\)/.test(line);
    }
    const fact = /^\s+(BGP\.[a-z_]+):\s?(.*)$/.exec(line);
    if (fact !== null) facts.set(fact[1]!, fact[2]!.trim());
  }
  finish();
  return routes;
}

/** Starts BIRD 2 in a namespace, and waits until it answers. */
export async function startBird(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Daemon> {
  const folder = lab.folder("bird");
  const file = join(folder, "bird.conf");
  const control = join(folder, "bird.ctl");
  writeFileSync(file, configText(config));
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
  return {
    name: "bird",
    version,
    pids: [program.pid],
    routes: (family) => {
      const tables = config.neighbors
        .filter(({ families = ["ipv4", "ipv6"] }) => families.includes(family))
        .map(({ address }) =>
          birdc(
            "show",
            "route",
            "table",
            family === "ipv4" ? "master4" : "master6",
            "protocol",
            protocolName(address),
            "all",
          ),
        );
      return Promise.resolve(parseRoutes(tables.join("\n")));
    },
    state: (address) => {
      const text = birdc("show", "protocols", "all", protocolName(address));
      return Promise.resolve((/BGP state:\s+(\S+)/.exec(text)?.[1] ?? "unknown").toLowerCase());
    },
    describe: (address) => Promise.resolve(birdc("show", "protocols", "all", protocolName(address))),
    refresh: (address) => Promise.resolve(void birdc("reload", "in", protocolName(address))),
    stop: () => program.stop(),
  };
}
