import { familyOfTexts, type ReadFamily } from "../cluster/family.js";
import type { Service } from "../cluster/service.js";
import { requestedIps } from "./request.js";

/** True for a Service that has no cluster address (yet), headless ones included. */
export function hasNoClusterIp({ clusterIPs }: Service): boolean {
  return clusterIPs.length === 0 || clusterIPs[0] === "None";
}

/** The families that a Service is to have addresses of: those of its cluster addresses. */
export function familyOfService(service: Service, hasIpv4Pools: boolean, withoutClusterIp: boolean): ReadFamily {
  if (withoutClusterIp && hasNoClusterIp(service)) return { ok: true, family: familyFromSpec(service, hasIpv4Pools) };
  return familyOfTexts(service.clusterIPs);
}

/**
 * For Services that nobody gave cluster addresses, as in files: by the families and the policy they name, else by the
 * addresses they ask for, else IPv4 where there are such pools.
 */
function familyFromSpec(service: Service, hasIpv4Pools: boolean): "ipv4" | "ipv6" | "dual" {
  const { ipFamilies, ipFamilyPolicy } = service;
  if (ipFamilies.length > 1) return "dual";
  if (ipFamilyPolicy === "RequireDualStack") return "dual";
  const requested = requestedIps(service);
  if (requested.ok && requested.family !== undefined) return requested.family;
  if (ipFamilyPolicy === "PreferDualStack") return "dual";
  if (ipFamilies[0] !== undefined) return ipFamilies[0] === "IPv6" ? "ipv6" : "ipv4";
  return hasIpv4Pools ? "ipv4" : "ipv6";
}
