import { refusal, type Refusal, type RefusalCode } from "./claim.js";
import type { Spot } from "./holding.js";
import { ipOf } from "./ledger.js";
import type { Segment } from "./pool.js";
import type { Reservation } from "./reservation.js";
import { Resting } from "./resting.js";
import { SharedAddress } from "./sharing.js";
import type { Want } from "./want.js";

const MOST_OWNERS = 8;

/** Who else is on the address; sorted, the first few. */
function othersOn(shared: SharedAddress, owner: string): string[] {
  return Array.from(shared.holders, (holding) => holding.owner)
    .filter((other) => other !== owner)
    .sort()
    .slice(0, MOST_OWNERS);
}

function keyVerdict(shared: SharedAddress, { profile }: Want): RefusalCode | undefined {
  if (profile.groupKey === shared.group.key) return undefined;
  if (profile.sharingKey === "") return "sharing-key-missing";
  return profile.sharingKey === shared.group.sharingKey ? "backend-key-mismatch" : "sharing-key-mismatch";
}

function isOnlyHolder(shared: SharedAddress, owner: string): boolean {
  if (shared.holders.size !== 1) return false;
  for (const only of shared.holders) if (only.owner === owner) return true;
  return false;
}

function sharedVerdict(shared: SharedAddress, want: Want): Refusal | undefined {
  const { profile, owner } = want;
  if (isOnlyHolder(shared, owner)) return undefined;
  const code = keyVerdict(shared, want);
  if (code !== undefined) return refusal(code, { ip: ipOf(shared), owners: othersOn(shared, owner) });
  for (const port of profile.ports) {
    const holder = shared.ports.get(port);
    if (holder !== undefined && holder.owner !== owner) {
      return refusal("port-in-use", { ip: ipOf(shared), port, owners: [holder.owner] });
    }
  }
  return undefined;
}

function isHolder(shared: SharedAddress, owner: string): boolean {
  for (const holding of shared.holders) if (holding.owner === owner) return true;
  return false;
}

export function matches(reservation: Reservation, { owner, profile }: Want): boolean {
  return reservation.matches({ owner, namespace: profile.namespace, labels: profile.labels });
}

/** True if the addresses of the segment may go to this claim at all. */
export function admitted(segment: Segment, want: Want): boolean {
  return segment.reservation === undefined || matches(segment.reservation, want);
}

/** Whether a rule of the pool keeps a new holder off an address that is free for it otherwise. */
function newHolderVerdict(spot: Spot, want: Want): Refusal | undefined {
  const { side } = spot.segment;
  if (side.pool.rules.drain) return refusal("pool-draining", { ip: ipOf(spot), pool: side.pool.rules.name });
  return admitted(spot.segment, want) ? undefined : refusal("reserved", { ip: ipOf(spot) });
}

/** Why the claim may not have this address as things stand, or undefined if it may. */
export function verdictOn(spot: Spot, want: Want, now: number): Refusal | undefined {
  const standing = spot.segment.slots.get(spot.at);
  if (standing === undefined) return newHolderVerdict(spot, want);
  if (standing instanceof SharedAddress) {
    const verdict = sharedVerdict(standing, want);
    return verdict ?? (isHolder(standing, want.owner) ? undefined : newHolderVerdict(spot, want));
  }
  if (standing instanceof Resting) {
    const rests = standing.owner !== want.owner && standing.until > now;
    return rests ? refusal("held-down", { ip: ipOf(spot) }) : newHolderVerdict(spot, want);
  }
  if (standing.owner === want.owner) return undefined;
  return refusal("address-in-use", { ip: ipOf(spot), owners: [standing.owner] });
}
