import type { Capability } from "./capability.js";
import { IPV4_UNICAST, type Family } from "./family.js";
import type { OpenMessage } from "./message.js";

/** Stands in for AS numbers that need four octets (RFC 6793 section 4.2.3). */
export const AS_TRANS = 23456;

type CapabilityOf<Type extends Capability["type"]> = Extract<Capability, { readonly type: Type }>;

/** The capability of that type. Of several the last counts where only one makes sense (RFC 4724 section 3, RFC 7911 section 4). */
export function findCapability<Type extends Capability["type"]>(
  open: OpenMessage,
  type: Type,
): CapabilityOf<Type> | undefined {
  return open.capabilities.findLast((capability): capability is CapabilityOf<Type> => capability.type === type);
}

/** The sender's AS number: that of capability 65, or the two-octet field. */
export function asnOf(open: OpenMessage): number {
  return findCapability(open, "four-octet-as")?.asn ?? open.myAs;
}

/** Families of capability 1, each once; IPv4 unicast when the capability is absent (RFC 4760 section 8). */
export function familiesOf(open: OpenMessage): readonly Family[] {
  const families: Family[] = [];
  for (const capability of open.capabilities) {
    if (capability.type !== "multiprotocol") continue;
    const { afi, safi } = capability.family;
    if (!families.some((known) => known.afi === afi && known.safi === safi)) families.push({ afi, safi });
  }
  return families.length === 0 ? [IPV4_UNICAST] : families;
}
