import { spawnSync } from "node:child_process";
import { until } from "@vipkit/test-support";
import type { LabNode } from "../support/namespace.js";

/** What a kernel knows of a neighbour: a line of `ip neigh`, or nothing. */
export function neighbour(client: LabNode, address: string, device = "eth0"): string {
  return client.run("ip", "neigh", "show", address, "dev", device);
}

/** Makes a kernel ask for an address: nobody answers the echo, and the question for the link-layer address comes first. */
export async function resolve(client: LabNode, address: string, mac: string, device = "eth0"): Promise<void> {
  client.run("ip", "neigh", "flush", "dev", device);
  spawnSync("ip", ["netns", "exec", client.namespace, "ping", "-c", "1", "-W", "1", "-n", address]);
  await until(() => neighbour(client, address, device).includes(mac), {
    what: `${address} resolved to ${mac}`,
    timeoutMs: 3000,
  });
}
