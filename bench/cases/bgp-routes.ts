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
import { startFrr, type Frr } from "../../interop/test/support/frr.js";
import {
  hostRoutes,
  onStage,
  OUR_ASN,
  OURS,
  ROUTER,
  ROUTER_ASN,
  senders,
  type Sender,
  type Stage,
} from "../bgp-routes/senders.js";
import { countRoutesAt } from "../bgp-routes/socket.js";
import { changeOnTheWire } from "../bgp-routes/wire-change.js";
import { median, percentile, type Bench, type BenchContext } from "../report.js";

const BENCH = "bgp-routes";
const ROUNDS = 5;

/** Routes as services have them, with a community. */
function serviceRoutes(count: number): Route[] {
  return hostRoutes(count).map((route) => ({ ...route, communities: [65001 * 65536 + 7] }));
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
    const routes = serviceRoutes(count);
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

function startReceiver({ lab, receiver }: Stage): Promise<Frr> {
  return startFrr(lab, receiver, {
    asn: ROUTER_ASN,
    routerId: ROUTER,
    neighbors: [{ address: OURS, asn: OUR_ASN, mode: "passive", families: ["ipv4"] }],
  });
}

/** Since the KEEPALIVE that established the session came in, until the kernel has all bytes: making them is part of it. */
async function toKernel(count: number): Promise<number> {
  return onStage(async (stage) => {
    await startReceiver(stage);
    const host = linuxHost({ namespace: stage.sender.namespace });
    const peer: Peer = startPeer({ host, config: config({ families: ["ipv4"] }) });
    peer.advertise(hostRoutes(count));
    let took = 0;
    await until(
      () => {
        const { routes, session, sinceMsAgo } = peer.snapshot();
        if (routes.advertised < count || session?.backlog !== 0) return false;
        took = sinceMsAgo;
        return true;
      },
      { timeoutMs: 60_000, everyMs: 1, what: "all bytes at the kernel" },
    );
    await peer.stop();
    return took;
  });
}

async function toRib(sender: Sender, count: number): Promise<number> {
  return onStage(async (stage) => {
    const frr = await startReceiver(stage);
    await sender.start(stage, count);
    return untilHeld(frr, count);
  });
}

async function toSocket(sender: Sender, count: number): Promise<number> {
  return onStage(async (stage) => {
    const counter = await countRoutesAt(linuxHost({ namespace: stage.receiver.namespace }));
    const counted = counter.counted(count);
    await sender.start(stage, count);
    return counted.finally(() => counter.close());
  });
}

/** All senders in turn, round by round, so that what the machine does besides hits all of them. */
async function compare(
  { report }: BenchContext,
  name: string,
  rounds: number,
  measure: (sender: Sender) => Promise<number>,
): Promise<void> {
  const all = senders();
  const times = new Map<Sender, number[]>(all.map((sender) => [sender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const sender of all) times.get(sender)!.push(await measure(sender));
  }
  const [ours, ...others] = all;
  const value = median(times.get(ours!)!);
  const result = { bench: BENCH, case: name, unit: "ms", value, n: rounds } as const;
  if (others.length === 0) report(result);
  for (const other of others) {
    const peerValue = median(times.get(other)!);
    report({ ...result, peer: other.name, peerVersion: other.version, peerValue });
  }
}

async function routerCases(context: BenchContext): Promise<void> {
  const { report, note } = context;
  if (!hasNetworkNamespaces()) {
    note("sessions between processes need root and network namespaces");
    return;
  }
  for (const name of ["bird", "gobgpd"]) {
    if (findCommand(name) === undefined) note(`no ${name} to compare with (apt-get install bird2 gobgpd)`);
  }
  for (const count of [10_000, 100_000]) {
    const rounds = count > 10_000 ? 3 : ROUNDS;
    await compare(context, `${count} host routes, Established to the last one at a socket`, rounds, (sender) =>
      toSocket(sender, count),
    );
  }
  await changeOnTheWire(context, config({ families: ["ipv4"] }));
  if (findCommand("vtysh") === undefined) {
    note("FRR as the receiver needs the package frr (apt-get install frr)");
    return;
  }
  for (const count of [10_000, 100_000]) {
    const rounds = count > 10_000 ? 3 : ROUNDS;
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await toKernel(count));
    const name = `${count} host routes, Established to the last byte at the kernel`;
    report({ bench: BENCH, case: name, unit: "ms", value: median(times), n: rounds });
  }
  await compare(context, `10000 host routes, FRR's Established to its RIB`, ROUNDS, (sender) => toRib(sender, 10_000));
}

/** A change of one route among many that are held: to the bytes on their way. */
function changeCase({ report }: BenchContext): void {
  const held = serviceRoutes(10_000);
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
