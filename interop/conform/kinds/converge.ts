import { createAllocator, type PoolConfig } from "@vipkit/allocator";
import { createConverger, withVerdict, type Converger, type Service } from "@vipkit/k8s-adapter";
import { formatIp, VipkitError } from "@vipkit/net";
import { serviceOf } from "../shapes/service.js";

type Line = Readonly<Record<string, unknown>>;

/** `{pools?, steps}` to `{results}`: a controller's life, one step after the other. */
export const answer = (line: Line): object => {
  const converger = createConverger(createAllocator());
  if (line.pools !== undefined && !converger.setPools(poolsFrom(line.pools)).accepted) {
    throw new VipkitError("ERR_POOLS", "the pools at the start are refused");
  }
  const left = new Map<string, Service>();
  return { results: ((line.steps ?? []) as readonly Line[]).map((step) => perform(converger, left, step)) };
};

function poolsFrom(pools: unknown): PoolConfig[] {
  if (!Array.isArray(pools)) throw new VipkitError("ERR_INPUT", "pools is not a list");
  return (pools as readonly Line[]).map(
    ({ cidrs, ...rest }) => ({ ...rest, addresses: cidrs }) as unknown as PoolConfig,
  );
}

function perform(converger: Converger, left: Map<string, Service>, step: Line): object {
  if (step.setPools !== undefined) return converger.setPools(poolsFrom(step.setPools));
  if (typeof step.delete === "string") {
    return converger.remove(step.delete);
  }
  if (typeof step.converge !== "string") throw new VipkitError("ERR_STEP", "a step is setPools, converge or delete");
  const key = step.converge;
  const service = step.service === "previous" ? left.get(key) : serviceOf(key, (step.service ?? {}) as Line);
  if (service === undefined) throw new VipkitError("ERR_STEP", `there is no previous ${key}`);
  const verdict = converger.converge(service);
  left.set(key, withVerdict(service, verdict));
  return {
    outcome: verdict.outcome,
    ips: verdict.ips.map(formatIp),
    annotations: verdict.annotations,
    warning: verdict.events.some(({ type }) => type === "Warning"),
    reprocessAll: verdict.reprocessAll,
  };
}
