import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@vipkit/test-support";
import { byPrefix, type Daemon, type DaemonConfig, type DaemonNeighbor, type DaemonRoute } from "./daemon.js";
import type { Lab, LabNode } from "./namespace.js";

function neighborBlock(config: DaemonConfig, neighbor: DaemonNeighbor): string {
  const { address, asn, mode, password, holdTimeSeconds, gtsm, role, families = ["ipv4", "ipv6"] } = neighbor;
  const local = address.includes(":") ? config.local?.ipv6 : config.local?.ipv4;
  return [
    `neighbor ${address} {`,
    `  remote-as ${asn}`,
    ...(local === undefined ? [] : [`  local-address ${local}`]),
    ...(mode === "passive" ? ["  passive"] : []),
    ...(password === undefined ? [] : [`  tcp md5sig password "${password}"`]),
    ...(holdTimeSeconds === undefined ? [] : [`  holdtime ${holdTimeSeconds}`]),
    ...(gtsm === true ? ["  ttl-security yes"] : []),
    ...(role === undefined ? [] : [`  announce policy ${role}`]),
    ...families.map((family) => `  announce ${family === "ipv4" ? "IPv4" : "IPv6"} unicast`),
    ...(neighbor.gracefulRestart === true ? ["  announce restart yes"] : []),
    ...(neighbor.enhancedRefresh === true ? ["  announce enhanced refresh yes"] : []),
    ...(neighbor.addPath === true ? ["  announce add-path recv yes"] : []),
    ...(neighbor.twoOctetAs === true ? ["  announce as-4byte no"] : []),
    "}",
  ].join("\n");
}

interface JsonRoute {
  readonly prefix: string;
  readonly aspath?: string;
  readonly exit_nexthop?: string;
  readonly localpref?: number;
  readonly metric?: number;
  readonly communities?: readonly string[];
  readonly large_communities?: readonly string[];
  readonly stale?: boolean;
  readonly attributes?: readonly { readonly type: string; readonly AS?: number; readonly router_id?: string }[];
}

function routeOf(route: JsonRoute): DaemonRoute {
  const find = (type: string): NonNullable<JsonRoute["attributes"]>[number] | undefined =>
    route.attributes?.find((one) => one.type === type);
  const aggregator = find("Aggregator");
  return {
    prefix: route.prefix,
    nextHops: route.exit_nexthop === undefined ? [] : [route.exit_nexthop],
    asPath: (route.aspath ?? "")
      .split(" ")
      .filter((word) => word !== "")
      .map(Number),
    ...(route.localpref === undefined ? {} : { localPref: route.localpref }),
    ...(route.metric === undefined ? {} : { med: route.metric }),
    communities: (route.communities ?? []).map((one) => (one === "GRACEFUL_SHUTDOWN" ? "65535:0" : one)),
    largeCommunities: route.large_communities ?? [],
    stale: route.stale === true,
    ...(aggregator === undefined ? {} : { aggregator: `${aggregator.AS} ${aggregator.router_id}` }),
    atomicAggregate: find("Atomic Aggregate") !== undefined,
  };
}

/** The package's account is made by systemd-sysusers, which a container may lack. */
function ensureAccount(): void {
  try {
    execFileSync("id", ["_openbgpd"], { stdio: "ignore" });
  } catch {
    execFileSync("useradd", [
      "--system",
      "--no-create-home",
      "--home-dir",
      "/run/openbgpd",
      "--shell",
      "/usr/sbin/nologin",
      "_openbgpd",
    ]);
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}

/** Starts OpenBGPD in a namespace, and waits until its CLI answers. */
export async function startOpenbgpd(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Daemon> {
  ensureAccount();
  mkdirSync("/run/openbgpd", { recursive: true });
  const folder = lab.folder("openbgpd");
  const file = join(folder, "bgpd.conf");
  const socket = join(folder, "bgpd.sock");
  const text = [
    `AS ${config.asn}`,
    `router-id ${config.routerId}`,
    `socket "${socket}"`,
    "fib-update no",
    "nexthop qualify via default",
    ...(config.networks ?? []).map((network) => `network ${network}`),
    ...config.neighbors.map((neighbor) => neighborBlock(config, neighbor)),
    "allow from any",
    "allow to any",
    "",
  ].join("\n");
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  chmodSync(folder, 0o755);
  const program = node.start("/usr/sbin/bgpd", ["-d", "-f", file]);
  const bgpctl = (...words: string[]): string => node.run("bgpctl", "-s", socket, ...words);
  await until(
    () => {
      if (!program.running) throw new Error(program.output());
      return bgpctl("show", "summary").includes("Neighbor");
    },
    { what: "OpenBGPD", timeoutMs: 15_000 },
  );
  const paths = (family: "ipv4" | "ipv6"): DaemonRoute[] => {
    const text = bgpctl("-j", "show", "rib", "in", "detail", family === "ipv4" ? "inet" : "inet6");
    const { rib = [] } = JSON.parse(text || "{}") as { rib?: JsonRoute[] };
    return rib.map(routeOf);
  };
  return {
    name: "openbgpd",
    version:
      /[\d.]+/.exec(execFileSync("dpkg-query", ["-W", "-f", "${Version}", "openbgpd"], { encoding: "utf8" }))?.[0] ??
      "",
    // The parent, and the session and route engines.
    pids: [program.pid, ...childrenOf(program.pid)],
    routes: (family) => Promise.resolve(byPrefix(paths(family))),
    paths: (family) => Promise.resolve(paths(family)),
    state: (address) => {
      const { neighbors = [] } = JSON.parse(bgpctl("-j", "show", "neighbor", address)) as {
        neighbors?: { state?: string }[];
      };
      return Promise.resolve((neighbors[0]?.state ?? "unknown").toLowerCase());
    },
    describe: (address) => Promise.resolve(bgpctl("show", "neighbor", address)),
    refresh: (address) => Promise.resolve(void bgpctl("neighbor", address, "refresh")),
    shutDown: (address, text) => {
      bgpctl("neighbor", address, "down", text);
      return Promise.resolve(text);
    },
    log: () => program.output(),
    stop: () => program.stop(),
  };
}
