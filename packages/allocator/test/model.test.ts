import { compareIp, formatIp, parseIp, type Ip } from "@vipkit/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createAllocator,
  restoreAllocator,
  type Allocator,
  type Claim,
  type Lease,
  type PoolConfig,
  type QuotaConfig,
} from "../src/index.js";
import { NaiveModel } from "./naive-model.js";

const RUNS = 1200;
const LONGEST = 200;

const owner = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const port = fc.constantFrom("tcp/80", "tcp/443", "udp/53");
const family = fc.constantFrom("ipv4" as const, "ipv6" as const, "dual" as const);
const BLOCKS = ["10.0.0", "10.0.1", "10.0.2"];

const claims = fc.record(
  {
    owner,
    namespace: fc.constantFrom("n", "m"),
    labels: fc.constantFrom({ app: "x" }, { app: "y" }),
    family,
    familyPolicy: fc.constantFrom("SingleStack" as const, "PreferDualStack" as const, "RequireDualStack" as const),
    ipFamilies: fc.constantFrom(["ipv4" as const], ["ipv6" as const, "ipv4" as const]),
    ports: fc.uniqueArray(port, { maxLength: 2 }),
    sharingKey: fc.constantFrom("", "k", "l"),
    backendKey: fc.constantFrom("", "z"),
    pool: fc.constantFrom("p0", "p1", "p2", "no such pool"),
  },
  { requiredKeys: ["owner"] },
);

const someIp = fc
  .tuple(
    fc.constantFrom(...BLOCKS),
    fc.constantFrom("0", "1", "2", "3", "255"),
    fc.constantFrom("fd00::", "fd00:1::2", "fd00:2::1"),
    fc.boolean(),
  )
  .map(([block, last, ipv6, four]) => parseIp(four ? `${block}.${last}` : ipv6));

function poolOf(index: number): fc.Arbitrary<PoolConfig> {
  const block = BLOCKS[index]!;
  const ipv4 = fc.constantFrom(
    [],
    [`${block}.0/31`],
    [`${block}.3`, `${block}.0-${block}.1`],
    [`${block}.254-${block}.255`, `${block}.0/30`],
  );
  const ipv6 = fc.constantFrom([], [`fd00:${index}::/127`], [`fd00:${index}::1-fd00:${index}::2`]);
  return fc.record(
    {
      name: fc.constantFrom(`p${index}`, `q${index}`),
      addresses: fc.tuple(ipv4, ipv6).map(([a, b]) => (a.length + b.length === 0 ? [`${block}.0/31`] : [...a, ...b])),
      autoAssign: fc.boolean(),
      avoidBuggyIPs: fc.boolean(),
      allocateTo: fc.record(
        {
          priority: fc.constantFrom(0, 1, 2),
          namespaces: fc.constantFrom([], ["n"], ["m", "n"]),
          serviceSelectors: fc.constantFrom([], ["app=x"], ["app!=x", "tier"]),
        },
        { requiredKeys: [] },
      ),
      policy: fc.constantFrom("first-fit" as const, "pack-shared" as const),
      exclude: fc.constantFrom([], [`${block}.1`], ["fd00::1"]),
      holdDownMs: fc.constantFrom(0, 10),
      drain: fc.constantFrom(false, false, false, true),
    },
    { requiredKeys: ["name", "addresses"] },
  );
}

const poolSets = fc
  .tuple(poolOf(0), poolOf(1), poolOf(2), fc.integer({ min: 1, max: 3 }))
  .map(([a, b, c, count]) => [a, b, c].slice(0, count));

const quotaSets: fc.Arbitrary<QuotaConfig[]> = fc.constantFrom(
  [],
  [{ name: "n", for: { namespace: "n" }, addresses: 3 }],
  [
    { name: "each", perNamespace: true, addresses: 4 },
    { name: "x", for: { selector: "app=x" }, addresses: 2 },
  ],
);

type Operation =
  | { readonly type: "claim"; readonly claim: Claim }
  | { readonly type: "assign"; readonly claim: Claim; readonly ips: readonly Ip[] }
  | { readonly type: "addFamily"; readonly claim: Claim; readonly ip: Ip; readonly pool: string }
  | { readonly type: "release"; readonly owner: string }
  | { readonly type: "wait" }
  | { readonly type: "setPools"; readonly pools: readonly PoolConfig[] };

const operations: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: claims.map((claim) => ({ type: "claim" as const, claim })) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(claims, fc.array(someIp, { minLength: 1, maxLength: 2 }))
      .map(([claim, ips]) => ({ type: "assign" as const, claim, ips })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(claims, someIp, fc.constantFrom("p0", "p1", "q1"))
      .map(([claim, ip, pool]) => ({ type: "addFamily" as const, claim, ip, pool })),
  },
  { weight: 4, arbitrary: owner.map((one) => ({ type: "release" as const, owner: one })) },
  { weight: 2, arbitrary: fc.constant({ type: "wait" as const }) },
  { weight: 1, arbitrary: poolSets.map((pools) => ({ type: "setPools" as const, pools })) },
);

/** Does it; the answer as text, undefined for a refusal. */
function perform(allocator: Allocator, operation: Operation, now: number): string | undefined {
  const texts = (ips: readonly Ip[]): string => ips.map(formatIp).join(" ");
  switch (operation.type) {
    case "claim":
    case "assign":
    case "addFamily": {
      const { claim } = operation;
      const outcome =
        operation.type === "claim"
          ? allocator.claim(claim, now)
          : operation.type === "assign"
            ? allocator.assign({ ...claim, addresses: operation.ips }, now)
            : allocator.addFamily(claim, operation.ip, operation.pool, now);
      return outcome.ok ? texts(outcome.lease.ips) : undefined;
    }
    case "release":
      return texts(allocator.release(operation.owner, now)?.ips ?? []);
    case "wait":
      return "";
    case "setPools":
      return allocator.setPools(operation.pools, {}, now).ok ? "" : undefined;
  }
}

