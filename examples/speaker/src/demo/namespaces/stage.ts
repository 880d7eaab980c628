import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SpeakerEvent } from "../../events.js";
import { CLIENT, FILES, NODES, ROUTER } from "../cluster.js";
import type { ProbeReport, Stage } from "../stage.js";
import { hasBird, startBird, type Router } from "./bird.js";
import { endProgram, startProgram, type Program } from "./command.js";
import { createNetwork, type Network } from "./network.js";
import { startOwnRouter } from "./own-router.js";

/** Why the story cannot be played in network namespaces here; undefined when it can. */
export function whyNotReal(): string | undefined {
  if (process.platform !== "linux") return "not on Linux";
  if (process.geteuid?.() !== 0) return "not root";
  if (spawnSync("ip", ["-V"]).status !== 0) return "iproute2 is not installed";
  return undefined;
}

/** How TypeScript sources are run: the way this program itself was started. */
function program(file: string): string[] {
  return [process.execPath, ...process.execArgv, fileURLToPath(new URL(file, import.meta.url))];
}

const READY_LIMIT_MS = 15_000;
const ASK_EVERY_MS = 20;

export function createNamespaceStage(): Stage {
  const began = performance.now();
  const withBird = hasBird();
  // Names of namespaces are for the whole machine: two demonstrations at a time keep apart by the process number.
  const prefix = `vk${process.pid.toString(36)}`;
  const speakers = new Map<string, Program>();
  const backends = new Map<string, Program>();
  const answers = new Map<string, (answer: Record<string, unknown>) => void>();
  let folder = "";
  let network: Network | undefined;
  let router: Router | undefined;
  let client: Program | undefined;
  let starting: Promise<void> = Promise.resolve();
  let isReady = false;
  let closing = false;

  const configFolder = (): string => join(folder, "config");
  const pause = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs));
  const until: Stage["until"] = async (what, condition, limitMs) => {
    const end = performance.now() + limitMs;
    while (!(await condition())) {
      const dead = [...speakers].find(([, speaker]) => !speaker.running);
      if (performance.now() > end)
        throw new Error(
          `${what}: not within ${limitMs} ms${dead === undefined ? "" : `; ${dead[0]} ended: ${dead[1].lastWords()}`}`,
        );
      await pause(ASK_EVERY_MS);
    }
  };
  const heard = (line: string): void => {
    const answer = JSON.parse(line) as Record<string, unknown>;
    const key = Object.keys(answer)[0]!;
    const subject = answer[key];
    answers.get(`${key} ${String(subject)}`)?.(answer);
  };
  const tellClient = (line: string): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      answers.set(line, resolve);
      client?.say(line);
    });

  const startSpeakers = (tell: (node: string, event: SpeakerEvent) => void): void => {
    for (const { name, ipv4 } of NODES) {
      const status = join(folder, `${name}.json`);
      const flags = [
        "--node-name",
        name,
        "--interface",
        "eth0",
        "--gossip",
        ipv4,
        "--profile",
        "fast",
        "--status-file",
        status,
      ];
      const args = [...program("../../main.ts"), "run", "--json", "--config", configFolder(), ...flags];
      speakers.set(
        name,
        startProgram(network!.namespaceOf(name), args, (line) => tell(name, JSON.parse(line) as SpeakerEvent)),
      );
    }
  };

  const begin = async (tell: (node: string, event: SpeakerEvent) => void): Promise<void> => {
    folder = await mkdtemp(join(tmpdir(), "vipkit-"));
    await mkdir(configFolder());
    for (const { name, text } of FILES) await writeFile(join(configFolder(), name), text);
    network = await createNetwork(prefix, [...NODES, CLIENT, ROUTER]);
    if (closing) return;
    const inRouter = network.namespaceOf(ROUTER.name);
    router = withBird ? await startBird(inRouter, folder) : startOwnRouter(inRouter, program("./router.ts"));
    answers.set("ready true", () => (isReady = true));
    client = startProgram(network.namespaceOf(CLIENT.name), program("./client.ts"), heard);
    startSpeakers(tell);
    await until("the client", () => closing || isReady, READY_LIMIT_MS);
  };

  return {
    real: [
      "network namespaces joined by a bridge, and every frame between them",
      withBird ? "the router: BIRD" : "the router: vipkit's own passive BGP speaker, because BIRD is not installed",
      "the client: this kernel's neighbour cache, UDP every 5 ms",
      "the death of the node: SIGKILL, and its cable pulled",
    ],
    simulated: ["kube-proxy: each node has the addresses on its loopback interface and an echo program behind them"],
    visit: `ip netns exec ${prefix}-${CLIENT.name} ping 192.0.2.100`,
    now: () => performance.now() - began,
    until,
    pause,
    start: (tell) => (starting = begin(tell)),
    serve: async (addresses) => {
      for (const { name } of NODES) {
        await network!.takeAddresses(name, addresses);
        let serving = 0;
        const backend = startProgram(
          network!.namespaceOf(name),
          [...program("./backend.ts"), ...addresses],
          () => (serving += 1),
        );
        backends.set(name, backend);
        await until(`the program behind ${name}`, () => serving === addresses.length, READY_LIMIT_MS);
      }
    },
    ask: async (address) => {
      const { mac, error } = await tellClient(`ask ${address}`);
      if (typeof mac !== "string") throw new Error(String(error));
      return mac;
    },
    nodeOf: (mac) => NODES.find((node) => node.mac === mac)?.name,
    routes: () => router!.routes(),
    probe: (address) => {
      client?.say(`probe ${address}`);
      return async () => (await tellClient(`report ${address}`)) as unknown as ProbeReport;
    },
    writeFile: async (name, text) => {
      const path = join(configFolder(), name);
      if (text === undefined) await rm(path);
      else await writeFile(path, text);
    },
    kill: async (node) => {
      speakers.get(node)?.kill("SIGKILL");
      backends.get(node)?.kill("SIGKILL");
      speakers.delete(node);
      await network!.pullCable(node);
    },
    stopSpeakers: async () => {
      await Promise.all([...speakers.values()].map((speaker) => endProgram(speaker)));
    },
    close: async () => {
      closing = true;
      await starting.catch(() => undefined);
      const programs = [...speakers.values(), ...backends.values(), client, router?.program];
      await Promise.all(programs.flatMap((running) => (running === undefined ? [] : [endProgram(running)])));
      await network?.remove();
      if (folder !== "") await rm(folder, { recursive: true, force: true });
    },
  };
}
