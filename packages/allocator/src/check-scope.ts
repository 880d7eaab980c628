import { isVipkitError } from "@vipkit/net";
import { isCount } from "./check-limits.js";
import { Issues, type Issue } from "./issue.js";
import { isLabelKey, isLabelValue } from "./label-text.js";
import { isRecord } from "./record.js";
import { parseSelector } from "./selector-text.js";

const WITH_VALUES = ["In", "NotIn"];
const WITHOUT_VALUES = ["Exists", "DoesNotExist"];

function checkRequirement(entry: unknown, path: string, issues: Issues): void {
  if (!isRecord(entry)) return issues.add("selector", path, "a condition is an object");
  const { key, operator, values } = entry;
  if (typeof key !== "string" || !isLabelKey(key)) issues.add("selector", `${path}.key`, "not a label key");
  const list: readonly unknown[] = Array.isArray(values) ? (values as unknown[]) : [];
  if (WITH_VALUES.includes(operator as string)) {
    if (list.length === 0) issues.add("selector", `${path}.values`, `${String(operator)} needs values`);
  } else if (!WITHOUT_VALUES.includes(operator as string)) {
    issues.add("selector", `${path}.operator`, "an operator is In, NotIn, Exists or DoesNotExist");
  } else if (list.length > 0) {
    issues.add("selector", `${path}.values`, `${String(operator)} takes no values`);
  }
  list.forEach((value, index) => {
    if (typeof value !== "string" || !isLabelValue(value))
      issues.add("selector", `${path}.values[${index}]`, "not a label value");
  });
}

/** What is wrong with a label selector, as text or as an object. */
export function checkSelector(selector: unknown, path: string, issues: Issues): void {
  if (typeof selector === "string") {
    try {
      parseSelector(selector);
    } catch (error) {
      if (!isVipkitError(error)) throw error;
      issues.add("selector", path, error.message);
    }
    return;
  }
  if (!isRecord(selector)) return issues.add("selector", path, "a selector is text or an object");
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (!isRecord(matchLabels)) issues.add("selector", `${path}.matchLabels`, "an object of labels");
  else {
    for (const [key, value] of Object.entries(matchLabels)) {
      if (!isLabelKey(key)) issues.add("selector", `${path}.matchLabels`, `"${key}" is not a label key`);
      if (typeof value !== "string" || !isLabelValue(value)) {
        issues.add("selector", `${path}.matchLabels.${key}`, "not a label value");
      }
    }
  }
  if (!Array.isArray(matchExpressions)) issues.add("selector", `${path}.matchExpressions`, "a list of conditions");
  else
    matchExpressions.forEach((entry, index) => checkRequirement(entry, `${path}.matchExpressions[${index}]`, issues));
}

function checkList(value: unknown, path: string, issues: Issues, check: (entry: unknown, path: string) => void): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) issues.add("not-a-list", path, "a list");
  else value.forEach((entry, index) => check(entry, `${path}[${index}]`));
}

/** `allocateTo` of a pool. */
export function checkScope(scope: unknown, path: string, issues: Issues): void {
  if (scope === undefined) return;
  if (!isRecord(scope)) return issues.add("not-an-object", path, "allocateTo is an object");
  if (scope.priority !== undefined && !isCount(scope.priority)) {
    issues.add("priority", `${path}.priority`, "a priority is an integer, 0 or more");
  }
  if (scope.closed !== undefined && typeof scope.closed !== "boolean") {
    issues.add("not-a-boolean", `${path}.closed`, "closed is true or false");
  }
  checkList(scope.namespaces, `${path}.namespaces`, issues, (entry, at) => {
    if (typeof entry !== "string" || entry === "") issues.add("namespace", at, "a namespace is a name");
  });
  checkList(scope.serviceSelectors, `${path}.serviceSelectors`, issues, (entry, at) =>
    checkSelector(entry, at, issues),
  );
}

/** What is wrong with a label selector; nothing if it is well formed. */
export function selectorIssues(selector: unknown, path = "selector"): readonly Issue[] {
  const issues = new Issues();
  checkSelector(selector, path, issues);
  return issues.all();
}
