import type { Allocator, Lease } from "@vipkit/allocator";
import { compareIp, formatIp, type Ip } from "@vipkit/net";
import { familyOfIps, type ServiceFamily } from "../cluster/family.js";
import { ingressIps, type Labels, type Service } from "../cluster/service.js";
import { deprecatedNames, requestOf, withoutResult, withResult } from "./annotations.js";
import { claimOf } from "./claim-of.js";
import { requestedIps } from "./request.js";
import { familyOfService, hasNoClusterIp } from "./service-family.js";

/** Something to tell the user about a Service, under the reasons that users of MetalLB know. */
export interface ServiceEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** The rule that decided. */
export type AllocationReason =
  | "not_load_balancer"
  | "other_class"
  | "no_pools"
  | "no_cluster_ip"
  | "not_enough_cluster_ips"
  | "cluster_ip_family"
  | "request"
  | "allocation_failed"
  | "kept"
  | "allocated"
  | "not_configured";

/** What has become of one Service. */
export interface AllocationVerdict {
  readonly key: string;
  /**
   * `unassigned`: the status is empty now. `assigned`: it holds addresses, and something is to be written. `unchanged`: it
   * holds them, nothing to write. `untouched`: not decided.
   */
  readonly outcome: "assigned" | "unassigned" | "unchanged" | "untouched";
  /** In the order of the status. */
  readonly ips: readonly Ip[];
  readonly pool: string | undefined;
  readonly reason: AllocationReason;
  /** Why there is no address, or none of the other family: the allocator's code, or that of the request. */
  readonly refusal: string | undefined;
  readonly events: readonly ServiceEvent[];
  /** All annotations of the Service afterwards. */
  readonly annotations: Labels;
  /** An address or a sharing key has become free: whoever waits should be looked at again. */
  readonly reprocessAll: boolean;
  /** Status or annotations differ from what came in. */
  readonly mustWrite: boolean;
}

export interface ConvergeOptions {
  /** Services of files have no cluster addresses: take their families from the rest of the spec. Default false. */
  readonly familiesWithoutClusterIP?: boolean | undefined;
  /** Act for Services of this class only; default: those without a class. */
  readonly loadBalancerClass?: string | undefined;
}

/** The state of one Service on its way through the rules. */
interface Draft {
  readonly service: Service;
  readonly allocator: Allocator;
  readonly options: ConvergeOptions;
  readonly events: ServiceEvent[];
  ips: readonly Ip[];
  annotations: Labels;
  /** The status as it was counts; otherwise it becomes `ips`. */
  isAsStored: boolean;
  refusal: string | undefined;
}

/** Brings one Service to its end state, in the order of MetalLB's rules: keep, clear, top up, allocate. */
export function converge(allocator: Allocator, service: Service, options: ConvergeOptions = {}): AllocationVerdict {
  const before = allocator.leaseOf(service.key);
  const draft: Draft = {
    ...{ service, allocator, options, events: [], isAsStored: true, refusal: undefined },
    ips: ingressIps(service).filter((ip) => ip !== undefined),
    annotations: service.annotations,
  };
  const reason = run(draft);
  return verdictOf(draft, reason, before);
}

/** For the time before any pools were seen: nothing is decided. */
export function untouched(service: Service): AllocationVerdict {
  const ips = ingressIps(service).filter((ip) => ip !== undefined);
  return {
    ...{ key: service.key, outcome: "untouched", ips, pool: undefined, reason: "not_configured", refusal: undefined },
    ...{ events: [], annotations: service.annotations, reprocessAll: false, mustWrite: false },
  };
}

