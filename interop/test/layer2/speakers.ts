import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { startArp, type ArpOptions, type ArpSpeaker } from "@vipkit/arp/node";
import { openLink, type LinuxFrameLink } from "@vipkit/link/node";
import { startNdp, type NdpSpeaker } from "@vipkit/ndp/node";
import { isIpv4, isIpv6, parseIp, type Ip } from "@vipkit/net";
import { nodeHost } from "@vipkit/net/node";
import { until } from "@vipkit/test-support";
import type { LabNode } from "../support/namespace.js";

/** Both protocols on one interface of a node. */
export interface BothSpeakers {
  readonly link: LinuxFrameLink;
  readonly arp: ArpSpeaker;
  readonly ndp: NdpSpeaker;
  own(...addresses: string[]): void;
  close(): void;
}

/** Opens the interface and speaks on it, ARP and neighbour discovery. */
export async function speakOn(
  node: LabNode,
  name = "eth0",
  options: Partial<Pick<ArpOptions, "vlan" | "announce" | "form">> = {},
  waitMs = 0,
): Promise<BothSpeakers> {
  const link = await openLink(name, { namespace: node.namespace, waitMs });
  await until(() => link.up, { what: `${name} up` });
  const host = nodeHost();
  const { clock } = host;
  const random = (): number => host.random();
  const arp = startArp({ link, clock, random, ...options });
  const ndp = startNdp({ link, clock, random, vlan: options.vlan, announce: options.announce });
  return {
    link,
    arp,
    ndp,
    own: (...addresses) => {
      const ips: readonly Ip[] = addresses.map(parseIp);
      arp.own(ips.filter(isIpv4));
      ndp.own(ips.filter(isIpv6));
    },
    close: () => {
      arp.close();
      ndp.close();
      link.close();
    },
  };
}

export interface NeighbourEvent {
  /** Nanoseconds of the monotonic clock. */
  readonly t: number;
  readonly ip?: string;
  readonly mac?: string;
  readonly state: string;
  readonly gone: boolean;
}

/** The changes of a node's neighbour table, as netlink tells them. */
export async function watchNeighbours(
  node: LabNode,
): Promise<{ readonly events: NeighbourEvent[]; readonly close: () => void }> {
  const events: NeighbourEvent[] = [];
  const script = new URL("neighbour_events.py", import.meta.url).pathname;
  const words = ["-n", "-15", "ip", "netns", "exec", node.namespace, "python3", "-u", script];
  const child: ChildProcess = spawn("nice", words, { stdio: ["ignore", "pipe", "inherit"] });
  let ready = false;
  createInterface({ input: child.stdout! }).on("line", (line) => {
    if (ready) events.push(JSON.parse(line) as NeighbourEvent);
    ready = true;
  });
  await until(() => ready, { what: "the netlink reader" });
  return { events, close: () => void child.kill("SIGKILL") };
}
