import { firstConflict } from "@vipkit/k8s-adapter";
import { parseRange, rangeToPrefixes } from "@vipkit/net";
import { bgpAdvertisements } from "../shapes/advertisements.js";

/** `{pool, ads}` to `{conflict}`. */
export const answer = ({ pool, ads }: Readonly<Record<string, unknown>>): object => {
  const { cidrs = [] } = (pool ?? {}) as { readonly cidrs?: readonly string[] };
  const prefixes = cidrs.flatMap((cidr) => rangeToPrefixes(parseRange(cidr)));
  return { conflict: firstConflict({ prefixes }, bgpAdvertisements(ads)) !== undefined };
};
