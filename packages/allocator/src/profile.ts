import type { Claim } from "./claim.js";
import type { Profile } from "./holding.js";
import type { Ledger } from "./ledger.js";
import type { Quota } from "./quota.js";
import type { Labels } from "./selector.js";

const NO_LABELS: Labels = Object.freeze({});
const NO_PORTS: readonly string[] = Object.freeze([]);

/** Texts one after the other, so that different lists never give the same text. */
function joined(texts: readonly string[]): string {
  let text = "";
  for (const one of texts) text += `${one.length}:${one}`;
  return text;
}

export function quotasFor(quotas: readonly Quota[], namespace: string, labels: Labels): readonly Quota[] {
  return quotas.length === 0 ? quotas : quotas.filter((quota) => quota.counts(namespace, labels));
}

/** Key of a sharing group. */
export function groupKeyOf(sharingKey: string, backendKey: string): string | undefined {
  return sharingKey === "" ? undefined : `${sharingKey.length}:${sharingKey}${backendKey}`;
}

/**
 * The profile of a claim with these ports (in canonical form). Claims without labels that are alike get the same object
 * once one of them holds something.
 */
export function profileOf(ledger: Ledger, claim: Claim, ports: readonly string[]): Profile {
  const { namespace = "", sharingKey = "", backendKey = "", labels } = claim;
  const plain = labels === undefined || Object.keys(labels).length === 0;
  const key = plain ? joined([namespace, sharingKey, backendKey, ...ports]) : undefined;
  const known = key === undefined ? undefined : ledger.profiles.get(key);
  if (known !== undefined) return known;
  const own = plain ? NO_LABELS : { ...labels };
  return {
    key,
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

/** True if both stand for the same wishes. */
export function isSameProfile(a: Profile, b: Profile): boolean {
  if (a === b) return true;
  if (a.key !== undefined || b.key !== undefined) return a.key === b.key;
  const names = Object.keys(a.labels);
  return (
    a.namespace === b.namespace &&
    a.sharingKey === b.sharingKey &&
    a.backendKey === b.backendKey &&
    a.ports.join() === b.ports.join() &&
    names.length === Object.keys(b.labels).length &&
    names.every((name) => a.labels[name] === b.labels[name])
  );
}
