import type { Ip } from "@vipkit/net";
import { enter, locate } from "./assign.js";
import { refusal, type Claim, type Refusal } from "./claim.js";
import type { Ledger } from "./ledger.js";
import { byOwner } from "./snapshot.js";
import { isRefusal, wantOf, type PortTexts } from "./want.js";

/** What a holder says it had before a restart. */
export interface PriorLease {
  readonly owner: string;
  readonly ips: readonly Ip[];
  readonly ports?: readonly string[] | undefined;
  readonly sharingKey?: string | undefined;
  readonly backendKey?: string | undefined;
  readonly namespace?: string | undefined;
  readonly labels?: Claim["labels"];
  readonly manyPools?: boolean | undefined;
}

export interface ReplayOutcome {
  readonly restored: number;
  /** Who could not be given back what it had; by owner. */
  readonly refused: readonly { readonly owner: string; readonly refusal: Refusal }[];
}

/** Written out field by field: a claim of the usual shape is read several times faster than one put together by spreading. */
function claimFrom(prior: PriorLease): Claim {
  const { owner, ips, ports, sharingKey, backendKey, namespace, labels, manyPools } = prior;
  const ipv4 = Array.isArray(ips) ? ips.filter((ip) => typeof ip === "number").length : 0;
  const several = ipv4 > 1 || ips.length - ipv4 > 1;
  const counts = several ? { ipv4, ipv6: ips.length - ipv4 } : undefined;
  return { owner, namespace, labels, ports, sharingKey, backendKey, addresses: ips, counts, manyPools };
}

/** True for refusals that do not take away what somebody holds already: they are about new addresses, or the next claim. */
function isForgiven({ code }: Refusal): boolean {
  return code === "pool-draining" || code === "reserved" || code === "held-down" || code === "pool-not-allowed";
}

function replayOne(ledger: Ledger, texts: PortTexts, prior: PriorLease): Refusal | undefined {
  const claim = claimFrom(prior);
  const want = wantOf(ledger, texts, claim);
  if (isRefusal(want)) return want;
  if (ledger.holdings.has(want.owner))
    return refusal("bad-claim", {
      issues: [{ code: "held", path: "owner", message: "the owner holds a lease already" }],
    });
  const spots = locate(ledger, prior.ips, want, ledger.now, isForgiven);
  if (!Array.isArray(spots)) return spots as Refusal;
  enter(ledger, want, spots, undefined, want.manyPools);
  return undefined;
}

function isSorted(leases: readonly PriorLease[]): boolean {
  return leases.every((lease, index) => index === 0 || byOwner(leases[index - 1]!, lease) <= 0);
}

/**
 * Gives holders back what they had. The order of the list does not matter: where two claims exclude each other, the owner
 * whose key sorts first stays. Drains, reservations, hold-downs, quotas and new pins do not take away what was held (pins: until
 * the owner's next claim).
 */
export function replay(ledger: Ledger, texts: PortTexts, leases: readonly PriorLease[]): ReplayOutcome {
  const refused: { owner: string; refusal: Refusal }[] = [];
  let restored = 0;
  for (const prior of isSorted(leases) ? leases : [...leases].sort(byOwner)) {
    const verdict = replayOne(ledger, texts, prior);
    if (verdict === undefined) restored += 1;
    else refused.push({ owner: prior.owner, refusal: verdict });
  }
  return { restored, refused };
}
