/** The measured process: `measure.ts COUNT` dials COUNT sessions to a child of its own and reports by a message. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startPeer, type Peer } from "@vipkit/bgp/node";
import { nodeHost } from "@vipkit/net/node";
import { until } from "@vipkit/test-support";
import type { SessionsReport } from "../cases/bgp-sessions.js";

const count = Number(process.argv[2]);
const MEASURED_MS = 20_000;
/** 127.1.0.1 and up: each session comes from an address of its own. */
const FIRST = 0x7f01_0001;

async function main(): Promise<void> {
  const answering = fork(fileURLToPath(new URL("answer.ts", import.meta.url)), [], { execArgv: process.execArgv });
  const [port] = (await once(answering, "message")) as [number];
  const host = nodeHost();
  let downs = 0;
  const peers = Array.from({ length: count }, (_, at): Peer => {
    const peer = startPeer({
      host,
      config: {
        name: `peer-${at}`,
        localAsn: 65001,
        peerAsn: 65002,
        remote: { ip: 0x7f00_0001, port },
        source: FIRST + at,
        routerId: 0x0a00_0001,
        holdTimeSeconds: 9,
      },
    });
    peer.advertise([{ prefix: { ip: 0x0a64_0000 + at, length: 32 } }]);
    peer.onEvent(({ type }) => {
      if (type === "down") downs += 1;
    });
    return peer;
  });
  const established = (): number => peers.filter((peer) => peer.snapshot().state === "Established").length;
  await until(() => established() === count, { timeoutMs: 60_000, everyMs: 200, what: "all sessions" }).catch(
    () => undefined,
  );
  downs = 0;
  const before = process.cpuUsage();
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - start) / 1000;
  const answer: SessionsReport = {
    sessions: count,
    established: established(),
    cpu: (user + system) / 1e6 / seconds,
    seconds,
    downs,
    maxLagMs: Math.max(...peers.map((peer) => peer.snapshot().maxLagMs)),
    residentMB: process.memoryUsage().rss / 1e6,
  };
  answering.kill();
  process.send?.(answer);
}

await main();
