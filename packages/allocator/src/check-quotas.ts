import { isCount } from "./check-limits.js";
import { checkSelector } from "./check-scope.js";
import { Issues, type Issue } from "./issue.js";
import { isRecord } from "./record.js";

function checkQuota(quota: unknown, path: string, names: Set<string>, issues: Issues): void {
  if (!isRecord(quota)) return issues.add("not-an-object", path, "a quota is an object");
  const { name, addresses, perNamespace } = quota;
  if (typeof name !== "string" || name === "") issues.add("quota-name", `${path}.name`, "a quota has a name");
  else if (names.has(name)) issues.add("duplicate-quota", `${path}.name`, `"${name}" is there twice`);
  else names.add(name);
  if (!isCount(addresses)) issues.add("quota", `${path}.addresses`, "a number of addresses, 0 or more");
  if (perNamespace !== undefined && typeof perNamespace !== "boolean") {
    issues.add("not-a-boolean", `${path}.perNamespace`, "perNamespace is true or false");
  }
  if (quota.for === undefined) return;
  if (!isRecord(quota.for)) return issues.add("not-an-object", `${path}.for`, "`for` is an object");
  const { namespace, selector } = quota.for;
  if (namespace !== undefined && typeof namespace !== "string")
    issues.add("not-text", `${path}.for.namespace`, "namespace is text");
  if (selector !== undefined) checkSelector(selector, `${path}.for.selector`, issues);
}

/** Everything that is wrong with a list of quotas. */
export function checkQuotas(quotas: unknown): readonly Issue[] {
  const issues = new Issues();
  const names = new Set<string>();
  if (!Array.isArray(quotas)) issues.add("not-a-list", "quotas", "a list of quotas");
  else quotas.forEach((quota, index) => checkQuota(quota, `quotas[${index}]`, names, issues));
  return issues.all();
}
