import { fileURLToPath } from "node:url";
import { parseIp, parsePrefix, type Ipv4 } from "@vipkit/net";
import {
  createPeerMachine,
  encodeMessage,
  PLAIN_CONTEXT,
  type Message,
  type PeerConfig,
  type PeerEffect,
  type Route,
} from "@vipkit/bgp";
import { startPeer, type Peer } from "@vipkit/bgp/node";
import { linuxHost } from "@vipkit/link/node";
import { hasNetworkNamespaces, findCommand, until } from "@vipkit/test-support";
import { startBird } from "../../interop/test/support/bird.js";
import { startFrr, type Frr } from "../../interop/test/support/frr.js";
import { createLab, type Lab, type LabNode } from "../../interop/test/support/namespace.js";
import { median, percentile, type Bench, type BenchContext } from "../report.js";

const BENCH = "bgp-routes";
const OURS = "192.0.2.1";
const ROUTER = "192.0.2.2";
const ROUNDS = 5;
const SENDER = fileURLToPath(new URL("../bgp-routes/send.ts", import.meta.url));

function hostRoutes(count: number, first = 0x0a00_0000): Route[] {
  return Array.from({ length: count }, (_, at) => ({
    prefix: { ip: first + at, length: 32 },
    communities: [65001 * 65536 + 7],
  }));
}

function config(more: Partial<PeerConfig> = {}): PeerConfig {
  return {
    name: "router",
    localAsn: 65001,
    peerAsn: 65002,
    remote: { ip: parseIp(ROUTER), port: 179 },
    routerId: parseIp(OURS) as Ipv4,
    idleHold: { firstMs: 100, maxMs: 500 },
    extendedMessage: false,
    ...more,
  };
}

const OPEN: Message = {
  type: "open",
  version: 4,
  myAs: 65002,
  holdTimeSeconds: 90,
  routerId: parseIp(ROUTER) as Ipv4,
  capabilities: [
    { type: "multiprotocol", family: { afi: 1, safi: 1 } },
    { type: "four-octet-as", asn: 65002 },
  ],
};

/** A machine one KEEPALIVE short of Established. */
function almostUp(routes: readonly Route[]): { readonly finish: () => readonly PeerEffect[] } {
  const machine = createPeerMachine(config(), 1, 0);
  machine.handle({ type: "advertise", routes }, 0);
  machine.handle({ type: "start" }, 0);
  const local = { ip: parseIp(OURS), port: 50_000 };
  machine.handle({ type: "connected", connection: 1, local, remote: config().remote }, 0);
  machine.handle({ type: "bytes", connection: 1, bytes: encodeMessage(OPEN, PLAIN_CONTEXT) }, 0);
  const keepalive = encodeMessage({ type: "keepalive" }, PLAIN_CONTEXT);
  return {
    finish: () => {
      const all = [...machine.handle({ type: "bytes", connection: 1, bytes: keepalive }, 1)];
      // A network that takes everything at once.
      for (let before = -1; before !== all.length;) {
        before = all.length;
        all.push(...machine.handle({ type: "backlog", connection: 1, bytes: 0 }, 1));
      }
      return all;
    },
  };
}

/** The machine alone: from Established to all bytes made. */
function machineCases({ report }: BenchContext): void {
  for (const count of [10_000, 100_000]) {
    const routes = hostRoutes(count);
    const times = Array.from({ length: 9 }, () => {
      const { finish } = almostUp(routes);
      const start = performance.now();
      const effects = finish();
      const took = performance.now() - start;
      if (effects.length === 0) throw new Error("nothing was sent");
      return took;
    });
    report({
      bench: BENCH,
      case: `${count} host routes, Established to all bytes made`,
      unit: "ms",
      value: median(times),
      n: 9,
    });
  }
}

interface Stage {
  readonly lab: Lab;
  readonly sender: LabNode;
  readonly frr: Frr;
}

async function withFrr<T>(run: (stage: Stage) => Promise<T>, senderAsn = 65001): Promise<T> {
  const lab = createLab();
  try {
    const sender = lab.addNode("us", [`${OURS}/24`]);
    const router = lab.addNode("them", [`${ROUTER}/24`]);
    const frr = await startFrr(lab, router, {
      asn: 65002,
      routerId: ROUTER,
      neighbors: [{ address: OURS, asn: senderAsn, mode: "passive", families: ["ipv4"] }],
    });
    return await run({ lab, sender, frr });
  } finally {
    await lab.close();
  }
}

/** From the moment FRR says that the session is up until its RIB has them all. */
async function untilHeld(frr: Frr, count: number): Promise<number> {
  await until(async () => (await frr.state(OURS)) === "established", {
    timeoutMs: 60_000,
    everyMs: 5,
    what: "the session",
  });
  const start = performance.now();
  await until(() => frr.routeCount("ipv4") >= count, { timeoutMs: 120_000, everyMs: 5, what: `${count} routes` });
  return performance.now() - start;
}

