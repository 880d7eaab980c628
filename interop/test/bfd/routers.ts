import { execFile, execFileSync } from "node:child_process";
import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "@vipkit/test-support";
import type { Lab, LabNode } from "../support/namespace.js";

/** What a router's end of a session shall be like. Intervals in milliseconds. */
export interface RouterSession {
  readonly remote: string;
  readonly local: string;
  readonly intervalMs: number;
  readonly multiplier: number;
  readonly multihop?: boolean;
  readonly passive?: boolean;
  readonly auth?: { readonly type: string; readonly keyId: number; readonly password: string };
}

/** A router that speaks BFD and nothing else, with one session. */
export interface BfdRouter {
  /** `up`, `down`, `init` or whatever else it says, lower case; empty when there is no session. */
  state(): Promise<string>;
  /** Takes over another configuration while it runs. */
  configure(session: RouterSession): Promise<void>;
  /** Takes its session down administratively. */
  shutDown(): Promise<void>;
}

/** Runs a command in a namespace, while our own sessions go on. */
async function ask(node: LabNode, command: string, ...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("ip", ["netns", "exec", node.namespace, command, ...words]);
  return stdout;
}

export interface RouterKind {
  readonly name: string;
  readonly commands: readonly string[];
  /** Types of authentication that it has. */
  readonly auth: readonly string[];
  /** TTL of its packets over several hops: RFC 5883 leaves it open. */
  readonly multihopTtl: number;
  /** It says so when it is taken down administratively (RFC 5880 section 6.8.16), and does not just fall silent. */
  readonly saysGoodbye: boolean;
  start(lab: Lab, node: LabNode, session: RouterSession): Promise<BfdRouter>;
}

const BIRD_AUTH: Readonly<Record<string, string>> = {
  simple: "simple",
  "keyed-md5": "keyed md5",
  "meticulous-md5": "meticulous keyed md5",
  "keyed-sha1": "keyed sha1",
  "meticulous-sha1": "meticulous keyed sha1",
};

function birdConfig({ remote, local, intervalMs, multiplier, multihop, passive, auth }: RouterSession): string {
  const options = [
    `interval ${intervalMs} ms;`,
    `multiplier ${multiplier};`,
    ...(passive === true ? ["passive on;"] : []),
    ...(auth === undefined
      ? []
      : [`authentication ${BIRD_AUTH[auth.type]};`, `password "${auth.password}" { id ${auth.keyId}; };`]),
  ].join(" ");
  return [
    "router id 192.0.2.2;",
    "protocol device { scan time 1; }",
    "protocol bfd watch {",
    multihop === true ? `  multihop { ${options} };` : `  interface "eth0" { ${options} };`,
    multihop === true
      ? `  neighbor ${remote} local ${local} multihop on;`
      : `  neighbor ${remote} dev "eth0" local ${local};`,
    "}",
    "",
  ].join("\n");
}

async function startBirdBfd(lab: Lab, node: LabNode, session: RouterSession): Promise<BfdRouter> {
  const folder = lab.folder("bird-bfd");
  const [file, control] = [join(folder, "bird.conf"), join(folder, "bird.ctl")];
  writeFileSync(file, birdConfig(session));
  const program = node.start("bird", ["-f", "-c", file, "-s", control, "-P", join(folder, "bird.pid")]);
  const birdc = (...words: string[]): Promise<string> => ask(node, "birdc", "-s", control, ...words);
  await until(
    async () => {
      if (!program.running) throw new Error(program.output());
      const said = await birdc("show", "status").catch(() => "");
      return said.includes("Daemon is up and running");
    },
    { what: "BIRD", timeoutMs: 10_000 },
  );
  return {
    state: async () => {
      const said = await birdc("show", "bfd", "sessions");
      const line = said.split("\n").find((one) => one.startsWith(session.remote));
      return (line ?? "").split(/\s+/)[2]?.toLowerCase() ?? "";
    },
    configure: async (next) => {
      writeFileSync(file, birdConfig(next));
      await birdc("configure");
    },
    shutDown: async () => {
      await birdc("disable", "watch");
    },
  };
}

function frrPeer({ remote, local, multihop }: RouterSession): string {
  return multihop === true
    ? `peer ${remote} multihop local-address ${local}`
    : `peer ${remote} local-address ${local} interface eth0`;
}

function frrOptions({ intervalMs, multiplier, passive, multihop }: RouterSession): string[] {
  return [
    `detect-multiplier ${multiplier}`,
    `receive-interval ${intervalMs}`,
    `transmit-interval ${intervalMs}`,
    ...(passive === true ? ["passive-mode"] : []),
    ...(multihop === true ? ["minimum-ttl 200"] : []),
    "no shutdown",
  ];
}

/** FRRouting with zebra and bfdd alone. */
async function startFrrBfd(lab: Lab, node: LabNode, session: RouterSession): Promise<FrrBfd> {
  const folder = lab.folder("frr-bfd");
  const id = (flag: string): number => Number(execFileSync("id", [flag, "frr"], { encoding: "utf8" }));
  const [uid, gid] = [id("-u"), id("-g")];
  chownSync(folder, uid, gid);
  const common = ["--vty_socket", folder, "-z", join(folder, "zserv.api"), "-A", "127.0.0.1", "-P", "0"];
  const start = (name: string, lines: readonly string[], more: readonly string[] = []): void => {
    const file = join(folder, `${name}.conf`);
    writeFileSync(file, [`log file ${join(folder, `${name}.log`)}`, ...lines, ""].join("\n"));
    chownSync(file, uid, gid);
    node.start(`/usr/lib/frr/${name}`, ["-f", file, "-i", join(folder, `${name}.pid`), ...common, ...more]);
  };
  const vtysh = (...commands: string[]): Promise<string> =>
    ask(node, "vtysh", "--vty_socket", folder, ...commands.flatMap((command) => ["-c", command]));
  start("zebra", []);
  await until(async () => (await vtysh("show interface brief").catch(() => "")).includes("eth0"), { what: "zebra" });
  const lines = ["bfd", ` ${frrPeer(session)}`, ...frrOptions(session).map((line) => `  ${line}`), " exit", "exit"];
  start("bfdd", lines, ["--bfdctl", join(folder, "bfdd.sock")]);
  const status = async (): Promise<string | undefined> => {
    const said = JSON.parse(await vtysh("show bfd peers json")) as { peer?: string; status?: string }[];
    return said.find(({ peer }) => peer === session.remote)?.status;
  };
  await until(async () => (await status().catch(() => undefined)) !== undefined, { what: "bfdd" });
  const within = (...commands: string[]): Promise<string> => vtysh("configure", "bfd", frrPeer(session), ...commands);
  return {
    within,
    state: async () => (await status()) ?? "",
    configure: async (next) => {
      await within(...frrOptions(next));
    },
    shutDown: async () => {
      await within("shutdown");
    },
  };
}

interface FrrBfd extends BfdRouter {
  /** Runs commands in the session's node of the configuration. */
  within(...commands: string[]): Promise<string>;
}

/** The routers of the lab that speak BFD. */
export const ROUTERS: readonly RouterKind[] = [
  {
    name: "BIRD",
    commands: ["bird", "birdc"],
    auth: Object.keys(BIRD_AUTH),
    multihopTtl: 64,
    saysGoodbye: false,
    start: startBirdBfd,
  },
  {
    name: "FRR",
    commands: ["vtysh", "zebra"],
    auth: [],
    multihopTtl: 255,
    saysGoodbye: true,
    start: startFrrBfd,
  },
];
