import { parseIp } from "@vipkit/net";
import type { PeerConfig } from "@vipkit/bgp";
import { listenForPeers, startPeer, type Peer, type PeerListener, type PeerOptions } from "@vipkit/bgp/node";
import { until } from "@vipkit/test-support";
import type { Daemon, DaemonConfig, DaemonNeighbor, DaemonRoute } from "../support/daemon.js";
import type { DaemonKind } from "./daemons.js";
import { layTable, OUR_IPV4, ourConfig, seat, type Table } from "./table.js";

/** How long the outside world may take. What is asserted to be fast is measured for itself. */
export const LIMIT = { timeoutMs: 25_000 };

/** A table, a kind of daemon to seat at it, and us. */
export interface Stage {
  readonly kind: DaemonKind;
  readonly table: Table;
  readonly seat: (neighbor?: Partial<DaemonNeighbor>, config?: Partial<DaemonConfig>) => Promise<Daemon>;
  /** Our speaker, which dials the daemon. */
  start(config?: Partial<PeerConfig>, onUpdate?: PeerOptions["onUpdate"]): Peer;
  /** Our speaker, which the daemon dials. */
  listen(
    config?: Partial<PeerConfig>,
    local?: string,
  ): Promise<{ readonly listener: PeerListener; readonly peer: Peer }>;
  close(): Promise<void>;
}

export function openStage(kind: DaemonKind): Stage {
  const table = layTable();
  const peers: Peer[] = [];
  const listeners: PeerListener[] = [];
  return {
    kind,
    table,
    seat: (neighbor, config) => seat(table, kind, neighbor, config),
    start: (config, onUpdate) => {
      const peer = startPeer({ host: table.host, config: ourConfig(config), onUpdate });
      peers.push(peer);
      return peer;
    },
    listen: async (config, local = OUR_IPV4) => {
      const listener = await listenForPeers({
        host: table.host,
        local: { ip: parseIp(local), port: 179 },
        peers: [ourConfig({ passive: true, ...config })],
      });
      listeners.push(listener);
      return { listener, peer: listener.peers.get("them")! };
    },
    close: async () => {
      await Promise.all([...peers.map((peer) => peer.stop()), ...listeners.map((listener) => listener.close())]);
      await table.close();
    },
  };
}

export async function established(peer: Peer, daemon: Daemon, address = OUR_IPV4): Promise<void> {
  const isUp = (): boolean => peer.snapshot().state === "Established";
  await until(isUp, { ...LIMIT, what: `a session with ${daemon.name}` }).catch(async (error: unknown) => {
    throw new Error(`${JSON.stringify(peer.snapshot(), null, 1)}\n${await daemon.describe(address)}`, { cause: error });
  });
}

/** The route, once the daemon has it. */
export function knows(daemon: Daemon, family: "ipv4" | "ipv6", prefix: string): Promise<DaemonRoute> {
  const what = `${prefix} at ${daemon.name}`;
  return until(async () => (await daemon.routes(family)).get(prefix), { ...LIMIT, everyMs: 20, what });
}

export async function forgets(daemon: Daemon, family: "ipv4" | "ipv6", prefix: string): Promise<void> {
  const what = `${daemon.name} without ${prefix}`;
  await until(async () => !(await daemon.routes(family)).has(prefix), { ...LIMIT, everyMs: 10, what });
}
