import { MAX_IPV4, MAX_IPV6 } from "@vipkit/net";
import type { Claim } from "./claim.js";
import { isCount } from "./check-limits.js";
import { Issues, type Issue } from "./issue.js";
import { isRecord } from "./record.js";

/** Most addresses of one family in a claim. */
const MAX_COUNT = 64;

/** Most ports in a claim. */
const MAX_PORTS = 65_536;

const PORT = /^([a-z][a-z0-9-]{0,15})\/([1-9]\d{0,4})$/i;
const FAMILIES = ["ipv4", "ipv6", "dual"];
const FAMILY_POLICIES = ["SingleStack", "PreferDualStack", "RequireDualStack"];

/** `TCP/80` as `tcp/80`; undefined for what is no port. */
export function canonicalPort(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const match = PORT.exec(text);
  return match === null || Number(match[2]) > 65_535 ? undefined : text.toLowerCase();
}

/** True for an address of either family. */
export function isIp(value: unknown): boolean {
  if (typeof value === "number") return isCount(value, MAX_IPV4);
  return typeof value === "bigint" && value >= 0n && value <= MAX_IPV6;
}

function checkTexts(claim: Readonly<Record<string, unknown>>, issues: Issues): void {
  if (typeof claim.owner !== "string" || claim.owner === "") issues.add("owner", "owner", "an owner is a text");
  for (const name of ["namespace", "sharingKey", "backendKey", "pool"]) {
    if (claim[name] !== undefined && typeof claim[name] !== "string") issues.add("not-text", name, `${name} is text`);
  }
  if (claim.family !== undefined && !FAMILIES.includes(claim.family as string)) {
    issues.add("family", "family", "a family is ipv4, ipv6 or dual");
  }
  if (claim.familyPolicy !== undefined && !FAMILY_POLICIES.includes(claim.familyPolicy as string)) {
    issues.add("family-policy", "familyPolicy", `a family policy is one of ${FAMILY_POLICIES.join(", ")}`);
  }
}

function checkList(
  value: unknown,
  path: string,
  most: number,
  issues: Issues,
  check: (entry: unknown, at: string) => void,
): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) issues.add("not-a-list", path, "a list");
  else if (value.length > most) issues.add("too-many", path, `at most ${most} entries`);
  else value.forEach((entry, index) => check(entry, `${path}[${index}]`));
}

function checkCounts(counts: unknown, issues: Issues): void {
  if (counts === undefined) return;
  if (!isRecord(counts)) return issues.add("not-an-object", "counts", "counts is an object");
  for (const name of ["ipv4", "ipv6"]) {
    if (counts[name] !== undefined && !isCount(counts[name], MAX_COUNT)) {
      issues.add("count", `counts.${name}`, `a count is an integer from 0 to ${MAX_COUNT}`);
    }
  }
  if ((counts.ipv4 ?? 0) === 0 && (counts.ipv6 ?? 0) === 0) issues.add("count", "counts", "at least one address");
}

/** Everything that is wrong with the form of a claim. */
export function checkClaim(claim: Claim): readonly Issue[] {
  const issues = new Issues();
  const given: unknown = claim;
  if (!isRecord(given)) {
    issues.add("not-an-object", "", "a claim is an object");
    return issues.all();
  }
  checkTexts(given, issues);
  checkList(given.ports, "ports", MAX_PORTS, issues, (port, at) => {
    if (canonicalPort(port) === undefined) issues.add("port", at, "a port is like tcp/80, from 1 to 65535");
  });
  checkList(given.addresses, "addresses", 2 * MAX_COUNT, issues, (ip, at) => {
    if (!isIp(ip)) issues.add("address", at, "an address is a number (IPv4) or a bigint (IPv6)");
  });
  checkList(given.ipFamilies, "ipFamilies", 2, issues, (family, at) => {
    if (family !== "ipv4" && family !== "ipv6") issues.add("family", at, "a family is ipv4 or ipv6");
  });
  checkCounts(given.counts, issues);
  const { labels } = given;
  if (
    labels !== undefined &&
    !(isRecord(labels) && Object.values(labels).every((value) => typeof value === "string"))
  ) {
    issues.add("labels", "labels", "labels are an object of texts");
  }
  return issues.all();
}
