import type { Endpoint } from "../machine/ports.js";
import { formatIp, formatScopedIp, parseScopedIp, type Ip } from "../wire/ip.js";
import { isLinkLocal } from "../wire/scope.js";

/** The address as Node.js wants it: with `%zone` where the address has one. */
export function hostTextOf({ ip, zone }: { readonly ip: Ip; readonly zone?: string | undefined }): string {
  return formatScopedIp({ ip, zone });
}

/** `ADDRESS:PORT` or `[ADDRESS]:PORT`, for messages. */
export function endpointText({ ip, port, zone }: Endpoint): string {
  const host = formatScopedIp({ ip, zone });
  return typeof ip === "number" ? `${host}:${port}` : `[${host}]:${port}`;
}

/** An endpoint as Node.js reports it: address text, with zone where it is link-local, and port. */
export function endpointOf(address: string, port: number): Endpoint {
  const { ip, zone } = parseScopedIp(address);
  return zone === undefined ? { ip, port } : { ip, port, zone };
}

/** The local address to speak from; a link-local one is valid in the zone of the remote end only. */
export function sourceText(source: Ip, remote: Endpoint): string {
  return isLinkLocal(source) && typeof source === "bigint" && remote.zone !== undefined
    ? formatScopedIp({ ip: source, zone: remote.zone })
    : formatIp(source);
}
