import type { Labels } from "../cluster/service.js";

const STABLE = "metallb.io/";
const DEPRECATED = "metallb.universe.tf/";

/** Written on success: the pool the addresses are from. */
const RESULT = "metallb.io/ip-allocated-from-pool";
/** What versions before 0.13 wrote. Never a request; removed where it is found. */
const OLD_RESULT = "metallb.universe.tf/ip-allocated-from-pool";

export type Request = "address-pool" | "loadBalancerIPs" | "allow-shared-ip";

/** What the user asks for; the new prefix wins over the old one, even if it is empty. Empty = nothing asked. */
export function requestOf(annotations: Labels, request: Request): string {
  for (const prefix of [STABLE, DEPRECATED]) {
    if (Object.hasOwn(annotations, prefix + request)) return annotations[prefix + request]!;
  }
  return "";
}

/** The annotation is there under either prefix, even if it is empty. */
export function hasRequest(annotations: Labels, request: Request): boolean {
  return Object.hasOwn(annotations, STABLE + request) || Object.hasOwn(annotations, DEPRECATED + request);
}

/** Names of annotations with the old prefix, sorted. */
export function deprecatedNames(annotations: Labels): string[] {
  return Object.keys(annotations)
    .filter((name) => name.startsWith(DEPRECATED.slice(0, -1)))
    .sort();
}

/** Without what the controller writes. */
export function withoutResult(annotations: Labels): Labels {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== RESULT && name !== OLD_RESULT));
}

export function withResult(annotations: Labels, pool: string): Labels {
  return { ...withoutResult(annotations), [RESULT]: pool };
}
