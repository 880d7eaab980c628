import type { DemoNode } from "../cluster.js";
import { linkLocalOf } from "../cluster.js";
import { command } from "./command.js";

/** Hosts in network namespaces of their own, joined by a bridge in one more. */
export interface Network {
  namespaceOf(host: string): string;
  /** Adds addresses to the loopback interface: the host takes packets for them and says nothing about them on the wire. */
  takeAddresses(host: string, addresses: readonly string[]): Promise<void>;
  pullCable(host: string): Promise<void>;
  remove(): Promise<void>;
}

/** Interface of every host, and of the switch end of its cable. */
const INTERFACE = "eth0";

const SYSCTLS = [
  // Addresses on the loopback interface are not for the kernel to answer for; that is the speaker's part.
  "net.ipv4.conf.all.arp_ignore=1",
  "net.ipv4.conf.all.arp_announce=2",
  "net.ipv6.conf.all.accept_ra=0",
  "net.ipv6.conf.default.accept_ra=0",
  "net.ipv6.conf.all.accept_dad=0",
  "net.ipv6.conf.default.accept_dad=0",
  "net.ipv6.conf.default.addr_gen_mode=1",
];

export async function createNetwork(prefix: string, hosts: readonly DemoNode[]): Promise<Network> {
  const switchNamespace = `${prefix}-switch`;
  const namespaceOf = (host: string): string => `${prefix}-${host}`;
  const made: string[] = [];
  const remove = async (): Promise<void> => {
    for (const namespace of made.splice(0).reverse()) await command("ip", "netns", "delete", namespace);
  };
  const add = async (namespace: string): Promise<void> => {
    await command("ip", "netns", "add", namespace);
    made.push(namespace);
    await command("ip", "-n", namespace, "link", "set", "lo", "up");
  };
  try {
    await add(switchNamespace);
    const bridge = ["-n", switchNamespace, "link"];
    await command("ip", ...bridge, "add", "br0", "type", "bridge", "stp_state", "0", "mcast_snooping", "0");
    await command("ip", ...bridge, "set", "br0", "up");
    for (const host of hosts) {
      await add(namespaceOf(host.name));
      await plug(switchNamespace, namespaceOf(host.name), host);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    namespaceOf,
    remove,
    takeAddresses: async (host, addresses) => {
      for (const address of addresses) {
        const length = address.includes(":") ? 128 : 32;
        await command("ip", "-n", namespaceOf(host), "address", "replace", `${address}/${length}`, "dev", "lo");
      }
    },
    pullCable: async (host) => {
      await command("ip", "-n", switchNamespace, "link", "set", host, "down");
    },
  };
}

async function plug(switchNamespace: string, namespace: string, host: DemoNode): Promise<void> {
  const ip = (...args: string[]): Promise<string> => command("ip", "-n", namespace, ...args);
  await command("ip", "netns", "exec", namespace, "sysctl", "-q", "-w", ...SYSCTLS);
  const peer = ["peer", "name", host.name, "netns", switchNamespace];
  await ip("link", "add", INTERFACE, "address", host.mac, "type", "veth", ...peer);
  await command("ip", "-n", switchNamespace, "link", "set", host.name, "master", "br0", "up");
  await ip("link", "set", INTERFACE, "up");
  await ip("address", "add", `${host.ipv4}/24`, "dev", INTERFACE);
  await ip("address", "add", `${host.ipv6}/64`, "dev", INTERFACE, "nodad");
  await ip("address", "add", `${linkLocalOf(host)}/64`, "dev", INTERFACE, "nodad");
}