function performNaively(model: NaiveModel, operation: Operation): string | undefined {
  const texts = (ips: readonly Ip[] | undefined): string | undefined => ips?.map(formatIp).join(" ");
  switch (operation.type) {
    case "claim":
      return texts(model.claim(operation.claim));
    case "assign":
      return texts(model.claim({ ...operation.claim, addresses: operation.ips }));
    case "addFamily":
      return texts(model.addFamily({ ...operation.claim, pool: undefined }, operation.ip, operation.pool));
    case "release": {
      const ips = model.held.get(operation.owner)?.ips ?? [];
      model.release(operation.owner);
      return texts(ips);
    }
    case "wait":
      return "";
    case "setPools":
      model.setPools(operation.pools);
      return "";
  }
}

/** `expect` takes its time; most comparisons agree, so it is asked only when they do not. */
function agree(found: unknown, wanted: unknown, about = ""): void {
  const [left, right] = [JSON.stringify(found, bigintAsText), JSON.stringify(wanted, bigintAsText)];
  if (left !== right) expect(found, about).toEqual(wanted);
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function usersOf(leases: readonly Lease[]): Map<Ip, Lease[]> {
  const users = new Map<Ip, Lease[]>();
  for (const lease of leases) for (const ip of lease.ips) users.set(ip, [...(users.get(ip) ?? []), lease]);
  return users;
}

/** Partners on one address have one sharing key that is not empty, one backend key, and no port twice. */
function checkSharing(sharers: readonly Lease[]): void {
  if (sharers.length === 1) return;
  const keys = new Set(sharers.map(({ sharingKey, backendKey }) => JSON.stringify([sharingKey, backendKey])));
  const ports = sharers.flatMap((lease) => lease.ports);
  agree([keys.size, sharers[0]!.sharingKey === "", new Set(ports).size], [1, false, ports.length]);
}

function checkInvariants(allocator: Allocator, model: NaiveModel): void {
  const leases = [...allocator.leases()].sort((a, b) => (a.owner < b.owner ? -1 : 1));
  const held = [...model.held].sort(([a], [b]) => (a < b ? -1 : 1));
  agree(
    leases.map(({ owner: name, ips }) => [name, ips]),
    held.map(([name, { ips }]) => [name, ips]),
  );
  for (const lease of leases) for (const ip of lease.ips) agree(allocator.poolOf(ip), lease.pool);
  const users = usersOf(leases);
  for (const [ip, sharers] of users) {
    agree(
      allocator.ownersOf(ip),
      sharers.map((lease) => lease.owner),
    );
    checkSharing(sharers);
  }
  for (const pool of model.pools) {
    const count = (four: boolean, taken: boolean): bigint =>
      BigInt(pool.ips.filter((ip) => (typeof ip === "number") === four && users.has(ip) === taken).length);
    agree(allocator.counters(pool.name), {
      assignedIPv4: count(true, true),
      assignedIPv6: count(false, true),
      availableIPv4: count(true, false),
      availableIPv6: count(false, false),
    });
  }
}

function runBoth(pools: readonly PoolConfig[], quotas: readonly QuotaConfig[], list: readonly Operation[]): void {
  const allocator = createAllocator({ pools, quotas });
  const twin = createAllocator({ pools, quotas });
  const model = new NaiveModel(pools, quotas);
  for (const operation of list) {
    if (operation.type === "wait") model.now += 4;
    perform(allocator, { type: "release", owner: "nobody" }, model.now);
    const before = JSON.stringify(allocator.snapshot());
    const answer = perform(allocator, operation, model.now);
    agree(answer, performNaively(model, operation), JSON.stringify(operation, bigintAsText));
    agree(perform(twin, operation, model.now), answer);
    if (answer === undefined) agree(JSON.stringify(allocator.snapshot()), before);
    checkInvariants(allocator, model);
  }
  checkReplay(allocator, list.length);
}

/** The leases in two other orders, in an allocator that has seen nothing else, give the same leases. */
function checkReplay(allocator: Allocator, salt: number): void {
  const snapshot = allocator.snapshot();
  expect(restoreAllocator(snapshot).snapshot()).toEqual(snapshot);
  const leases = [...allocator.leases()].sort((a, b) => compareIp(a.ips[0]!, b.ips[0]!));
  const states = [leases, [...leases].reverse(), leases.slice(salt % 3).concat(leases.slice(0, salt % 3))].map(
    (order) => {
      const fresh = createAllocator({ pools: allocator.pools() });
      expect(fresh.replay(order)).toEqual({ restored: leases.length, refused: [] });
      return fresh.snapshot().leases;
    },
  );
  expect(states[1]).toEqual(states[0]);
  expect(states[2]).toEqual(states[0]);
  expect(states[0]).toEqual(snapshot.leases);
}

describe("allocator against a naive model", () => {
  test("100,000 operations: same answers, and every invariant after each of them", { timeout: 300_000 }, () => {
    const histories = fc.array(operations, { minLength: 1, maxLength: LONGEST, size: "max" });
    let performed = 0;
    fc.assert(
      fc.property(poolSets, quotaSets, histories, (pools, quotas, list) => {
        performed += list.length;
        runBoth(pools, quotas, list);
      }),
      { numRuns: RUNS },
    );
    expect(performed).toBeGreaterThanOrEqual(100_000);
  });
});
