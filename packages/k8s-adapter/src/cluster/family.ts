import type { Ip, IpFamily } from "@vipkit/net";
import { tryParseIp } from "@vipkit/net";

/** One family, or one address of each. */
export type ServiceFamily = IpFamily | "dual";

export type ReadFamily =
  | { readonly ok: true; readonly family: ServiceFamily }
  | {
      readonly ok: false;
      readonly code: "family_addresses" | "family_same" | "family_count";
      readonly message: string;
    };

/** The family of one address, or of a pair. IPv4-mapped addresses count as IPv4, as in MetalLB. */
export function familyOfIps(ips: readonly (Ip | undefined)[]): ReadFamily {
  if (ips.length < 1 || ips.length > 2) {
    return { ok: false, code: "family_count", message: `${ips.length} addresses have no family; one or two do` };
  }
  const families = ips.map((ip) =>
    ip === undefined ? undefined : typeof ip === "number" || isMapped(ip) ? "ipv4" : "ipv6",
  );
  const [first, second] = families;
  if (families.includes(undefined) || first === undefined) {
    return { ok: false, code: "family_addresses", message: "not all of them are addresses" };
  }
  if (families.length === 1) return { ok: true, family: first };
  if (first === second) return { ok: false, code: "family_same", message: "both addresses are of one family" };
  return { ok: true, family: "dual" };
}

export function familyOfTexts(texts: readonly string[]): ReadFamily {
  return familyOfIps(texts.map(tryParseIp));
}

function isMapped(ip: bigint): boolean {
  return ip >> 32n === 0xffffn;
}
