import {
  decideAnnouncements,
  nodeObject,
  peersOf,
  readCluster,
  readConfig,
  readDocuments,
  statusOf,
  type Announcements,
  type Config,
  type Mistake,
  type SourceObject,
} from "@vipkit/k8s-adapter";
import type { ProfileName } from "@vipkit/leader";
import { formatIp, isIpv4, type Endpoint, type Host, type Ip, type Ipv4 } from "@vipkit/net";
import { nodeAddresses } from "./addresses.js";
import { createAllocation, type Allocated } from "./allocation.js";
import { createChanges } from "./changes.js";
import type { Tell } from "./events.js";
import { startGossip, type Gossip } from "./gossip.js";
import { createLayer2 } from "./layer2.js";
import { listToJson, type LeaseList } from "./leases.js";
import { createPeers } from "./peers.js";

export interface SpeakerOptions {
  /** What this speaker can do on its machine: `linuxHost()` of @vipkit/link/node, or a host of @vipkit/sim. */
  readonly host: Host;
  readonly node: string;
  /** Interfaces to answer on. */
  readonly interfaces: readonly string[];
  /** Where to gossip; undefined: no other speakers, every known node is taken for alive. */
  readonly gossip?:
    { readonly bind: Endpoint; readonly seeds: readonly Endpoint[]; readonly profile: ProfileName } | undefined;
  /** BGP identifier where a peer names none. Default: the IPv4 address of `gossip.bind`. */
  readonly routerId?: Ipv4 | undefined;
  /** Wall clock milliseconds at the start. */
  readonly since: number;
  /** What an earlier run has left. */
  readonly remembered?: LeaseList | undefined;
  readonly tell: Tell;
  /** The status after each change: plain JSON. */
  readonly statusChanged: (status: object) => void;
}

/** A running speaker. */
export interface Speaker {
  /** Takes over the configuration in these files; with a mistake in them the last good one stays in force. */
  configure(files: readonly { readonly path: string; readonly text: string }[]): void;
  status(): object;
  /** Says goodbye: withdraws routes, tells the other speakers, closes everything. */
  stop(reason: string): Promise<void>;
}

interface Input {
  readonly config: Config;
  readonly objects: readonly SourceObject[];
}

export async function startSpeaker(options: SpeakerOptions): Promise<Speaker> {
  const { host, node, tell } = options;
  const changes = createChanges(tell);
  const allocation = createAllocation(node, options.remembered);
  const layer2 = createLayer2(host, options.interfaces, tell);
  const bindIp = options.gossip?.bind.ip;
  const peers = createPeers(host, options.routerId ?? (bindIp !== undefined && isIpv4(bindIp) ? bindIp : 1), tell);
  let input: Input | undefined;
  let status: object = { version: 1, node, services: [] };
  let published: LeaseList | undefined;
  let cancel: (() => void) | undefined;
  let stopped = false;

  const round = (): void => {
    cancel = undefined;
    if (input === undefined || stopped || gossip?.settled === false) return;
    const members = gossip?.names() ?? [node];
    const known = withKnownNodes(input.objects, node, members);
    const { services, nodes, endpoints } = readCluster(known);
    const config = configFor(input, known);
    const eldest = gossip === undefined ? node : gossip.eldest();
    const allocated = eldest === node ? allocation.decide(config, services) : allocation.follow(services);
    if (allocation.list !== published && eldest === node) gossip?.publish(allocation.list);
    published = allocation.list;
    const announcements = decideAnnouncements({
      node,
      config,
      services: allocated.services,
      endpoints,
      nodes,
      members: gossip === undefined ? undefined : members,
    });
    announce(config, announcements, nodes.get(node)?.labels ?? {});
    changes.allocator(eldest);
    changes.addresses(allocated);
    changes.owners(announcements);
    status = statusWith(allocated, announcements);
    options.statusChanged(status);
  };
  /** Many changes that come together make one round. */
  const soon = (): void => {
    if (!stopped) cancel ??= host.clock.after(0, round);
  };
  const announce = (config: Config, announcements: Announcements, labels: Readonly<Record<string, string>>): void => {
    const mine = announcements.layer2.filter((verdict) => verdict.mine);
    layer2.own(
      mine.map(({ ip, allInterfaces, interfaces }) => ({ ip, interfaces: allInterfaces ? undefined : interfaces })),
    );
    peers.update(peersOf(config, labels), announcements.bgp);
  };
  const statusWith = ({ verdicts }: Allocated, announcements: Announcements): object => ({
    ...statusOf({ node, verdicts, announcements }),
    leases: listToJson(allocation.list),
    members: gossip?.snapshot(),
    peers: peers.snapshot(),
    layer2: layer2.snapshot(),
  });

  const gossip: Gossip | undefined =
    options.gossip === undefined
      ? undefined
      : await startGossip({
          ...options.gossip,
          host,
          name: node,
          since: options.since,
          tell,
          changed: () => {
            layer2.reannounce();
            soon();
          },
          listReceived: (list) => {
            if (allocation.adopt(list)) soon();
          },
        });
  tell({
    type: "started",
    node,
    gossip: options.gossip === undefined ? "off" : `${formatIp(options.gossip.bind.ip)}:${options.gossip.bind.port}`,
    interfaces: options.interfaces,
  });

  return {
    configure: (files) => {
      const read = readInput(files, node);
      tell({ type: "config", accepted: read.input !== undefined, mistakes: read.mistakes });
      if (read.input === undefined) return;
      input = read.input;
      gossip?.join(seedsFor(options, nodeAddresses(input.objects)));
      soon();
    },
    status: () => status,
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

/** Selectors of nodes are resolved in the configuration, so it is read anew when the members stand for the nodes. */
function configFor({ config, objects }: Input, known: readonly SourceObject[]): Config {
  if (known === objects) return config;
  const read = readConfig(known);
  return read.ok ? read.config : config;
}

function readInput(
  files: readonly { readonly path: string; readonly text: string }[],
  node: string,
): { readonly input: Input | undefined; readonly mistakes: readonly Mistake[] } {
  const { objects, mistakes } = readDocuments(files);
  const read = readConfig(withKnownNodes(objects, node, [node]));
  const cluster = readCluster(objects);
  const all = [...mistakes, ...read.mistakes, ...cluster.mistakes];
  const good = read.ok && all.every(({ severity }) => severity !== "error");
  return { input: good ? { config: read.config, objects } : undefined, mistakes: all };
}

/** Where no Node object is among the files, the members stand for them, each with its name as hostname label. */
function withKnownNodes(
  objects: readonly SourceObject[],
  node: string,
  members: readonly string[],
): readonly SourceObject[] {
  if (objects.some(({ kind }) => kind === "Node")) return objects;
  return [...objects, ...new Set([node, ...members])].map((item) =>
    typeof item === "string" ? nodeObject(item, { "kubernetes.io/hostname": item }) : item,
  );
}

/** Where the other speakers are: those named by hand, and the addresses of the Node objects, on the port that this one uses. */
function seedsFor({ node, gossip }: SpeakerOptions, addresses: ReadonlyMap<string, readonly Ip[]>): Endpoint[] {
  if (gossip === undefined) return [];
  const others = [...addresses].filter(([name]) => name !== node).map(([, ips]) => ips);
  const reachable = others.flatMap((ips) => ips.find((ip) => typeof ip === typeof gossip.bind.ip) ?? []);
  return [...gossip.seeds, ...reachable.map((ip) => ({ ip, port: gossip.bind.port }))];
}
