import type { Allocator } from "@vipkit/allocator";
import { formatIp } from "@vipkit/net";
import type { Service } from "../cluster/service.js";
import { poolsForAllocator } from "../config/allocator-pools.js";
import { compareText } from "../config/gather.js";
import type { Config } from "../config/types.js";
import { converge, type AllocationVerdict, type ConvergeOptions } from "./converge.js";
import { requestedIps } from "./request.js";

export interface AllocationInput extends ConvergeOptions {
  /** The state: what is held. It is brought to the pools of the configuration first. */
  readonly allocator: Allocator;
  readonly config: Pick<Config, "pools">;
  /** All Services there are; what others hold is released. */
  readonly services: readonly Service[];
}

export interface Allocation {
  /** In the order of Service keys. */
  readonly verdicts: readonly AllocationVerdict[];
  /** The Services as they are afterwards, in the same order. */
  readonly services: readonly Service[];
  /** Owners that are gone, and whose addresses are free now; sorted. */
  readonly released: readonly string[];
  /** Pools that the allocator would not take; then nothing has been decided. */
  readonly poolsRefused: readonly { readonly code: string; readonly message: string }[];
}

/** Turns after which waiting Services are not looked at again within one decision. */
const MAX_TURNS = 8;

/**
 * Decides all Services at once. First those whose status says what they had, the fullest first; then those that ask for
 * fixed addresses; then the rest by age; equals by key. Whoever waits is looked at again while addresses become free.
 */
export function decideAllocation(input: AllocationInput): Allocation {
  const { allocator, config, services } = input;
  const pools = allocator.setPools(poolsForAllocator(config));
  if (!pools.ok) return { verdicts: [], services, released: [], poolsRefused: pools.issues };
  const released = releaseGone(allocator, services);
  const verdicts = new Map<string, AllocationVerdict>();
  let turn = [...services].sort(compareUrgency);
  for (let turns = 0; turns < MAX_TURNS && turn.length > 0; turns += 1) {
    let isFreed = false;
    for (const service of turn) {
      const held = allocator.leaseOf(service.key);
      const verdict = converge(allocator, service, input);
      const holds = allocator.leaseOf(service.key);
      isFreed ||= verdict.reprocessAll || (held?.ips.some((ip) => holds?.ips.includes(ip) !== true) ?? false);
      verdicts.set(service.key, merge(verdicts.get(service.key), verdict));
    }
    turn = isFreed ? turn.filter(({ key }) => verdicts.get(key)?.reason === "allocation_failed") : [];
  }
  const ordered = [...services].sort((a, b) => compareText(a.key, b.key));
  return {
    verdicts: ordered.map(({ key }) => verdicts.get(key)!),
    services: ordered.map((service) => withVerdict(service, verdicts.get(service.key)!)),
    released,
    poolsRefused: [],
  };
}

/** The Service as the verdict leaves it: status and annotations. */
export function withVerdict(service: Service, { ips, annotations, reason }: AllocationVerdict): Service {
  if (reason === "other_class") return service;
  return { ...service, annotations, ingress: ips.map((ip) => ({ ip: formatIp(ip) })) };
}

function releaseGone(allocator: Allocator, services: readonly Service[]): string[] {
  const keys = new Set(services.map(({ key }) => key));
  const gone = [...allocator.leases()].map(({ owner }) => owner).filter((owner) => !keys.has(owner));
  for (const owner of gone) allocator.release(owner);
  return gone.sort(compareText);
}

/** A second look replaces the first, except that what had to be written still has to be. */
function merge(first: AllocationVerdict | undefined, second: AllocationVerdict): AllocationVerdict {
  return first === undefined ? second : { ...second, mustWrite: first.mustWrite || second.mustWrite };
}

function compareUrgency(a: Service, b: Service): number {
  return (
    b.ingress.length - a.ingress.length ||
    Number(asksForIp(b)) - Number(asksForIp(a)) ||
    compareText(a.createdAt ?? "", b.createdAt ?? "") ||
    compareText(a.key, b.key)
  );
}

function asksForIp(service: Service): boolean {
  const requested = requestedIps(service);
  return requested.ok && requested.ips.length > 0;
}
