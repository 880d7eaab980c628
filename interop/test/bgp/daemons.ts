import { startBird } from "../support/bird.js";
import type { Daemon, DaemonConfig } from "../support/daemon.js";
import { startExabgp } from "../support/exabgp.js";
import { startFrr } from "../support/frr.js";
import { startGobgp } from "../support/gobgp.js";
import type { Lab, LabNode } from "../support/namespace.js";
import { startOpenbgpd } from "../support/openbgpd.js";

/** What a daemon of the lab cannot do, with the reason: such tests are left out by name. */
export type Inability = "refresh" | "md5-passive";

export interface DaemonKind {
  readonly name: string;
  readonly commands: readonly string[];
  start(lab: Lab, node: LabNode, config: DaemonConfig): Promise<Daemon>;
  readonly cannot: Readonly<Partial<Record<Inability, string>>>;
}

/** The daemons of the lab, and what each lacks. */
export const DAEMONS: readonly DaemonKind[] = [
  { name: "BIRD", commands: ["bird", "birdc"], start: startBird, cannot: {} },
  { name: "FRR", commands: ["vtysh", "zebra"], start: startFrr, cannot: {} },
  {
    name: "GoBGP",
    commands: ["gobgpd", "gobgp"],
    start: startGobgp,
    cannot: { refresh: "GoBGP 3.10 reads its own Adj-RIB-In again and sends no ROUTE-REFRESH" },
  },
  {
    name: "OpenBGPD",
    commands: ["bgpctl"],
    start: startOpenbgpd,
    cannot: { "md5-passive": "OpenBGPD 7.7 on Linux sets no key on its listening socket" },
  },
  {
    name: "ExaBGP",
    commands: ["exabgp"],
    start: startExabgp,
    cannot: { refresh: "ExaBGP 4.2 has no command that sends ROUTE-REFRESH" },
  },
];
