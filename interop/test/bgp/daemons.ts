import { parseIp } from "@vipkit/net";
import type { PeerConfig } from "@vipkit/bgp";
import { until } from "@vipkit/test-support";
import { expect } from "vitest";
import { startBird } from "../support/bird.js";
import type { Daemon, DaemonConfig, DaemonNeighbor } from "../support/daemon.js";
import { startExabgp } from "../support/exabgp.js";
import { startFrr } from "../support/frr.js";
import { startGobgp } from "../support/gobgp.js";
import type { Lab, LabNode } from "../support/namespace.js";
import { startOpenbgpd } from "../support/openbgpd.js";
import { established, LIMIT, type Stage } from "./stage.js";
import { createHeard, OUR_IPV4, OUR_IPV6, THEIR_IPV6 } from "./table.js";

type Proof = (stage: Stage) => Promise<void>;

/** Why a daemon cannot take a test. */
export interface Inability {
  readonly reason: string;
  /** Shows that it is so: when this fails, a newer daemon can. */
  readonly proof?: Proof;
}

/** How collisions are made; what suits depends on how soon the daemon dials again. */
interface Collisions {
  /** So many neighbours dial at once, so often, and so many of them must collide. */
  readonly neighbours: number;
  readonly rounds: number;
  readonly wanted: number;
  /** Rounds that may come to nothing, because the daemon answers on neither connection. None by default. */
  readonly stalls?: number;
}

export interface DaemonKind {
  readonly name: string;
  readonly commands: readonly string[];
  start(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Daemon>;
  /** It tells stale routes from fresh ones. */
  readonly showsStale: boolean;
  readonly collisions: Collisions;
  /** By the name of the feature. */
  readonly cannot: Readonly<Record<string, Inability>>;
}

/** Shows that the daemon does not offer a capability. */
function lacks(capability: string): Proof {
  return async (stage) => {
    const daemon = await stage.seat({ mode: "passive", gracefulRestart: true, longLived: true, enhancedRefresh: true });
    const peer = stage.start({ role: "customer", gracefulRestart: { longLivedSeconds: 60 }, addPath: true });
    await established(peer, daemon);
    expect(peer.snapshot().capabilities.remote).toContain("multiprotocol 1/1");
    expect(peer.snapshot().capabilities.remote).not.toContain(capability);
  };
}

/** Shows that the daemon's SYN-ACK does not come through where we dial. */
function unanswered(neighbor: Partial<DaemonNeighbor>, config: Partial<PeerConfig>, address = OUR_IPV4): Proof {
  return async (stage) => {
    await stage.seat({ mode: "passive", address, ...neighbor });
    const peer = stage.start(config);
    await until(() => peer.snapshot().lastError !== undefined, LIMIT);
    expect(peer.snapshot().lastError).toContain("no answer within");
    expect(peer.snapshot().counters.established).toBe(0);
  };
}

/** GTSM on, and a session from afar comes up all the same. */
const hearsAll: Proof = async (stage) => {
  const daemon = await stage.seat({ mode: "passive", gtsm: true });
  await established(stage.start(), daemon);
};

const undecoded: Proof = async (stage) => {
  const daemon = await stage.seat({ mode: "passive" });
  const peer = stage.start();
  await established(peer, daemon);
  await peer.stop("maintenance at noon");
  await until(() => daemon.log().includes('can not decode update message of type \\"3\\"'), LIMIT);
  expect(daemon.log()).not.toContain("maintenance");
};

const OVER_IPV6 = { remote: { ip: parseIp(THEIR_IPV6), port: 179 }, source: parseIp(OUR_IPV6) };

const NO_LISTEN_KEY = "OpenBGPD 7.7 on Linux sets no key on its listening socket";

/** The stream is in order: what the daemon has not sent before its next route it has not sent. */
const noRefresh: Proof = async (stage) => {
  const daemon = await stage.seat({ mode: "passive" });
  const heard = createHeard();
  const peer = stage.start({}, heard.onUpdate);
  await established(peer, daemon);
  await daemon.refresh(OUR_IPV4);
  stage.table.them.run("gobgp", "-p", "50051", "global", "rib", "add", "10.201.0.0/24");
  await until(() => heard.prefixes.has("10.201.0.0/24"), LIMIT);
  expect(peer.snapshot().counters.messagesIn["route-refresh"]).toBeUndefined();
};

/** The daemons of the lab, and what each lacks. */
export const DAEMONS: readonly DaemonKind[] = [
  {
    name: "BIRD",
    commands: ["bird", "birdc"],
    start: startBird,
    showsStale: false,
    collisions: { neighbours: 48, rounds: 5, wanted: 200 },
    cannot: {},
  },
  {
    name: "FRR",
    commands: ["vtysh", "zebra"],
    start: startFrr,
    showsStale: true,
    collisions: { neighbours: 48, rounds: 5, wanted: 200 },
    cannot: {},
  },
  {
    name: "GoBGP",
    commands: ["gobgpd", "gobgp"],
    start: startGobgp,
    showsStale: true,
    collisions: { neighbours: 48, rounds: 1, wanted: 40 },
    cannot: {
      "two-octet-them": { reason: "GoBGP 3.10 always offers four-octet AS numbers" },
      roles: { reason: "GoBGP 3.10 does not know roles", proof: lacks("role") },
      refresh: {
        reason: "GoBGP 3.10 reads its own Adj-RIB-In again and sends no ROUTE-REFRESH",
        proof: noRefresh,
      },
      "enhanced-refresh": {
        reason: "GoBGP 3.10 does not offer enhanced refresh",
        proof: lacks("enhanced-route-refresh"),
      },
    },
  },
  {
    name: "OpenBGPD",
    commands: ["bgpctl"],
    start: startOpenbgpd,
    showsStale: true,
    collisions: { neighbours: 48, rounds: 1, wanted: 40 },
    cannot: {
      "md5-dial": { reason: NO_LISTEN_KEY, proof: unanswered({ password: "rightkey" }, { password: "rightkey" }) },
      "md5-ipv6": {
        reason: NO_LISTEN_KEY,
        proof: unanswered(
          { password: "rightkey" },
          { ...OVER_IPV6, families: ["ipv6"], password: "rightkey" },
          OUR_IPV6,
        ),
      },
      "long-lived": {
        reason: "OpenBGPD 7.7 does not know long-lived graceful restart",
        proof: lacks("long-lived-graceful-restart"),
      },
      "long-lived-seen": { reason: "OpenBGPD 7.7 does not know long-lived graceful restart" },
    },
  },
  {
    name: "ExaBGP",
    commands: ["exabgp"],
    start: startExabgp,
    showsStale: false,
    // Seen on a busy machine: it resets the connection that it has dialled, and never answers on ours.
    collisions: { neighbours: 1, rounds: 6, wanted: 5, stalls: 1 },
    cannot: {
      roles: { reason: "ExaBGP 4.2 does not know roles", proof: lacks("role") },
      "gtsm-refusal": { reason: "ExaBGP 4.2 asks no hop limit of connections that it accepts", proof: hearsAll },
      "cease-text-out": {
        reason: "ExaBGP 4.2 does not decode NOTIFICATION while its API receives messages, and tells of that error",
        proof: undecoded,
      },
      "graceful-restart": { reason: "ExaBGP 4.2 keeps no RIB" },
      "long-lived": {
        reason: "ExaBGP 4.2 does not know long-lived graceful restart",
        proof: lacks("long-lived-graceful-restart"),
      },
      "long-lived-seen": { reason: "ExaBGP 4.2 does not know long-lived graceful restart" },
    },
  },
];
