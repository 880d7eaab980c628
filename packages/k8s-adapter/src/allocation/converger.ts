import type { Allocator, PoolConfig } from "@vipkit/allocator";
import type { Service } from "../cluster/service.js";
import { converge, untouched, type AllocationVerdict, type ConvergeOptions } from "./converge.js";

/** One step at a time, for whoever hears of changes one by one. */
export interface Converger {
  /** Takes pools; wrong ones are refused and the old ones stay. */
  setPools(pools: readonly PoolConfig[]): { readonly accepted: boolean; readonly reprocessAll: boolean };
  /** Until pools were seen, nothing is decided: an empty set of pools clears a Service, having seen none does not. */
  converge(service: Service): AllocationVerdict;
  /** The Service is gone. */
  remove(key: string): { readonly reprocessAll: boolean };
}

export function createConverger(allocator: Allocator, options: ConvergeOptions = {}): Converger {
  let hasPools = false;
  return {
    setPools: (pools) => {
      const accepted = allocator.setPools(pools).ok;
      hasPools ||= accepted;
      return { accepted, reprocessAll: accepted };
    },
    converge: (service) => (hasPools ? converge(allocator, service, options) : untouched(service)),
    remove: (key) => ({ reprocessAll: allocator.release(key) !== undefined }),
  };
}