function run(draft: Draft): AllocationReason {
  const { service, allocator, options } = draft;
  if (service.type !== "LoadBalancer") return clear(draft, "not_load_balancer");
  if (service.loadBalancerClass !== options.loadBalancerClass) {
    // Somebody else's. What was held for it goes back; its status belongs to that other one.
    allocator.release(service.key);
    return "other_class";
  }
  if (allocator.poolNames().length === 0) return clear(draft, "no_pools");
  const withoutClusterIp = options.familiesWithoutClusterIP === true;
  if (!withoutClusterIp && hasNoClusterIp(service)) return clear(draft, "no_cluster_ip");
  if (!withoutClusterIp && service.ipFamilyPolicy === "RequireDualStack" && service.clusterIPs.length < 2) {
    warn(draft, "not enough clusterips", "the Service requires both families and has one cluster address");
    return clear(draft, "not_enough_cluster_ips");
  }
  const family = familyOfService(service, hasIpv4Pools(allocator), withoutClusterIp);
  const stored = storedIps(draft);
  if (stored.length > 0) {
    if (!family.ok) {
      warn(draft, "noclusterIPsIPFamily", `the family of the cluster addresses is not clear: ${family.message}`);
      return "cluster_ip_family";
    }
    const kept = keep(draft, stored, family.family);
    if (kept !== undefined) return kept;
  }
  return allocate(draft, family);
}

function hasIpv4Pools(allocator: Allocator): boolean {
  return allocator.pools().some(({ addresses }) => addresses.some((text) => !text.includes(":")));
}

/** The addresses in the status; one that somebody emptied while the address is held counts as if it were there. */
function storedIps({ service, allocator }: Draft): readonly (Ip | undefined)[] {
  const stored = ingressIps(service);
  return stored.length > 0 ? stored : (allocator.leaseOf(service.key)?.ips ?? []);
}

/** Keeps what the status says if everything still fits; undefined = cleared, allocate anew. */
function keep(draft: Draft, stored: readonly (Ip | undefined)[], family: ServiceFamily): AllocationReason | undefined {
  const { service, allocator } = draft;
  const storedFamily = familyOfIps(stored);
  if (!storedFamily.ok) {
    warn(draft, "nolbIPsIPFamily", `the family of the addresses in the status is not clear: ${storedFamily.message}`);
  }
  const prefersDual = family === "dual" && service.ipFamilyPolicy === "PreferDualStack";
  if (!storedFamily.ok || (storedFamily.family !== family && !prefersDual)) {
    cleared(draft);
    return;
  }
  const ips = stored.filter((ip) => ip !== undefined);
  const outcome = allocator.assign({ ...claimOf(service, family), addresses: ips });
  if (!outcome.ok) {
    tell(draft, "ClearAssignment", `the addresses are not allowed any more: ${outcome.refusal.message}`);
    cleared(draft);
    return;
  }
  const pool = requestOf(service.annotations, "address-pool");
  if (pool !== "" && pool !== outcome.lease.pool) {
    cleared(draft);
    return;
  }
  const requested = requestedIps(service);
  if (!requested.ok) {
    warn(draft, "LoadBalancerFailed", requested.message);
    draft.refusal = requested.code;
    return "request";
  }
  if (requested.ips.length > 0 && !isSameSet(requested.ips, ips)) {
    cleared(draft);
    return;
  }
  return finish(draft, prefersDual ? topUp(draft, ips) : ips, "kept");
}

function cleared(draft: Draft): undefined {
  clear(draft, "allocation_failed");
  return undefined;
}

/** The other family, out of the pool of the first, where it has become possible. */
function topUp(draft: Draft, ips: readonly Ip[]): readonly Ip[] {
  const [only] = ips;
  if (only === undefined || ips.length > 1) return ips;
  const { service, allocator } = draft;
  const outcome = allocator.addFamily(claimOf(service, "dual"), only, allocator.leaseOf(service.key)?.pool);
  if (!outcome.ok) {
    draft.refusal = outcome.refusal.code;
    tell(draft, "AdditionalAssignFailed", `there is no address of the other family: ${outcome.refusal.message}`);
    return ips;
  }
  const added = outcome.lease.ips.filter((ip) => ip !== only);
  tell(draft, "IPAllocated", `assigned additional address ${added.map(formatIp).join(", ")}`);
  return [...ips, ...added];
}

