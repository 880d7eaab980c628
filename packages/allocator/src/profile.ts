import type { Claim } from "./claim.js";
import type { Profile } from "./holding.js";
import type { Ledger } from "./ledger.js";
import type { Quota } from "./quota.js";
import type { Labels } from "./selector.js";

const NO_LABELS: Labels = Object.freeze({});
const NO_PORTS: readonly string[] = Object.freeze([]);

export function quotasFor(quotas: readonly Quota[], namespace: string, labels: Labels): readonly Quota[] {
  return quotas.length === 0 ? quotas : quotas.filter((quota) => quota.counts(namespace, labels));
}

/** Key of a sharing group. */
function groupKeyOf(sharingKey: string, backendKey: string): string | undefined {
  return sharingKey === "" ? undefined : `${sharingKey.length}:${sharingKey}${backendKey}`;
}

function isEmpty(labels: Labels | undefined): boolean {
  if (labels !== undefined) for (const key in labels) if (Object.hasOwn(labels, key)) return false;
  return true;
}

/** Ports as one text: no port contains a comma. */
function portsKey(ports: readonly string[]): string {
  return ports.length === 1 ? ports[0]! : ports.join(",");
}

/**
 * The profile of a claim with these ports (in canonical form). Claims without keys and labels that are alike get the same
 * object while one of them holds something: most leases of a cluster differ in nothing but owner and address.
 */
export function profileOf(ledger: Ledger, claim: Claim, ports: readonly string[]): Profile {
  const { namespace = "", sharingKey = "", backendKey = "", labels } = claim;
  const plain = sharingKey === "" && backendKey === "" && isEmpty(labels);
  const known = plain ? ledger.profiles.get(namespace)?.get(portsKey(ports)) : undefined;
  if (known !== undefined) return known;
  const own = isEmpty(labels) ? NO_LABELS : { ...labels };
  return {
    plain,
    ports: ports.length === 0 ? NO_PORTS : ports,
    sharingKey,
    backendKey,
    groupKey: groupKeyOf(sharingKey, backendKey),
    namespace,
    labels: own,
    quotas: quotasFor(ledger.quotas, namespace, own),
    users: 0,
  };
}

/** One holding more stands on the profile. */
export function useProfile({ profiles }: Ledger, profile: Profile): void {
  profile.users += 1;
  if (profile.users > 1 || !profile.plain) return;
  const alike = profiles.get(profile.namespace);
  if (alike === undefined) profiles.set(profile.namespace, new Map([[portsKey(profile.ports), profile]]));
  else alike.set(portsKey(profile.ports), profile);
}

/** One holding less; the last one takes the profile out of the books. */
export function dropProfile({ profiles }: Ledger, profile: Profile): void {
  profile.users -= 1;
  if (profile.users > 0 || !profile.plain) return;
  const alike = profiles.get(profile.namespace);
  alike?.delete(portsKey(profile.ports));
  if (alike?.size === 0) profiles.delete(profile.namespace);
}

/** True if both stand for the same wishes. */
export function isSameProfile(a: Profile, b: Profile): boolean {
  if (a === b) return true;
  const names = Object.keys(a.labels);
  return (
    a.namespace === b.namespace &&
    a.sharingKey === b.sharingKey &&
    a.backendKey === b.backendKey &&
    portsKey(a.ports) === portsKey(b.ports) &&
    names.length === Object.keys(b.labels).length &&
    names.every((name) => a.labels[name] === b.labels[name])
  );
}
