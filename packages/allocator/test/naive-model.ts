import { parseRange, type Ip, type Range } from "@vipkit/net";
import { matchesSelector, type Claim, type PoolConfig, type QuotaConfig } from "../src/index.js";

/** The rules once more, written for the eye: every list is walked from the start, nothing is indexed. */
interface Held {
  readonly claim: Claim;
  readonly ips: readonly Ip[];
}

interface Rest {
  readonly owner: string;
  readonly until: number;
}

function listed(entries: readonly string[]): Ip[] {
  return entries
    .map((entry) => parseRange(entry))
    .flatMap(({ first, last }: Range) => {
      const size = Number(BigInt(last) - BigInt(first)) + 1;
      return Array.from({ length: size }, (_, i) => (typeof first === "number" ? first + i : first + BigInt(i)));
    });
}

function addressesOf(pool: PoolConfig): Ip[] {
  const excluded = new Set(listed(pool.exclude ?? []));
  const buggy = (ip: Ip): boolean => typeof ip === "number" && (ip % 256 === 0 || ip % 256 === 255);
  return listed(pool.addresses).filter((ip) => !excluded.has(ip) && !(pool.avoidBuggyIPs === true && buggy(ip)));
}

export class NaiveModel {
  pools: readonly (PoolConfig & { readonly ips: readonly Ip[] })[] = [];
  readonly held = new Map<string, Held>();
  readonly resting = new Map<Ip, Rest>();
  readonly quotas: readonly QuotaConfig[];
  now = 0;

  constructor(pools: readonly PoolConfig[], quotas: readonly QuotaConfig[]) {
    this.quotas = quotas;
    this.setPools(pools);
  }

  setPools(pools: readonly PoolConfig[]): void {
    const before = this.pools;
    this.pools = pools.map((pool) => ({ ...pool, ips: addressesOf(pool) }));
    for (const [owner, { ips }] of [...this.held]) {
      if (this.pools.some((pool) => ips.every((ip) => pool.ips.includes(ip)))) continue;
      this.held.delete(owner);
      for (const ip of ips) {
        const pool = before.find((one) => one.ips.includes(ip))!;
        if (this.holders(ip).length === 0) this.rest(ip, owner, pool);
      }
    }
    for (const ip of [...this.resting.keys()])
      if (!this.pools.some((pool) => pool.ips.includes(ip))) this.resting.delete(ip);
  }

  claim(claim: Claim): readonly Ip[] | undefined {
    const answer = this.answer(claim);
    if (answer === undefined || !this.withinQuotas(claim, answer.length)) return undefined;
    this.enter(claim, answer);
    return this.held.get(claim.owner)!.ips;
  }

  addFamily(claim: Claim, existing: Ip, name: string): readonly Ip[] | undefined {
    const pool = this.pools.find((one) => one.name === name);
    const other =
      pool === undefined || pool.drain === true
        ? undefined
        : this.choose(pool, claim, typeof existing === "number" ? "ipv6" : "ipv4");
    return other === undefined ? undefined : this.claim({ ...claim, addresses: [existing, other] });
  }

  release(owner: string): void {
    const own = this.held.get(owner);
    this.held.delete(owner);
    for (const ip of own?.ips ?? []) if (this.holders(ip).length === 0) this.rest(ip, owner, this.poolOf([ip])!);
  }

  poolOf(ips: readonly Ip[]): (typeof this.pools)[number] | undefined {
    return this.pools.find((pool) => ips.every((ip) => pool.ips.includes(ip)));
  }

  holders(ip: Ip): Claim[] {
    return [...this.held.values()].filter(({ ips }) => ips.includes(ip)).map(({ claim }) => claim);
  }

  private rest(ip: Ip, owner: string, pool: PoolConfig): void {
    if ((pool.holdDownMs ?? 0) > 0) this.resting.set(ip, { owner, until: this.now + pool.holdDownMs! });
  }

  private enter(claim: Claim, ips: readonly Ip[]): void {
    this.release(claim.owner);
    const sorted = [...ips].sort((a, b) => (typeof a === typeof b ? 0 : typeof a === "number" ? -1 : 1));
    this.held.set(claim.owner, { claim, ips: sorted });
    for (const ip of ips) this.resting.delete(ip);
  }

  private answer(claim: Claim): readonly Ip[] | undefined {
    if (claim.addresses !== undefined) return this.explicit(claim, claim.addresses) ? claim.addresses : undefined;
    const own = this.held.get(claim.owner);
    if (own === undefined) return this.find(claim);
    const family = own.ips.length === 2 ? "dual" : typeof own.ips[0] === "number" ? "ipv4" : "ipv6";
    if (claim.pool !== undefined && claim.familyPolicy !== "PreferDualStack" && family !== (claim.family ?? "ipv4"))
      return undefined;
    return this.explicit(claim, own.ips) ? own.ips : undefined;
  }

