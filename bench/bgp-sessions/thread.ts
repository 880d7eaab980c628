import { fork } from "node:child_process";
import { on } from "node:events";
import { fileURLToPath } from "node:url";
import { startPeer, startPeerThread, type Peer } from "@vipkit/bgp/node";
import type { PeerConfig } from "@vipkit/bgp";
import { nodeHost } from "@vipkit/net/node";
import { until } from "@vipkit/test-support";
import { median, type BenchContext } from "../report.js";

const COUNT = 10_000;
const ROUNDS = 15;
const WARM_UPS = 3;
const RECEIVE = fileURLToPath(new URL("receive.ts", import.meta.url));

interface Times {
  /** From the call until the other side, a process of its own, holds all routes. */
  readonly arrived: number[];
  /** How long the call keeps the caller's event loop. */
  readonly blocked: number[];
}

/** Tells all routes, and takes them back, again and again. The routes are new objects each time. */
async function measure(start: (config: PeerConfig) => Peer): Promise<Times> {
  const receiving = fork(RECEIVE, [String(COUNT)], { execArgv: ["--import", "tsx", "--conditions=vipkit:source"] });
  const messages = on(receiving, "message");
  const next = async (): Promise<number> => ((await messages.next()).value as number[])[0]!;
  const port = await next();
  const peer = start({
    name: "receiver",
    localAsn: 65001,
    peerAsn: 65002,
    remote: { ip: 0x7f00_0001, port },
    routerId: 0x0a00_0001,
    families: ["ipv4"],
  });
  await until(() => peer.snapshot().state === "Established", { what: "the session" });
  const times: Times = { arrived: [], blocked: [] };
  // End-of-RIB of the empty set.
  await next();
  for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
    const routes = Array.from({ length: COUNT }, (_, at) => ({
      prefix: { ip: 0x0a00_0000 + at, length: 32 },
      communities: [65001 * 65536 + 7],
    }));
    const before = performance.now();
    peer.advertise(routes);
    const after = performance.now();
    await next();
    if (round >= 0) {
      times.arrived.push(performance.now() - before);
      times.blocked.push(after - before);
    }
    peer.advertise([]);
    await next();
  }
  await peer.stop();
  receiving.kill();
  return times;
}

/** What it costs to have the session in a thread: routes cross by structured clone. */
export async function threadCases({ report }: BenchContext): Promise<void> {
  const host = nodeHost();
  const here = await measure((config) => startPeer({ host, config }));
  const thread = startPeerThread();
  const there = await measure((config) => thread.startPeer({ config }));
  await thread.close();
  const common = { bench: "bgp-sessions", unit: "ms", n: ROUNDS, peer: "the same on the caller's event loop" } as const;
  report({
    ...common,
    case: `${COUNT} routes, advertise to held by the other side, session in a thread`,
    value: median(there.arrived),
    peerValue: median(here.arrived),
  });
  report({
    ...common,
    case: `${COUNT} routes, the caller's time in advertise, session in a thread`,
    value: median(there.blocked),
    peerValue: median(here.blocked),
  });
}
