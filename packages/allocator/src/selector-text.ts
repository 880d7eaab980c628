import { ParseError } from "@vipkit/net";
import { isLabelKey, isLabelValue } from "./label-text.js";
import type { LabelSelector, SelectorRequirement } from "./selector.js";

/** Longest text that is looked at; a label key and value have 316 and 63 characters at most. */
const MAX_TEXT = 65_536;

function wrong(text: string, why: string): ParseError {
  const found = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return new ParseError("ERR_SELECTOR", `"${found}" is not a label selector: ${why}`, {
    found,
    allowed: "conditions separated by commas: key=value, key!=value, key in (a,b), key notin (a,b), key, !key",
  });
}

/** Splits at commas outside parentheses. */
function conditions(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    if (depth < 0 || depth > 1) throw wrong(text, "parentheses do not match");
    if (character === "," && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  if (depth !== 0) throw wrong(text, "parentheses do not match");
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
}

function keyOf(text: string, key: string): string {
  if (!isLabelKey(key)) throw wrong(text, `"${key}" is not a label key`);
  return key;
}

function valuesOf(text: string, list: readonly string[]): string[] {
  const values = list.map((value) => value.trim());
  const bad = values.find((value) => !isLabelValue(value));
  if (bad !== undefined) throw wrong(text, `"${bad}" is not a label value`);
  return [...new Set(values)].sort();
}

function requirement(text: string, part: string): SelectorRequirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set !== null) {
    const operator = set[2] === "in" ? "In" : "NotIn";
    return { key: keyOf(text, set[1]!), operator, values: valuesOf(text, set[3]!.split(",")) };
  }
  const compared = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(part);
  if (compared !== null) {
    const operator = compared[2] === "!=" ? "NotIn" : "In";
    return { key: keyOf(text, compared[1]!), operator, values: valuesOf(text, [compared[3]!]) };
  }
  if (part.startsWith("!")) return { key: keyOf(text, part.slice(1).trim()), operator: "DoesNotExist" };
  return { key: keyOf(text, part), operator: "Exists" };
}

/**
 * Reads the text form of a label selector; empty text selects everything.
 * @throws ParseError `ERR_SELECTOR`
 */
export function parseSelector(text: string): LabelSelector {
  if (text.length > MAX_TEXT) throw wrong(text, `it is longer than ${MAX_TEXT} characters`);
  if (text.trim() === "") return {};
  return { matchExpressions: conditions(text).map((part) => requirement(text, part)) };
}
