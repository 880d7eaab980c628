import type { ClaimMatch } from "./config.js";
import { compileSelector, type Labels } from "./selector.js";

/** Who is looked at when a reservation is matched. */
export interface Claimant {
  readonly owner: string;
  readonly namespace: string;
  readonly labels: Labels;
}

/** A reservation at work. `count` is 0 for one of addresses; `held` is what matching leases hold on its side of the pool. */
export interface Reservation {
  readonly count: number;
  held: number;
  matches(claimant: Claimant): boolean;
}

export function createReservation(match: ClaimMatch, count: number): Reservation {
  const selected = match.selector === undefined ? undefined : compileSelector(match.selector);
  return {
    count,
    held: 0,
    matches: ({ owner, namespace, labels }) =>
      (match.owner === undefined || match.owner === owner) &&
      (match.namespace === undefined || match.namespace === namespace) &&
      (selected === undefined || selected(labels)),
  };
}
