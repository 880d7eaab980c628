export { createAllocator, restoreAllocator, type Allocator, type AllocatorOptions } from "./allocator.js";
export type { Change } from "./change.js";
export { canonicalPort } from "./check-claim.js";
export { MAX_RANGES } from "./check-pools.js";
export type { Claim, FamilyPolicy, Lease, Outcome, Refusal, RefusalCode, RefusalFacts } from "./claim.js";
export type { ChoicePolicy, ClaimMatch, PoolConfig, PoolScope, QuotaConfig, ReservationConfig } from "./config.js";
export type { Counters } from "./counters.js";
export type { Explanation, PoolFinding } from "./explain.js";
export { FreeSet, type Offset } from "./free-set.js";
export { PoolsError, type Issue } from "./issue.js";
export type { Plan, PlannedLoss, PlannedMove } from "./plan.js";
export type { PriorLease, ReplayOutcome } from "./replay.js";
export type { PoolVerdict, Tier } from "./search.js";
export {
  compileSelector,
  matchesSelector,
  type Labels,
  type LabelSelector,
  type SelectorRequirement,
} from "./selector.js";
export { parseSelector } from "./selector-text.js";
export { selectorIssues } from "./check-scope.js";
export type { PoolsOutcome } from "./set-pools.js";
export type { Snapshot, StoredLease, StoredRest } from "./snapshot.js";
export { inOrder, sourceFrom, type AbortSignalLike, type AddressSource } from "./external.js";
