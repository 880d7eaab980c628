import {
  decideAnnouncements,
  peersOf,
  readCluster,
  statusOf,
  type Announcements,
  type Config,
} from "@vipkit/k8s-adapter";
import type { ProfileName } from "@vipkit/leader";
import { formatIp, isIpv4, type Endpoint, type Host, type Ip, type Ipv4 } from "@vipkit/net";
import { createAllocation, type Allocated } from "./allocation.js";
import { createChanges } from "./changes.js";
import type { Tell } from "./events.js";
import { startGossip, type Gossip } from "./gossip.js";
import { configFor, nodeAddresses, readInput, withKnownNodes, type Input, type SourceFile } from "./input.js";
import { createLayer2 } from "./layer2.js";
import { listToJson, type LeaseList } from "./leases.js";
import { createPeers, type StartPeer } from "./peers.js";

export interface SpeakerOptions {
  /** What this speaker can do on its machine: `linuxHost()` of @vipkit/link/node, or a host of @vipkit/sim. */
  readonly host: Host;
  readonly node: string;
  /** Where to gossip; undefined: no other speakers, every known node is taken for alive. */
  readonly gossip?:
    { readonly bind: Endpoint; readonly seeds: readonly Endpoint[]; readonly profile: ProfileName } | undefined;
  /** BGP identifier where a peer names none. Default: the IPv4 address of `gossip.bind`. */
  readonly routerId?: Ipv4 | undefined;
  /** Where BGP sessions run. Default: on `host`, on this event loop. */
  readonly startPeer?: StartPeer | undefined;
  /** Wall clock milliseconds at the start. */
  readonly since: number;
  /** What an earlier run has left. */
  readonly remembered?: LeaseList | undefined;
  readonly tell: Tell;
  /** `Speaker.status` would say something else now. */
  readonly statusChanged: () => void;
}

/** A running speaker. */
export interface Speaker {
  /** Takes over the configuration in these files; with a mistake in them the last good one stays in force. */
  configure(files: readonly SourceFile[]): void;
  /** Interfaces to answer ARP and NDP on from now on. One that is missing is waited for. */
  useInterfaces(names: readonly string[]): void;
  /** Services with addresses, owners and reasons; members; peers; counters: plain JSON. */
  status(): object;
  /** Says goodbye: withdraws routes, tells the other speakers, closes everything. */
  stop(reason: string): Promise<void>;
}

/** What the last round has decided. */
interface Decided {
  readonly config: Config;
  /** Of this node. */
  readonly labels: Readonly<Record<string, string>>;
  readonly allocated: Allocated;
  readonly announcements: Announcements;
}

export async function startSpeaker(options: SpeakerOptions): Promise<Speaker> {
  const { host, node, statusChanged } = options;
  const tell: Tell = (event) => {
    options.tell(event);
    statusChanged();
  };
  const changes = createChanges(tell);
  const allocation = createAllocation(node, options.remembered);
  const layer2 = createLayer2(host, tell);
  const peers = createPeers(host, options.routerId ?? defaultRouterId(options), tell, options.startPeer);
  let input: Input | undefined;
  let decided: Decided | undefined;
  let held: LeaseList | undefined;
  let cancel: (() => void) | undefined;
  let stopped = false;

  const decide = (from: Input): Decided => {
    const members = gossip?.names() ?? [node];
    const known = withKnownNodes(from.objects, members);
    const { services, nodes, endpoints } = readCluster(known);
    const config = configFor(from, known);
    const allocates = (gossip?.eldest() ?? node) === node;
    const allocated = allocates ? allocation.decide(config, services) : allocation.follow(services);
    const announcements = decideAnnouncements({
      node,
      config,
      services: allocated.services,
      endpoints,
      nodes,
      members: gossip === undefined ? undefined : members,
    });
    return { config, labels: nodes.get(node)?.labels ?? {}, allocated, announcements };
  };
  const round = (): void => {
    cancel = undefined;
    if (input === undefined || stopped || gossip?.settled === false) return;
    decided = decide(input);
    const { config, labels, allocated, announcements } = decided;
    peers.update(peersOf(config, labels), announcements.bgp, config.bfdProfiles);
    if (allocation.list !== held) {
      held = allocation.list;
      gossip?.hold(held);
      if (allocated.decided) gossip?.send(held);
    }
    const mine = announcements.layer2.filter((verdict) => verdict.mine);
    layer2.own(
      mine.map(({ ip, allInterfaces, interfaces }) => ({ ip, interfaces: allInterfaces ? undefined : interfaces })),
    );
    changes.allocator(gossip?.eldest() ?? node);
    changes.addresses(allocated);
    changes.owners(announcements);
    statusChanged();
  };
  /** Many changes that come together make one round. */
  const soon = (): void => {
    if (!stopped) cancel ??= host.clock.after(0, round);
  };
  let gossip: Gossip | undefined;
  if (options.gossip !== undefined) {
    const changed = (): void => {
      layer2.reannounce();
      soon();
    };
    const listReceived = (list: LeaseList): void => {
      if (allocation.adopt(list)) soon();
    };
    gossip = await startGossip({
      ...options.gossip,
      host,
      name: node,
      since: options.since,
      tell,
      changed,
      listReceived,
    });
  }
  tell({ type: "started", node, gossip: textOf(options.gossip?.bind) });

  return {
    useInterfaces: (names) => layer2.useInterfaces(names),
    configure: (files) => {
      const read = readInput(files, node);
      tell({ type: "config", accepted: read.input !== undefined, mistakes: read.mistakes });
      if (read.input === undefined) return;
      input = read.input;
      gossip?.join(seedsFor(options, nodeAddresses(input.objects)));
      soon();
    },
    status: () => ({
      ...(decided === undefined
        ? { version: 1, node, services: [] }
        : statusOf({ node, verdicts: decided.allocated.verdicts, announcements: decided.announcements })),
      leases: listToJson(allocation.list),
      members: gossip?.snapshot() ?? { members: [] },
      peers: peers.snapshot(),
      bfd: peers.bfdSnapshot(),
      layer2: layer2.snapshot(),
    }),
    stop: async (reason) => {
      if (stopped) return;
      stopped = true;
      cancel?.();
      layer2.close();
      await Promise.all([peers.stop(reason), gossip?.leave()]);
      tell({ type: "stopped", reason });
    },
  };
}

/** BGP wants an identifier that is not 0 and differs between the speakers of an AS (RFC 6286 section 2.1). */
function defaultRouterId({ gossip, host }: SpeakerOptions): Ipv4 {
  const ip = gossip?.bind.ip;
  return ip !== undefined && isIpv4(ip) && ip !== 0 ? ip : 1 + Math.floor(host.random() * 0xffff_fffe);
}

function textOf(bind: Endpoint | undefined): string {
  return bind === undefined ? "off" : `${formatIp(bind.ip)} port ${bind.port}`;
}

/** Where the other speakers are: those named by hand, and the addresses of the Node objects, on the port that this one uses. */
function seedsFor({ node, gossip }: SpeakerOptions, addresses: ReadonlyMap<string, readonly Ip[]>): Endpoint[] {
  if (gossip === undefined) return [];
  const others = [...addresses].filter(([name]) => name !== node).map(([, ips]) => ips);
  const reachable = others.flatMap((ips) => ips.find((ip) => typeof ip === typeof gossip.bind.ip) ?? []);
  return [...gossip.seeds, ...reachable.map((ip) => ({ ip, port: gossip.bind.port }))];
}
