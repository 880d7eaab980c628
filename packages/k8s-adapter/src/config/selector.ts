import { matchesSelector, parseSelector, selectorIssues, type LabelSelector } from "@vipkit/allocator";
import { listOf, objectOf, textMapOf, textOf, textsOf, type Json, type Path } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import type { Selector } from "./types.js";

type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

/** Reads a label selector; reports what is malformed or said twice in it. Undefined where it cannot be used. */
export function readSelector(object: SourceObject, path: Path, value: Json, findings: Findings): Selector | undefined {
  const errors = selectorIssues(value);
  for (const { path: inside, message } of errors) {
    findings.add(object, path, {
      code: "selector",
      message: `the label selector is malformed${inside === "" ? "" : ` at ${inside}`}: ${message}`,
      allowed:
        "matchLabels {key: value} and matchExpressions [{key, operator: In, NotIn, Exists or DoesNotExist, values}]",
    });
  }
  if (errors.length > 0) return undefined;
  const selector = selectorOf(value);
  reportTwins(object, path, selector, findings);
  return { text: formatSelector(selector), selector };
}

/** Reads a list of selectors; those that say the same are refused. In the order written. */
export function readSelectors(
  object: SourceObject,
  path: Path,
  value: Json | undefined,
  findings: Findings,
): readonly Selector[] {
  const selectors: Selector[] = [];
  listOf(value).forEach((member, index) => {
    const selector = readSelector(object, [...path, index], member, findings);
    if (selector === undefined) return;
    if (selectors.some(({ text }) => text === selector.text)) {
      const message = `the selector "${selector.text}" stands here twice`;
      findings.add(object, [...path, index], { code: "selector_duplicate", message });
    }
    selectors.push(selector);
  });
  return selectors;
}

/** A selector from its text form: `app=web,tier in (a,b)`. @throws ParseError */
export function selectorFromText(text: string): Selector {
  const selector = parseSelector(text);
  return { text: formatSelector(selector), selector };
}

/** In the order of their text. */
export function sortSelectors(selectors: readonly Selector[]): Selector[] {
  return [...selectors].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

/** True if any selector of the list matches. An empty list matches nothing. */
export function matchesAny(selectors: readonly Selector[], labels: Readonly<Record<string, string>>): boolean {
  return selectors.some(({ selector }) => matchesSelector(selector, labels));
}

function selectorOf(value: Json): LabelSelector {
  const { matchLabels, matchExpressions } = objectOf(value);
  return {
    matchLabels: textMapOf(matchLabels),
    matchExpressions: listOf(matchExpressions).map((member) => {
      const { key, operator, values } = objectOf(member);
      return {
        key: textOf(key) ?? "",
        operator: (textOf(operator) ?? "") as Requirement["operator"],
        values: textsOf(values),
      };
    }),
  };
}

function reportTwins(object: SourceObject, path: Path, selector: LabelSelector, findings: Findings): void {
  const seen = new Set<string>();
  for (const [index, requirement] of (selector.matchExpressions ?? []).entries()) {
    const at = [...path, "matchExpressions", index];
    const values = requirement.values ?? [];
    if (new Set(values).size < values.length) {
      findings.add(object, [...at, "values"], {
        code: "expression_value_duplicate",
        message: "a value stands in this expression twice",
      });
    }
    const text = formatRequirement(requirement);
    if (seen.has(text)) {
      findings.add(object, at, {
        code: "expression_duplicate",
        message: `the expression "${text}" stands in this selector twice`,
      });
    }
    seen.add(text);
  }
}

/** The canonical text of Kubernetes: conditions in the order of their keys. */
export function formatSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const conditions = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...matchExpressions.map((requirement) => ({ key: requirement.key, text: formatRequirement(requirement) })),
  ];
  conditions.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return conditions.map(({ text }) => text).join(",");
}

function formatRequirement({ key, operator, values = [] }: Requirement): string {
  const list = `(${[...values].sort().join(",")})`;
  switch (operator) {
    case "In":
      return `${key} in ${list}`;
    case "NotIn":
      return `${key} notin ${list}`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
  }
}
