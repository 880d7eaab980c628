import { parseSelector } from "./selector-text.js";

export type Labels = Readonly<Record<string, string>>;

/** One condition on one label. `values` belong to In and NotIn only. */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[] | undefined;
}

/** All conditions must hold; without any, everything matches. */
export interface LabelSelector {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly SelectorRequirement[] | undefined;
}

const NO_LABELS: Labels = {};

function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function meets({ key, operator, values = [] }: SelectorRequirement, labels: Labels): boolean {
  const value = valueOf(labels, key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

/** The selector as a predicate; text is parsed once. @throws ParseError `ERR_SELECTOR` */
export function compileSelector(selector: string | LabelSelector): (labels: Labels | undefined) => boolean {
  const { matchLabels = {}, matchExpressions = [] } = typeof selector === "string" ? parseSelector(selector) : selector;
  const pairs = Object.entries(matchLabels);
  return (labels = NO_LABELS) =>
    pairs.every(([key, value]) => valueOf(labels, key) === value) &&
    matchExpressions.every((one) => meets(one, labels));
}

/** True if the labels meet every condition. @throws ParseError `ERR_SELECTOR` for text that is no selector */
export function matchesSelector(selector: string | LabelSelector, labels: Labels | undefined): boolean {
  return compileSelector(selector)(labels);
}
