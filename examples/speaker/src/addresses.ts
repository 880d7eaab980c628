import type { SourceObject } from "@vipkit/k8s-adapter";
import { tryParseIp, type Ip } from "@vipkit/net";

/** The internal addresses of each Node object (status.addresses of type InternalIP), by node name. */
export function nodeAddresses(objects: readonly SourceObject[]): ReadonlyMap<string, readonly Ip[]> {
  const byNode = new Map<string, readonly Ip[]>();
  for (const { kind, name, value } of objects) {
    if (kind !== "Node") continue;
    const { addresses } = (value as { status?: { addresses?: unknown } }).status ?? {};
    if (!Array.isArray(addresses)) continue;
    const internal = (addresses as { type?: unknown; address?: unknown }[])
      .filter(({ type }) => type === "InternalIP")
      .map(({ address }) => tryParseIp(String(address)))
      .filter((ip) => ip !== undefined);
    byNode.set(name, internal);
  }
  return byNode;
}