function allocate(draft: Draft, family: ReturnType<typeof familyOfService>): AllocationReason {
  const { service, allocator } = draft;
  clear(draft, "allocation_failed");
  const requested = requestedIps(service);
  if (!family.ok) return fail(draft, family.code, family.message);
  if (!requested.ok) return fail(draft, requested.code, requested.message);
  const claim = claimOf(service, family.family);
  const pool = requestOf(service.annotations, "address-pool");
  if (requested.ips.length > 0 && requested.family !== family.family) {
    return fail(draft, "request_family", "the addresses asked for are not of the families of the Service");
  }
  if (requested.ips.length === 0 && contradictsPolicy(service)) {
    return fail(draft, "family_policy", "the Service has two cluster addresses under the policy SingleStack");
  }
  const outcome =
    requested.ips.length > 0
      ? allocator.assign({ ...claim, addresses: requested.ips })
      : allocator.claim(pool === "" ? claim : { ...claim, pool });
  if (!outcome.ok) return fail(draft, outcome.refusal.code, outcome.refusal.message);
  if (pool !== "" && outcome.lease.pool !== pool) {
    allocator.release(service.key);
    return fail(draft, "request_pool", `the addresses asked for are not in pool ${pool}`);
  }
  const { ips } = outcome.lease;
  tell(draft, "IPAllocated", `assigned ${ips.map(formatIp).join(", ")}`);
  return finish(draft, [...ips].sort(compareIp), "allocated");
}

/** No API server stores this; MetalLB gives nothing either. */
function contradictsPolicy({ clusterIPs, ipFamilyPolicy }: Service): boolean {
  return clusterIPs.length > 1 && ipFamilyPolicy !== "PreferDualStack" && ipFamilyPolicy !== "RequireDualStack";
}

function fail(draft: Draft, code: string, message: string): AllocationReason {
  draft.refusal = code;
  warn(draft, "AllocationFailed", message);
  return "allocation_failed";
}

function clear(draft: Draft, reason: AllocationReason): AllocationReason {
  draft.allocator.release(draft.service.key);
  draft.ips = [];
  draft.annotations = withoutResult(draft.annotations);
  draft.isAsStored = false;
  return reason;
}

function finish(draft: Draft, ips: readonly Ip[], reason: AllocationReason): AllocationReason {
  draft.ips = ips;
  draft.annotations = withResult(draft.annotations, draft.allocator.leaseOf(draft.service.key)?.pool ?? "");
  draft.isAsStored = false;
  return reason;
}

function verdictOf(draft: Draft, reason: AllocationReason, before: Lease | undefined): AllocationVerdict {
  const { service, allocator, ips, annotations, events } = draft;
  const after = allocator.leaseOf(service.key);
  const mustWrite = !draft.isAsStored && (!isStored(service, ips) || !isSameMap(service.annotations, annotations));
  if (mustWrite) {
    for (const name of deprecatedNames(service.annotations)) {
      warn(draft, "deprecatedAnnotation", `the annotation ${name} has a new name under metallb.io/`);
    }
  }
  const isFreed =
    mustWrite && before !== undefined && after === undefined && before.ips.every((ip) => allocator.poolOf(ip));
  const outcome = ips.length === 0 ? "unassigned" : mustWrite ? "assigned" : "unchanged";
  return {
    ...{
      key: service.key,
      outcome,
      ips,
      pool: after?.pool,
      reason,
      refusal: draft.refusal,
      events,
      annotations,
      mustWrite,
    },
    reprocessAll: isFreed || sharingState(before) !== sharingState(after),
  };
}

/** Two Services with the same text may share. */
function sharingState(lease: Lease | undefined): string {
  return lease === undefined ? "" : `${lease.backendKey}${lease.sharingKey}`;
}

/** The status holds exactly these addresses. Other members of its entries are not compared: API servers fill them in. */
function isStored({ ingress }: Service, ips: readonly Ip[]): boolean {
  return ingress.length === ips.length && ingress.every(({ ip }, index) => ip === formatIp(ips[index]!));
}

function isSameMap(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

function isSameSet(a: readonly Ip[], b: readonly Ip[]): boolean {
  return a.length === b.length && a.every((ip) => b.includes(ip));
}

function warn({ events }: Draft, reason: string, message: string): void {
  events.push({ type: "Warning", reason, message });
}

function tell({ events }: Draft, reason: string, message: string): void {
  events.push({ type: "Normal", reason, message });
}
