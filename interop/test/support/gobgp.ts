import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@vipkit/test-support";
import { byPrefix, type Daemon, type DaemonConfig, type DaemonNeighbor, type DaemonRoute } from "./daemon.js";
import type { Lab, LabNode } from "./namespace.js";

function neighborToml(neighbor: DaemonNeighbor): string {
  const { address, asn, mode, password, holdTimeSeconds, gtsm, families = ["ipv4", "ipv6"] } = neighbor;
  const hold = holdTimeSeconds ?? 90;
  return [
    "[[neighbors]]",
    "  [neighbors.config]",
    `    neighbor-address = "${address}"`,
    `    peer-as = ${asn}`,
    ...(password === undefined ? [] : [`    auth-password = "${password}"`]),
    "  [neighbors.transport.config]",
    `    passive-mode = ${mode === "passive"}`,
    "  [neighbors.timers.config]",
    "    connect-retry = 1",
    `    hold-time = ${hold}`,
    `    keepalive-interval = ${Math.max(1, Math.floor(hold / 3))}`,
    "    idle-hold-time-after-reset = 1",
    ...(gtsm === true ? ["  [neighbors.ttl-security.config]", "    enabled = true", "    ttl-min = 255"] : []),
    ...(neighbor.gracefulRestart === true
      ? [
          "  [neighbors.graceful-restart.config]",
          "    enabled = true",
          "    restart-time = 120",
          "    helper-only = true",
          ...(neighbor.longLived === true ? ["    long-lived-enabled = true"] : []),
        ]
      : []),
    ...families.flatMap((family) => [
      "  [[neighbors.afi-safis]]",
      "    [neighbors.afi-safis.config]",
      `      afi-safi-name = "${family}-unicast"`,
      ...(neighbor.gracefulRestart === true
        ? ["    [neighbors.afi-safis.mp-graceful-restart.config]", "      enabled = true"]
        : []),
      ...(neighbor.longLived === true
        ? [
            "    [neighbors.afi-safis.long-lived-graceful-restart.config]",
            "      enabled = true",
            "      restart-time = 60",
          ]
        : []),
      ...(neighbor.addPath === true ? ["    [neighbors.afi-safis.add-paths.config]", "      receive = true"] : []),
    ]),
  ].join("\n");
}

interface JsonAttribute {
  readonly type: number;
  readonly value?: unknown;
  readonly nexthop?: string;
  readonly as_paths?: readonly { readonly asns: readonly number[] }[];
  readonly metric?: number;
  readonly communities?: readonly number[];
  readonly as?: number;
  readonly address?: string;
}

interface JsonPath {
  readonly attrs: readonly JsonAttribute[];
  readonly stale?: boolean;
}

function large(value: unknown): string[] {
  const list = (Array.isArray(value) ? value : []) as { ASN: number; LocalData1: number; LocalData2: number }[];
  return list.map(({ ASN, LocalData1, LocalData2 }) => `${ASN}:${LocalData1}:${LocalData2}`);
}

function routeOf(prefix: string, { attrs, stale }: JsonPath): DaemonRoute {
  const find = (type: number): JsonAttribute | undefined => attrs.find((one) => one.type === type);
  const localPref = find(5)?.value;
  const med = find(4)?.metric;
  const aggregator = find(7);
  const nextHop = find(3)?.nexthop ?? find(14)?.nexthop;
  return {
    prefix,
    nextHops: nextHop === undefined ? [] : [nextHop],
    asPath: (find(2)?.as_paths ?? []).flatMap(({ asns }) => asns),
    ...(typeof localPref === "number" ? { localPref } : {}),
    ...(med === undefined ? {} : { med }),
    communities: (find(8)?.communities ?? []).map((one) => `${Math.floor(one / 65536)}:${one % 65536}`),
    largeCommunities: large(find(32)?.value),
    stale: stale === true,
    ...(aggregator === undefined ? {} : { aggregator: `${aggregator.as} ${aggregator.address}` }),
    atomicAggregate: find(6) !== undefined,
  };
}

/** Starts gobgpd in a namespace, and waits until its CLI answers. */
export async function startGobgp(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Daemon> {
  const folder = lab.folder("gobgp");
  const file = join(folder, "gobgpd.toml");
  const text = [
    "[global.config]",
    `  as = ${config.asn}`,
    `  router-id = "${config.routerId}"`,
    ...config.neighbors.map(neighborToml),
    "",
  ].join("\n");
  writeFileSync(file, text);
  const program = node.start("gobgpd", ["-f", file, "--api-hosts", "127.0.0.1:50051", "--pprof-disable"]);
  const gobgp = (...words: string[]): string => node.run("gobgp", "-p", "50051", ...words);
  await until(
    () => {
      if (!program.running) throw new Error(program.output());
      return gobgp("global").includes("Router-ID");
    },
    { what: "GoBGP", timeoutMs: 15_000 },
  );
  const adjIn = (address: string, family: string): unknown => {
    try {
      return JSON.parse(gobgp("neighbor", address, "adj-in", "-a", family, "-j"));
    } catch (error) {
      if (String((error as { stdout?: string }).stdout).includes("is not established")) return {};
      throw error;
    }
  };
  for (const network of config.networks ?? []) {
    gobgp("global", "rib", "add", network, ...(network.includes(":") ? ["-a", "ipv6"] : []));
  }
  const paths = (family: "ipv4" | "ipv6"): DaemonRoute[] =>
    config.neighbors
      .filter(({ families = ["ipv4", "ipv6"] }) => families.includes(family))
      .flatMap(({ address }) => {
        const parsed = adjIn(address, family);
        // A list, or an object by prefix: the CLI has both.
        if (Array.isArray(parsed)) return parsed as (JsonPath & { nlri: { prefix: string } })[];
        return Object.values((parsed ?? {}) as Record<string, (JsonPath & { nlri: { prefix: string } })[]>).flat();
      })
      .map((path) => routeOf(path.nlri.prefix, path));
  return {
    name: "gobgp",
    version: node
      .run("gobgpd", "--version")
      .replace(/^gobgpd version /, "")
      .trim(),
    pids: [program.pid],
    routes: (family) => Promise.resolve(byPrefix(paths(family))),
    paths: (family) => Promise.resolve(paths(family)),
    state: (address) => {
      const { state } = JSON.parse(gobgp("neighbor", address, "-j")) as { state?: { session_state?: number } };
      return Promise.resolve(
        ["unknown", "idle", "connect", "active", "opensent", "openconfirm", "established"][state?.session_state ?? 0]!,
      );
    },
    describe: (address) => Promise.resolve(gobgp("neighbor", address)),
    refresh: (address) => Promise.resolve(void gobgp("neighbor", address, "softresetin")),
    shutDown: (address, text) => {
      gobgp("neighbor", address, "shutdown", "--reason", text);
      return Promise.resolve(text);
    },
    log: () => program.output(),
    stop: () => program.stop(),
  };
}