async function sendOurs(count: number): Promise<number> {
  return withFrr(async ({ sender }) => {
    const host = linuxHost({ namespace: sender.namespace });
    const peer: Peer = startPeer({ host, config: config({ families: ["ipv4"] }) });
    peer.advertise(hostRoutes(count));
    let toKernelMs = 0;
    await until(
      () => {
        const { routes, session, sinceMsAgo } = peer.snapshot();
        if (routes.advertised < count || session?.backlog !== 0) return false;
        // Since the KEEPALIVE that established the session came in: making the bytes is part of it.
        toKernelMs = sinceMsAgo;
        return true;
      },
      { timeoutMs: 60_000, everyMs: 1, what: "all bytes at the kernel" },
    );
    await peer.stop();
    return toKernelMs;
  });
}

/** Our sender as a process of its own, as BIRD is one: asking FRR blocks this one. */
async function sendApart(count: number): Promise<number> {
  return withFrr(async ({ sender, frr }) => {
    sender.start(process.execPath, ["--import", "tsx", "--conditions=vipkit:source", SENDER, String(count)]);
    return untilHeld(frr, count);
  });
}

async function sendBird(count: number): Promise<number> {
  return withFrr(async ({ lab, sender, frr }) => {
    const networks = hostRoutes(count).map(
      ({ prefix }) =>
        `10.${((prefix.ip as number) >>> 16) & 255}.${((prefix.ip as number) >>> 8) & 255}.${(prefix.ip as number) & 255}/32`,
    );
    await startBird(lab, sender, {
      asn: 65001,
      routerId: OURS,
      local: { ipv4: OURS },
      networks,
      neighbors: [{ address: ROUTER, asn: 65002, families: ["ipv4"] }],
    });
    return untilHeld(frr, count);
  });
}

async function routerCases({ report, note }: BenchContext): Promise<void> {
  if (!hasNetworkNamespaces() || findCommand("vtysh") === undefined) {
    note("FRR as the receiver needs root, network namespaces and the package frr (apt-get install frr)");
    return;
  }
  for (const count of [10_000, 100_000]) {
    const rounds = count > 10_000 ? 3 : ROUNDS;
    const ours: number[] = [];
    const apart: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await sendOurs(count));
      apart.push(await sendApart(count));
    }
    report({
      bench: BENCH,
      case: `${count} host routes, Established to the last byte at the kernel`,
      unit: "ms",
      value: median(ours),
      n: rounds,
    });
    const value = median(apart);
    const name = `${count} host routes, FRR's Established to its RIB`;
    if (findCommand("bird") === undefined || count > 10_000) {
      report({ bench: BENCH, case: name, unit: "ms", value, n: rounds });
      continue;
    }
    const birds: number[] = [];
    for (let round = 0; round < rounds; round += 1) birds.push(await sendBird(count));
    report({
      bench: BENCH,
      case: name,
      unit: "ms",
      value,
      n: rounds,
      peer: "BIRD",
      peerVersion: "2.0.12",
      peerValue: median(birds),
    });
  }
}

/** A change of one route among many that are held: to the bytes on their way. */
function changeCase({ report }: BenchContext): void {
  const held = hostRoutes(10_000);
  const machine = createPeerMachine(config(), 1, 0);
  machine.handle({ type: "start" }, 0);
  const local = { ip: parseIp(OURS), port: 50_000 };
  machine.handle({ type: "connected", connection: 1, local, remote: config().remote }, 0);
  machine.handle({ type: "bytes", connection: 1, bytes: encodeMessage(OPEN, PLAIN_CONTEXT) }, 0);
  machine.handle({ type: "bytes", connection: 1, bytes: encodeMessage({ type: "keepalive" }, PLAIN_CONTEXT) }, 0);
  machine.handle({ type: "advertise", routes: held }, 1);
  machine.handle({ type: "backlog", connection: 1, bytes: 0 }, 1);
  const run = (name: string, change: (round: number) => readonly PeerEffect[]): void => {
    const times: number[] = [];
    for (let round = 0; round < 600; round += 1) {
      const start = performance.now();
      const effects = change(round);
      const took = performance.now() - start;
      if (!effects.some(({ type }) => type === "write")) throw new Error("nothing was sent");
      machine.handle({ type: "backlog", connection: 1, bytes: 0 }, 2);
      if (round >= 100) times.push(took);
    }
    report({
      bench: BENCH,
      case: `one route changes among 10000, ${name}, p99`,
      unit: "ms",
      value: percentile(times, 0.99),
      n: times.length,
    });
  };
  run("whole set handed over", (round) => {
    const set = held.slice();
    set[round] = { prefix: held[round]!.prefix, med: round + 1 };
    return machine.handle({ type: "advertise", routes: set }, 2);
  });
  const extra = parsePrefix("10.255.0.1/32");
  run("only the change handed over", (round) =>
    machine.handle({ type: "change", announce: [{ prefix: extra, med: round }], withdraw: [] }, 2),
  );
}

/** Adj-RIB-Out: how fast routes become bytes, reach the kernel, and a router's RIB. */
export const bench: Bench = async (context) => {
  machineCases(context);
  changeCase(context);
  await routerCases(context);
};
