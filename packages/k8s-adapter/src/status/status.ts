import { formatIp } from "@vipkit/net";
import type { AllocationVerdict } from "../allocation/converge.js";
import type { Announcements } from "../announcement/decide-announcements.js";
import { compareText } from "../config/gather.js";

/** One Service as this node sees it. Plain JSON. */
export interface ServiceStatus {
  readonly service: string;
  readonly addresses: readonly string[];
  readonly pool: string | null;
  /** What became of the claim: `kept`, `allocated`, or what prevents it. */
  readonly allocation: { readonly reason: string; readonly refusal: string | null };
  /** Who answers for the address at layer 2. */
  readonly owner: string | null;
  readonly layer2: {
    readonly announces: boolean;
    readonly reason: string;
    readonly reasons: Readonly<Record<string, string>>;
  };
  readonly bgp: { readonly announces: boolean; readonly reason: string };
  readonly events: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
}

/** What a node has decided. Plain JSON: `addresses` is what survives a restart, the rest is for people. */
export interface StatusSnapshot {
  readonly version: 1;
  readonly node: string;
  readonly services: readonly ServiceStatus[];
}

export interface StatusInput {
  readonly node: string;
  readonly verdicts: readonly AllocationVerdict[];
  readonly announcements: Pick<Announcements, "services">;
}

/** Services of type LoadBalancer and others that hold something, sorted by key. */
export function statusOf({ node, verdicts, announcements }: StatusInput): StatusSnapshot {
  const announced = new Map(announcements.services.map((verdict) => [verdict.service, verdict]));
  const services = verdicts.flatMap((verdict): ServiceStatus[] => {
    const shown = announced.get(verdict.key);
    if (shown === undefined && verdict.ips.length === 0) return [];
    return [
      {
        service: verdict.key,
        addresses: verdict.ips.map(formatIp),
        pool: verdict.pool ?? null,
        allocation: { reason: verdict.reason, refusal: verdict.refusal ?? null },
        owner: shown?.layer2.owner ?? null,
        layer2: {
          announces: shown?.layer2.announces ?? false,
          reason: shown?.layer2.reason ?? "no_address",
          reasons: shown?.layer2.reasons ?? {},
        },
        bgp: shown?.bgp ?? { announces: false, reason: "no_address" },
        events: verdict.events,
      },
    ];
  });
  return { version: 1, node, services: services.sort((a, b) => compareText(a.service, b.service)) };
}
