import { formatIp, tryParseIp } from "@vipkit/net";
import type { Service } from "../cluster/service.js";
import { isObject, listOf, objectOf, textOf, textsOf, type Json } from "../objects/json.js";

export type ReadStatus =
  /** Addresses by Service key, in the order of the status. */
  | { readonly ok: true; readonly addresses: ReadonlyMap<string, readonly string[]> }
  | { readonly ok: false; readonly code: "status_not_json" | "status_form"; readonly message: string };

/** Longest status that is read, in characters. */
const MAX_TEXT = 64 * 1024 * 1024;

/** Reads what `statusOf` made, to come back after a restart. Entries that make no sense are left out. */
export function readStatus(text: string): ReadStatus {
  let value: unknown;
  try {
    value = text.length > MAX_TEXT ? undefined : JSON.parse(text);
  } catch {
    return { ok: false, code: "status_not_json", message: "the status is not JSON" };
  }
  if (!isObject(value) || value.version !== 1 || !Array.isArray(value.services)) {
    return { ok: false, code: "status_form", message: "the status is not of version 1" };
  }
  const addresses = new Map<string, readonly string[]>();
  for (const entry of listOf(value.services as Json)) {
    const { service, addresses: texts } = objectOf(entry);
    const key = textOf(service);
    const ips = textsOf(texts).flatMap((address) => tryParseIp(address) ?? []);
    if (key !== undefined && ips.length > 0) addresses.set(key, ips.map(formatIp));
  }
  return { ok: true, addresses };
}

/** Services without addresses in their status get the remembered ones; what an object says itself goes first. */
export function withStatus(
  services: readonly Service[],
  addresses: ReadonlyMap<string, readonly string[]>,
): readonly Service[] {
  return services.map((service) => {
    const remembered = addresses.get(service.key);
    if (remembered === undefined || service.ingress.length > 0 || service.type !== "LoadBalancer") return service;
    return { ...service, ingress: remembered.map((ip) => ({ ip })) };
  });
}
