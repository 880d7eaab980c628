import type { AllocationVerdict, Announcements } from "@vipkit/k8s-adapter";
import { formatIp } from "@vipkit/net";
import type { Allocated } from "./allocation.js";
import type { Tell } from "./events.js";

/** Turns the whole view of each round into events about what is different from the round before. */
export interface Changes {
  allocator(eldest: string | undefined): void;
  addresses(allocated: Allocated): void;
  owners(announcements: Announcements): void;
}

export function createChanges(tell: Tell): Changes {
  let eldest: string | undefined;
  let addresses = new Map<string, string>();
  let owners = new Map<string, string>();

  return {
    allocator: (now) => {
      if (now === eldest || now === undefined) return;
      eldest = now;
      tell({ type: "allocator", node: now });
    },
    addresses: ({ services, verdicts, decided }) => {
      const before = addresses;
      addresses = new Map();
      const verdictOf = new Map(verdicts.map((verdict) => [verdict.key, verdict]));
      for (const { key, ingress } of services) {
        const held = ingress.map(({ ip }) => ip).filter((ip) => ip !== undefined);
        const verdict = verdictOf.get(key);
        const reason = decided ? (verdict?.refusal ?? verdict?.reason ?? "") : "told_by_allocator";
        const said = held.length > 0 ? held.join() : reason;
        addresses.set(key, said);
        if (before.get(key) === said || (held.length === 0 && !isWanting(verdict))) continue;
        const message = verdict?.events.find(({ type }) => type === "Warning")?.message;
        tell({
          type: "address",
          service: key,
          addresses: held,
          reason,
          ...(verdict?.pool === undefined ? {} : { pool: verdict.pool }),
          ...(message === undefined ? {} : { message }),
        });
      }
      for (const key of before.keys()) {
        if (addresses.has(key)) continue;
        tell({ type: "address", service: key, addresses: [], reason: decided ? "service_gone" : "told_by_allocator" });
      }
    },
    owners: ({ layer2 }) => {
      const before = owners;
      owners = new Map();
      for (const { ip, owner, mine, reason } of layer2) {
        const address = formatIp(ip);
        owners.set(address, owner ?? "");
        if (before.get(address) === (owner ?? "")) continue;
        tell({ type: "owner", address, mine, reason, ...(owner === undefined ? {} : { owner }) });
      }
      for (const address of before.keys()) {
        if (!owners.has(address)) tell({ type: "owner", address, mine: false, reason: "address_gone" });
      }
    },
  };
}

/** A service that wants an address and has none. Services of other types say nothing. */
function isWanting(verdict: AllocationVerdict | undefined): boolean {
  return verdict?.reason === "allocation_failed";
}
