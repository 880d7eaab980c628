import { formatIp } from "@vipkit/net";
import { refusal, type Refusal } from "./claim.js";
import type { Holding, Spot } from "./holding.js";
import { ipOf } from "./ledger.js";
import type { Segment } from "./pool.js";
import type { Reservation } from "./reservation.js";
import { Resting } from "./resting.js";
import { SharedAddress } from "./sharing.js";
import type { Want } from "./want.js";

const MOST_OWNERS = 8;

function others(spot: SharedAddress, owner: string): Holding[] {
  const found: Holding[] = [];
  for (const holding of spot.holders) if (holding.owner !== owner) found.push(holding);
  return found;
}

function named(holdings: readonly Holding[]): string[] {
  return holdings
    .map(({ owner }) => owner)
    .sort()
    .slice(0, MOST_OWNERS);
}

function sharedVerdict(shared: SharedAddress, want: Want, ip: () => string): Refusal | undefined {
  const { profile, owner } = want;
  if (shared.holders.size === 1) for (const only of shared.holders) if (only.owner === owner) return undefined;
  const owners = (): string[] => named(others(shared, owner));
  if (profile.sharingKey === "") return refusal("sharing-key-missing", { ip: ip(), owners: owners() });
  if (profile.sharingKey !== shared.group.sharingKey)
    return refusal("sharing-key-mismatch", { ip: ip(), owners: owners() });
  if (profile.backendKey !== shared.group.backendKey)
    return refusal("backend-key-mismatch", { ip: ip(), owners: owners() });
  for (const port of profile.ports) {
    const holder = shared.ports.get(port);
    if (holder !== undefined && holder.owner !== owner) {
      return refusal("port-in-use", { ip: ip(), port, owners: [holder.owner] });
    }
  }
  return undefined;
}

export function matches(reservation: Reservation, { owner, profile }: Want): boolean {
  return reservation.matches({ owner, namespace: profile.namespace, labels: profile.labels });
}

/** True if the addresses of the segment may go to this claim at all. */
export function admitted(segment: Segment, want: Want): boolean {
  return segment.reservation === undefined || matches(segment.reservation, want);
}

/** Why the claim may not have this address as things stand, or undefined if it may. */
export function verdictOn(spot: Spot, want: Want, now: number): Refusal | undefined {
  const { segment, at } = spot;
  const standing = segment.slots.get(at);
  const ip = (): string => formatIp(ipOf(spot));
  if (standing instanceof SharedAddress) {
    const verdict = sharedVerdict(standing, want, ip);
    if (verdict !== undefined) return verdict;
    for (const { owner } of standing.holders) if (owner === want.owner) return undefined;
  } else if (standing instanceof Resting) {
    if (standing.owner !== want.owner && standing.until > now) return refusal("held-down", { ip: ip() });
  } else if (standing !== undefined) {
    return standing.owner === want.owner
      ? undefined
      : refusal("address-in-use", { ip: ip(), owners: [standing.owner] });
  }
  if (segment.side.pool.rules.drain) return refusal("pool-draining", { ip: ip(), pool: segment.side.pool.rules.name });
  return admitted(segment, want) ? undefined : refusal("reserved", { ip: ip() });
}
