import { fileURLToPath } from "node:url";
import { formatPrefix, parseIp, type Ipv4 } from "@vipkit/net";
import type { Route } from "@vipkit/bgp";
import { startPeer, type Peer } from "@vipkit/bgp/node";
import { linuxHost } from "@vipkit/link/node";
import { findCommand, until } from "@vipkit/test-support";
import { startBird } from "../../interop/test/support/bird.js";
import { startGobgp } from "../../interop/test/support/gobgp.js";
import { createLab, type Lab, type LabNode } from "../../interop/test/support/namespace.js";

export const OURS = "192.0.2.1";
export const ROUTER = "192.0.2.2";
const FEED = "192.0.2.3";
export const OUR_ASN = 65001;
export const ROUTER_ASN = 65002;
const FEED_ASN = 65003;
const SENDER = fileURLToPath(new URL("send.ts", import.meta.url));

export function hostRoutes(count: number): Route[] {
  return Array.from({ length: count }, (_, at) => ({ prefix: { ip: 0x0a00_0000 + at, length: 32 } }));
}

/** A lab with a namespace for who sends, and one for who receives. */
export interface Stage {
  readonly lab: Lab;
  readonly sender: LabNode;
  readonly receiver: LabNode;
  /** Undone before the lab goes. */
  readonly closing: (() => Promise<unknown>)[];
}

export async function onStage<T>(run: (stage: Stage) => Promise<T>): Promise<T> {
  const lab = createLab();
  const closing: Stage["closing"] = [];
  try {
    const sender = lab.addNode("us", [`${OURS}/24`]);
    const receiver = lab.addNode("them", [`${ROUTER}/24`]);
    return await run({ lab, sender, receiver, closing });
  } finally {
    for (const close of closing) await close();
    await lab.close();
  }
}

/** Who sends host routes from AS 65001 to 192.0.2.2, as a process of its own. */
export interface Sender {
  readonly name: string;
  readonly version: string;
  readonly command?: string;
  /** Holds the routes and dials; resolves when it is about to. */
  readonly start: (stage: Stage, count: number) => Promise<void>;
}

const vipkit: Sender = {
  name: "vipkit",
  version: "",
  start: ({ sender }, count) => {
    sender.start(process.execPath, ["--import", "tsx", "--conditions=vipkit:source", SENDER, String(count)]);
    return Promise.resolve();
  },
};

const bird: Sender = {
  name: "BIRD",
  version: "2.0.12",
  command: "bird",
  start: async ({ lab, sender }, count) => {
    await startBird(lab, sender, {
      asn: OUR_ASN,
      routerId: OURS,
      local: { ipv4: OURS },
      networks: hostRoutes(count).map(({ prefix }) => formatPrefix(prefix)),
      neighbors: [{ address: ROUTER, asn: ROUTER_ASN, families: ["ipv4"] }],
    });
  },
};

/** Our own speaker, which tells GoBGP the routes it is to send: its CLI takes a process for each, or loses some. */
function feed({ lab, closing }: Stage, count: number): Peer {
  const node = lab.addNode("feed", [`${FEED}/24`]);
  const peer = startPeer({
    host: linuxHost({ namespace: node.namespace }),
    config: {
      name: "gobgp",
      localAsn: FEED_ASN,
      peerAsn: OUR_ASN,
      remote: { ip: parseIp(OURS), port: 179 },
      routerId: parseIp(FEED) as Ipv4,
      families: ["ipv4"],
      connectRetrySeconds: 1,
      idleHold: { firstMs: 100, maxMs: 500 },
    },
  });
  closing.push(() => peer.stop());
  peer.advertise(hostRoutes(count));
  return peer;
}

const gobgp: Sender = {
  name: "GoBGP",
  version: "3.10.0",
  command: "gobgpd",
  start: async (stage, count) => {
    const { lab, sender } = stage;
    await startGobgp(lab, sender, {
      asn: OUR_ASN,
      routerId: OURS,
      neighbors: [{ address: FEED, asn: FEED_ASN, mode: "passive", families: ["ipv4"] }],
    });
    feed(stage, count);
    const summary = (): string => sender.run("gobgp", "-p", "50051", "global", "rib", "summary", "-a", "ipv4");
    const isFull = (): boolean => Number(/Path:\s*(\d+)/.exec(summary())?.[1]) === count;
    await until(isFull, { timeoutMs: 60_000, everyMs: 100, what: `${count} routes at GoBGP` });
    sender.run("gobgp", "-p", "50051", "neighbor", "add", ROUTER, "as", String(ROUTER_ASN));
  },
};

/** Ours first; the others where they are installed. */
export function senders(): readonly Sender[] {
  return [vipkit, bird, gobgp].filter(({ command }) => command === undefined || findCommand(command) !== undefined);
}
