/** An address family as BGP names it (RFC 4760): AFI and SAFI, two numbers. */
export interface Family {
  readonly afi: number;
  readonly safi: number;
}

export const IPV4_UNICAST: Family = { afi: 1, safi: 1 };
export const IPV4_MULTICAST: Family = { afi: 1, safi: 2 };
export const IPV6_UNICAST: Family = { afi: 2, safi: 1 };
export const IPV6_MULTICAST: Family = { afi: 2, safi: 2 };

const NAMES: readonly (readonly [string, Family])[] = [
  ["ipv4-unicast", IPV4_UNICAST],
  ["ipv4-multicast", IPV4_MULTICAST],
  ["ipv6-unicast", IPV6_UNICAST],
  ["ipv6-multicast", IPV6_MULTICAST],
];

/** A number that is the same for the same family and no other: the key for maps and sets. */
export function familyKey({ afi, safi }: Family): number {
  return (afi << 8) | safi;
}

export function isSameFamily(a: Family, b: Family): boolean {
  return a.afi === b.afi && a.safi === b.safi;
}

export function hasFamily(families: readonly Family[], afi: number, safi: number): boolean {
  for (let i = 0; i < families.length; i += 1) {
    const family = families[i]!;
    if (family.afi === afi && family.safi === safi) return true;
  }
  return false;
}

/** `ipv4-unicast` and the like; `afi/safi` in digits where there is no name. */
export function familyName(family: Family): string {
  const named = NAMES.find(([, known]) => isSameFamily(known, family));
  return named === undefined ? `${family.afi}/${family.safi}` : named[0];
}

/** The reverse of `familyName`; undefined when the text is neither a name nor `afi/safi` in range. */
export function familyFromName(name: string): Family | undefined {
  const named = NAMES.find(([known]) => known === name);
  if (named !== undefined) return named[1];
  const digits = /^(\d{1,5})\/(\d{1,3})$/.exec(name);
  if (digits === null) return undefined;
  const family = { afi: Number(digits[1]), safi: Number(digits[2]) };
  return family.afi <= 0xffff && family.safi <= 0xff ? family : undefined;
}

/** Bits in an address of the families whose NLRI this codec reads (IPv4 and IPv6, unicast and multicast); 0 for all others. */
export function prefixWidth(afi: number, safi: number): 0 | 32 | 128 {
  if (safi !== 1 && safi !== 2) return 0;
  return afi === 1 ? 32 : afi === 2 ? 128 : 0;
}
