import { createAllocator, type Allocator } from "@vipkit/allocator";
import { decideAllocation, withStatus, type AllocationVerdict, type Config, type Service } from "@vipkit/k8s-adapter";
import { formatIp, tryParseIp } from "@vipkit/net";
import { EMPTY_LIST, isNewer, sameLeases, writeList, type LeaseList } from "./leases.js";

/** What is known of the services' addresses after a round. */
export interface Allocated {
  /** The services with their addresses filled in. */
  readonly services: readonly Service[];
  /** One for each service. */
  readonly verdicts: readonly AllocationVerdict[];
  /** This speaker has decided; otherwise it repeats what the list says. */
  readonly decided: boolean;
}

/** Addresses of services, decided here or taken over from the speaker that decides. */
export interface Allocation {
  readonly list: LeaseList;
  /** Takes a list over if it is newer. Tells whether it was. */
  adopt(list: LeaseList): boolean;
  /** Decides as the speaker that allocates for all, and writes the list anew where something has changed. */
  decide(config: Config, services: readonly Service[]): Allocated;
  /** Fills in what the list says. */
  follow(services: readonly Service[]): Allocated;
}

export function createAllocation(name: string, remembered: LeaseList = EMPTY_LIST): Allocation {
  let list = remembered;
  let allocator: Allocator | undefined;

  return {
    get list() {
      return list;
    },
    adopt: (other) => {
      if (!isNewer(other, list)) return false;
      list = other;
      allocator = undefined;
      return true;
    },
    decide: (config, services) => {
      allocator ??= createAllocator();
      const decided = decideAllocation({
        allocator,
        config,
        services: withStatus(services, list.leases),
        familiesWithoutClusterIP: true,
      });
      const leases = new Map(
        decided.verdicts.filter(({ ips }) => ips.length > 0).map(({ key, ips }) => [key, ips.map(formatIp)] as const),
      );
      if (!sameLeases(leases, list.leases)) list = writeList(list, name, leases);
      return { ...decided, decided: true };
    },
    follow: (services) => {
      allocator = undefined;
      const known = withStatus(services, list.leases);
      return { services: known, verdicts: known.map(asTold), decided: false };
    },
  };
}

/** What another speaker has decided, in the form of a verdict. */
function asTold({ key, ingress, annotations }: Service): AllocationVerdict {
  const ips = ingress.flatMap(({ ip }) => (ip === undefined ? [] : (tryParseIp(ip) ?? [])));
  return {
    key,
    outcome: ips.length > 0 ? "unchanged" : "unassigned",
    ips,
    pool: undefined,
    reason: ips.length > 0 ? "kept" : "allocation_failed",
    refusal: ips.length > 0 ? undefined : "told_by_allocator",
    events: [],
    annotations,
    reprocessAll: false,
    mustWrite: false,
  };
}
