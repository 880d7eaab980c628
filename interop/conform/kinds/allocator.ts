import {
  createAllocator,
  type Allocator,
  type Claim,
  type FamilyPolicy,
  type Outcome,
  type PoolConfig,
} from "@vipkit/allocator";
import { formatIp, parseIp, VipkitError, type IpFamily } from "@vipkit/net";

type Json = Readonly<Record<string, unknown>>;
type Result = Record<string, unknown>;

/** A pool of the door as the allocator wants it; fields that are not there stay away, wrong ones are the allocator's to find. */
function poolFrom(pool: Json): PoolConfig {
  const { cidrs, ...rest } = pool;
  return { ...rest, addresses: cidrs } as unknown as PoolConfig;
}

function poolsFrom(pools: unknown): PoolConfig[] {
  return Array.isArray(pools) ? pools.map((pool) => poolFrom(pool as Json)) : [];
}

function claimFrom(op: Json): Claim {
  return {
    owner: op.service as string,
    namespace: op.namespace as string | undefined,
    labels: op.labels as Claim["labels"],
    ports: op.ports as string[] | undefined,
    sharingKey: op.sharingKey as string | undefined,
    backendKey: op.backendKey as string | undefined,
    familyPolicy: op.familyPolicy as FamilyPolicy | undefined,
    ipFamilies: (op.ipFamilies as string[] | undefined)?.map((family) => family.toLowerCase() as IpFamily),
  };
}

function answerOf(outcome: Outcome): Result {
  if (!outcome.ok) return { ok: false, code: outcome.refusal.code };
  return { ok: true, ips: outcome.lease.ips.map(formatIp), pool: outcome.lease.pool };
}

function heldIn(allocator: Allocator): Record<string, string[]> {
  const leases = [...allocator.leases()].sort((a, b) => (a.owner < b.owner ? -1 : 1));
  return Object.fromEntries(leases.map(({ owner, ips }) => [owner, ips.map(formatIp)]));
}

function setPools(allocator: Allocator, op: Json): Result {
  const owners = [...allocator.leases()].map(({ owner }) => owner).sort();
  const outcome = allocator.setPools(poolsFrom(op.pools));
  if (!outcome.ok) return { ok: false, code: outcome.issues[0]!.code };
  return {
    ok: true,
    holders: Object.fromEntries(owners.map((owner) => [owner, allocator.leaseOf(owner)?.pool ?? null])),
  };
}

function addFamily(allocator: Allocator, op: Json): Result {
  const existing = parseIp(op.existingIP as string);
  const outcome = allocator.addFamily(claimFrom(op), existing, op.pool as string);
  if (!outcome.ok) return answerOf(outcome);
  const added = outcome.lease.ips.find((ip) => typeof ip !== typeof existing);
  return { ok: true, ...(added === undefined ? {} : { ip: formatIp(added) }) };
}

function counters(allocator: Allocator, op: Json): Result {
  const {
    assignedIPv4 = 0n,
    assignedIPv6 = 0n,
    availableIPv4 = 0n,
    availableIPv6 = 0n,
  } = allocator.counters(op.pool as string) ?? {};
  return {
    counters: {
      assignedIPv4: String(assignedIPv4),
      assignedIPv6: String(assignedIPv6),
      availableIPv4: String(availableIPv4),
      availableIPv6: String(availableIPv6),
    },
  };
}

function assign(allocator: Allocator, op: Json): Result {
  const outcome = allocator.assign({ ...claimFrom(op), addresses: (op.ips as string[]).map(parseIp) });
  return outcome.ok ? { ok: true } : { ok: false, code: outcome.refusal.code };
}

const OPS: Readonly<Record<string, (allocator: Allocator, op: Json) => Result>> = {
  assign,
  allocate: (allocator, op) =>
    answerOf(
      allocator.claim({ ...claimFrom(op), family: op.family as Claim["family"], pool: op.pool as string | undefined }),
    ),
  addFamily,
  release: (allocator, op) => {
    allocator.release(op.service as string);
    return { ok: true };
  },
  setPools,
  counters,
};

/** `{pools, ops}` to `{results}`: one result per op, starting from an empty allocator. */
export const answer = (line: Readonly<Record<string, unknown>>): object => {
  const allocator = createAllocator({ pools: poolsFrom(line.pools) });
  const ops = (line.ops ?? []) as Json[];
  const results = ops.map((op) => {
    const perform = OPS[String(op.op)];
    if (perform === undefined) throw new VipkitError("ERR_OP", `there is no op "${String(op.op)}"`);
    return { ...perform(allocator, op), held: heldIn(allocator) };
  });
  return { results };
};