  private explicit(claim: Claim, ips: readonly Ip[]): boolean {
    const pool = this.poolOf(ips);
    if (pool === undefined || !this.open(pool, claim) || ips.length === 0 || ips.length > 2) return false;
    if (claim.addresses !== undefined && claim.pool !== undefined && claim.pool !== pool.name) return false;
    if (ips.length === 2 && typeof ips[0] === typeof ips[1]) return false;
    const own = this.held.get(claim.owner)?.ips ?? [];
    return ips.every((ip) => this.usable(ip, claim) && (pool.drain !== true || own.includes(ip)));
  }

  private open(pool: PoolConfig, { namespace = "", labels }: Claim): boolean {
    const { namespaces = [], serviceSelectors = [] } = pool.allocateTo ?? {};
    if (namespaces.length > 0 && !namespaces.includes(namespace)) return false;
    return serviceSelectors.length === 0 || serviceSelectors.some((selector) => matchesSelector(selector, labels));
  }

  private usable(ip: Ip, claim: Claim): boolean {
    const rest = this.resting.get(ip);
    if (rest !== undefined && rest.until > this.now && rest.owner !== claim.owner) return false;
    return this.shareable(ip, claim);
  }

  private shareable(ip: Ip, { owner, sharingKey = "", backendKey = "", ports = [] }: Claim): boolean {
    return this.holders(ip)
      .filter((other) => other.owner !== owner)
      .every(
        (other) =>
          sharingKey !== "" &&
          (other.sharingKey ?? "") === sharingKey &&
          (other.backendKey ?? "") === backendKey &&
          !ports.some((port) => (other.ports ?? []).includes(port)),
      );
  }

  private choose(pool: (typeof this.pools)[number], claim: Claim, family: "ipv4" | "ipv6"): Ip | undefined {
    const own = pool.ips.filter((ip) => (typeof ip === "number") === (family === "ipv4") && this.usable(ip, claim));
    const shared = own.find((ip) => this.holders(ip).some(({ owner }) => owner !== claim.owner));
    return pool.policy === "pack-shared" ? (shared ?? own[0]) : own[0];
  }

  private find(claim: Claim): readonly Ip[] | undefined {
    if (claim.pool !== undefined) {
      const named = this.pools.filter(({ name }) => name === claim.pool);
      return this.from(
        named.filter((pool) => this.open(pool, claim)),
        claim,
      );
    }
    const rank = (pool: PoolConfig): number => (pool.allocateTo?.priority ?? 0) || Infinity;
    const automatic = this.pools.filter(({ autoAssign }) => autoAssign !== false);
    const pinned = automatic.filter((pool) => pool.allocateTo !== undefined && this.open(pool, claim));
    pinned.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
    const general = automatic.filter(({ allocateTo }) => allocateTo === undefined);
    return this.from(pinned, claim) ?? this.from(general, claim);
  }

  private from(pools: readonly (typeof this.pools)[number][], claim: Claim): readonly Ip[] | undefined {
    const { family = "ipv4", familyPolicy, ipFamilies = ["ipv4"] } = claim;
    const wanted = family === "dual" ? (["ipv4", "ipv6"] as const) : [family];
    const offers = pools
      .filter(({ drain }) => drain !== true)
      .map((pool) => wanted.map((one) => this.choose(pool, claim, one)));
    const whole = offers.find((offer) => offer.every((ip) => ip !== undefined));
    if (whole !== undefined || family !== "dual" || familyPolicy !== "PreferDualStack") return whole;
    const [first, second] = ipFamilies[0] === "ipv6" ? [1, 0] : [0, 1];
    const one =
      offers.find((offer) => offer[first] !== undefined)?.[first] ??
      offers.find((offer) => offer[second] !== undefined)?.[second];
    return one === undefined ? undefined : [one];
  }

  private withinQuotas(claim: Claim, count: number): boolean {
    const counts = (quota: QuotaConfig, { namespace = "", labels }: Claim): boolean =>
      (quota.for?.namespace === undefined || quota.for.namespace === namespace) &&
      (quota.for?.selector === undefined || matchesSelector(quota.for.selector, labels)) &&
      (quota.perNamespace !== true || namespace === (claim.namespace ?? ""));
    return this.quotas.every((quota) => {
      if (!counts(quota, claim)) return true;
      const mine = [...this.held.values()].filter((held) => counts(quota, held.claim));
      const used = mine
        .filter((held) => held.claim.owner !== claim.owner)
        .reduce((sum, { ips }) => sum + ips.length, 0);
      const own = mine.find((held) => held.claim.owner === claim.owner)?.ips.length ?? 0;
      return count <= own || used + count <= quota.addresses;
    });
  }
}
