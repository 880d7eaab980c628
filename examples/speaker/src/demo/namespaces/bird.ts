import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NODE_ASN, NODES, ROUTER, ROUTER_ASN } from "../cluster.js";
import type { RouterRoute } from "../stage.js";
import { command, startProgram, type Program } from "./command.js";

/** True when the BIRD routing daemon, version 2, is installed. */
export function hasBird(): boolean {
  const { stdout, stderr } = spawnSync("bird", ["--version"], { encoding: "utf8" });
  return `${stdout}${stderr}`.includes("version 2.");
}

const sessions = NODES.flatMap(({ name, ipv4, ipv6 }) =>
  [ipv4, ipv6].map((address) => {
    const family = address.includes(":") ? 6 : 4;
    return `
protocol bgp ${name.replace("-", "_")}_v${family} {
  local ${family === 6 ? ROUTER.ipv6 : ROUTER.ipv4} as ${ROUTER_ASN};
  neighbor ${address} as ${NODE_ASN};
  passive on;
  hold time 3;
  ipv${family} { import all; export none; };
}`;
  }),
);

const config = `router id ${ROUTER.ipv4};
log stderr all;
protocol device { }
${sessions.join("\n")}
`;

export interface Router {
  readonly program: Program;
  routes(): Promise<RouterRoute[]>;
}

/** Starts BIRD in the namespace, with its files in the folder. */
export async function startBird(namespace: string, folder: string): Promise<Router> {
  const file = join(folder, "bird.conf");
  const socket = join(folder, "bird.ctl");
  await writeFile(file, config);
  const program = startProgram(namespace, ["bird", "-f", "-c", file, "-s", socket]);
  return {
    program,
    routes: async () => parseRoutes(await command("birdc", "-s", socket, "show", "route")),
  };
}

/** Reads `show route`: a line with the prefix and the first way, then the other ways, each followed by its next hop. */
function parseRoutes(text: string): RouterRoute[] {
  const routes = new Map<string, Set<string>>();
  let hops: Set<string> | undefined;
  for (const line of text.split("\n")) {
    const prefix = /^([0-9a-f.:]+\/\d+)\s/.exec(line)?.[1];
    if (prefix !== undefined) routes.set(prefix, (hops = routes.get(prefix) ?? new Set()));
    const hop = /^\s+via\s+(\S+)/.exec(line)?.[1];
    if (hop !== undefined) hops?.add(hop);
  }
  return [...routes].map(([prefix, nextHops]) => ({ prefix, nextHops: [...nextHops].sort() }));
}
