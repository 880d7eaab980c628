import {
  formatIp,
  hostPrefix,
  prefixContains,
  unmapIp,
  VipkitError,
  type ByteStream,
  type Endpoint,
  type Host,
  type ListenOptions,
  type Millis,
  type Prefix,
} from "@vipkit/net";
import type { PeerConfig } from "../machine/peer/config.js";
import { ttlOptions } from "./drive-peer.js";
import { startPeer, type LocalPeer, type Peer, type PeerOptions } from "./peer.js";

/** Neighbours that need not be named one by one: whoever connects from the prefix. */
export interface DynamicNeighbors {
  readonly prefix: Prefix;
  /** At most this many at a time. Default 100. */
  readonly max?: number | undefined;
  readonly config: Omit<PeerConfig, "name" | "remote" | "passive">;
}

export interface ListenerOptions {
  readonly host: Host;
  /** Where to listen, port 179 as a rule. */
  readonly local: Endpoint;
  /** Known neighbours. Those that are not passive are dialled as well. */
  readonly peers?: readonly PeerConfig[] | undefined;
  readonly dynamic?: readonly DynamicNeighbors[] | undefined;
  /** Called for every dynamic neighbour before its first message. */
  readonly onPeer?: ((peer: Peer) => void) | undefined;
  readonly onUpdate?: PeerOptions["onUpdate"];
  /** Bind to this interface or VRF. */
  readonly device?: string | undefined;
}

export interface PeerListener {
  readonly local: Endpoint;
  /** By name. Dynamic neighbours come and go. */
  readonly peers: ReadonlyMap<string, Peer>;
  /** Connections from addresses that nobody has configured. They are closed without a word. */
  readonly refused: number;
  /** Stops listening and all peers, with Cease and the text. */
  close(text?: string): Promise<void>;
}

const DEFAULT_MAX_DYNAMIC = 100;
/** A dynamic neighbour that is gone is remembered this long, and with it how long it has to rest. */
const FORGET_MS: Millis = 300_000;

interface Listening {
  readonly options: ListenerOptions;
  readonly peers: Map<string, LocalPeer>;
  readonly byAddress: Map<string, LocalPeer>;
  /** How many dynamic neighbours each entry of `options.dynamic` has. */
  readonly counts: Map<DynamicNeighbors, number>;
  refused: number;
}

function addressKey({ ip, zone }: Endpoint): string {
  const address = formatIp(unmapIp(ip));
  return zone === undefined ? address : `${address}%${zone}`;
}

function passwords({ peers = [], dynamic = [] }: ListenerOptions): Pick<ListenOptions, "passwords"> {
  const known = peers.map(({ remote, password }) => ({ ...hostPrefix(remote.ip), password }));
  const unknown = dynamic.map(({ prefix, config }) => ({ ...prefix, password: config.password }));
  // RFC 2385: a key that is only on the dialling socket would leave this one open to everybody.
  const keys = [...known, ...unknown].flatMap(({ ip, length, password }) =>
    password === undefined ? [] : [{ ip, length, password }],
  );
  return keys.length === 0 ? {} : { passwords: keys };
}

/** One socket has one hop limit: all its peers must want the same. */
function listenTtl({ peers = [], dynamic = [] }: ListenerOptions): Pick<ListenOptions, "ttl" | "minTtl"> {
  const configs = [...peers, ...dynamic.map(({ config }) => config)];
  const [first] = configs;
  if (first === undefined) return {};
  const wanted = ttlOptions(first);
  for (const config of configs) {
    const { ttl, minTtl } = ttlOptions(config);
    if (ttl === wanted.ttl && minTtl === wanted.minTtl) continue;
    throw new VipkitError("ERR_BGP_CONFIG", "peers of one listener differ in ttlSecurity or ebgpMultihop", {
      found: JSON.stringify(ttlOptions(config)),
      allowed: JSON.stringify(wanted),
    });
  }
  return wanted;
}

function forgetWhenGone(listening: Listening, group: DynamicNeighbors, peer: Peer, key: string): void {
  const { clock } = listening.options.host;
  const check = (): void => {
    if (listening.peers.get(peer.name) !== peer) return;
    const { state } = peer.snapshot();
    if (state !== "Idle" && state !== "Active") return;
    listening.peers.delete(peer.name);
    listening.byAddress.delete(key);
    listening.counts.set(group, (listening.counts.get(group) ?? 1) - 1);
    void peer.stop();
  };
  peer.onEvent((event) => {
    if (event.type === "transition" && event.to === "Idle") clock.after(FORGET_MS, check);
  });
}

function dynamicPeer(listening: Listening, remote: Endpoint): LocalPeer | undefined {
  const { host, dynamic = [], onPeer, onUpdate } = listening.options;
  const ip = unmapIp(remote.ip);
  const group = dynamic.find(({ prefix }) => prefixContains(prefix, ip));
  if (group === undefined) return undefined;
  const count = listening.counts.get(group) ?? 0;
  if (count >= (group.max ?? DEFAULT_MAX_DYNAMIC)) return undefined;
  const key = addressKey(remote);
  const config: PeerConfig = { ...group.config, name: key, remote: { ...remote, ip }, passive: true };
  const peer = startPeer({ host, config, onUpdate });
  listening.counts.set(group, count + 1);
  listening.peers.set(peer.name, peer);
  listening.byAddress.set(key, peer);
  forgetWhenGone(listening, group, peer, key);
  onPeer?.(peer);
  return peer;
}

function accept(listening: Listening, stream: ByteStream): void {
  const { remote } = stream;
  const peer = listening.byAddress.get(addressKey(remote)) ?? dynamicPeer(listening, remote);
  if (peer === undefined) {
    listening.refused += 1;
    stream.destroy();
    return;
  }
  peer.accept(stream);
}

/**
 * Listens for neighbours, and dials those that are not passive.
 * @throws VipkitError `ERR_BGP_CONFIG`, and what `Host.listen` rejects with
 */
export async function listenForPeers(options: ListenerOptions): Promise<PeerListener> {
  const listening: Listening = { options, peers: new Map(), byAddress: new Map(), counts: new Map(), refused: 0 };
  const { host, local, device, onUpdate } = options;
  const socket = await host.listen({ local, device, ...passwords(options), ...listenTtl(options) }, (stream) =>
    accept(listening, stream),
  );
  for (const config of options.peers ?? []) {
    const peer = startPeer({ host, config, onUpdate });
    listening.peers.set(peer.name, peer);
    listening.byAddress.set(addressKey(config.remote), peer);
  }
  return {
    local: socket.local,
    peers: listening.peers,
    get refused(): number {
      return listening.refused;
    },
    close: async (text) => {
      socket.close();
      await Promise.all([...listening.peers.values()].map((peer) => peer.stop(text)));
    },
  };
}
