/** What a guard looks at. Names in any order, doubles count once. */
export interface GuardFacts {
  readonly self: string;
  /** Members in sight, ourselves included or not: we always see ourselves. */
  readonly present: readonly string[];
  /** All that belong to the cluster, see `nextElectorate`. */
  readonly electorate: readonly string[];
}

/** Whether this node may act on what it was elected for, and the figures that decided. */
export interface Verdict {
  readonly mayAct: boolean;
  readonly reason: "available" | "majority" | "minority" | "not_in_electorate";
  readonly seen: number;
  readonly needed: number;
}

/** A guard never elects; it only holds back. */
export type Guard = (facts: GuardFacts) => Verdict;

/** Announce on both sides of a partition, as MetalLB does: better twice than not at all. */
export const guardAvailable: Guard = (facts) => ({
  mayAct: true,
  reason: "available",
  seen: seenOf(facts),
  needed: 1,
});

/** Announce only with more than half of the electorate in sight, so that at most one side of a partition does. */
export const guardMajority: Guard = (facts) => {
  const members = new Set(facts.electorate);
  const seen = seenOf(facts);
  const needed = Math.floor(members.size / 2) + 1;
  if (!members.has(facts.self)) return { mayAct: false, reason: "not_in_electorate", seen, needed };
  return seen >= needed
    ? { mayAct: true, reason: "majority", seen, needed }
    : { mayAct: false, reason: "minority", seen, needed };
};

function seenOf({ self, present, electorate }: GuardFacts): number {
  const members = new Set(electorate);
  return [...new Set([...present, self])].filter((name) => members.has(name)).length;
}

/**
 * The electorate after a change. It grows with every member that joins and shrinks only by those that leave of their own will:
 * a dead member counts on, otherwise the smaller side of a partition would soon believe itself to be everybody.
 */
export function nextElectorate(
  electorate: readonly string[],
  change: { readonly joined?: readonly string[] | undefined; readonly left?: readonly string[] | undefined },
): string[] {
  const next = new Set([...electorate, ...(change.joined ?? [])]);
  for (const name of change.left ?? []) next.delete(name);
  return [...next].sort();
}
