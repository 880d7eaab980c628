import {
  createAllocator,
  matchesSelector,
  selectorIssues,
  type Claim,
  type LabelSelector,
  type PoolConfig,
} from "@vipkit/allocator";
import { formatRange, parseRange, VipkitError } from "@vipkit/net";

interface Namespace {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

interface IPAddressPool {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly addresses: readonly string[];
    readonly autoAssign?: boolean;
    readonly avoidBuggyIPs?: boolean;
    readonly serviceAllocation?: Scope;
  };
}

interface Scope {
  readonly priority?: number;
  readonly namespaces?: readonly string[];
  readonly namespaceSelectors?: readonly LabelSelector[];
  readonly serviceSelectors?: readonly LabelSelector[];
}

/** Selectors become the names that they select; when they select none, the pool is closed and not open to all. */
function scopeFrom(
  { priority, namespaces = [], namespaceSelectors = [], serviceSelectors }: Scope,
  all: readonly Namespace[],
): PoolConfig["allocateTo"] {
  const issue = namespaceSelectors.flatMap((selector) => selectorIssues(selector))[0];
  if (issue !== undefined) throw new VipkitError(issue.code, issue.message);
  const selected = all
    .filter(({ metadata }) => namespaceSelectors.some((selector) => matchesSelector(selector, metadata.labels)))
    .map(({ metadata }) => metadata.name);
  const names = [...new Set([...namespaces, ...selected])];
  return { priority, namespaces: names, serviceSelectors, closed: namespaceSelectors.length > 0 && names.length === 0 };
}

function poolFrom({ metadata, spec }: IPAddressPool, namespaces: readonly Namespace[]): PoolConfig {
  const { addresses, autoAssign, avoidBuggyIPs, serviceAllocation } = spec;
  return {
    name: metadata.name,
    addresses: addresses.map((entry) => formatRange(parseRange(entry))),
    autoAssign,
    avoidBuggyIPs,
    ...(serviceAllocation === undefined ? {} : { allocateTo: scopeFrom(serviceAllocation, namespaces) }),
  };
}

/** `{ipAddressPools, namespaces, service}`: what the service may do with at least one of the pools. */
export const answer = (line: Readonly<Record<string, unknown>>): object => {
  const {
    ipAddressPools = [],
    namespaces = [],
    service,
  } = line as {
    readonly ipAddressPools?: readonly IPAddressPool[];
    readonly namespaces?: readonly Namespace[];
    readonly service: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  };
  const allocator = createAllocator({ pools: ipAddressPools.map((pool) => poolFrom(pool, namespaces)) });
  const ask = (more: Partial<Claim>): boolean => {
    const outcome = allocator.claim({ owner: "service", ...service, ...more });
    allocator.release("service");
    return outcome.ok;
  };
  const eachFamily = (more: Partial<Claim>): boolean =>
    ask({ ...more, family: "ipv4" }) || ask({ ...more, family: "ipv6" });
  const owned = allocator.pools().flatMap(({ addresses }) => addresses.map((entry) => parseRange(entry)));
  const explicit = owned.some(({ first, last }) => {
    const second = typeof first === "number" ? first + 1 : first;
    return [first, second, last].some((ip) => ip <= last && ask({ addresses: [ip] }));
  });
  return {
    explicitIPAllowed: explicit,
    namedPoolAllowed: allocator.poolNames().some((pool) => eachFamily({ pool })),
    autoAllowed: eachFamily({}),
  };
};
