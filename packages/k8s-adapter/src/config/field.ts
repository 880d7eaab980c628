import { isObject, type Json, type Path } from "../objects/json.js";
import type { Finding, Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";

/** What a field of an object may hold: the bounds of the API schema, and of the legacy file. */
export type Field =
  | { readonly type: "text"; readonly oneOf?: readonly string[]; readonly secret?: true; readonly required?: true }
  | { readonly type: "integer"; readonly min: number; readonly max: number; readonly required?: true }
  | { readonly type: "boolean"; readonly required?: true }
  | { readonly type: "duration"; readonly required?: true }
  | { readonly type: "selector"; readonly required?: true }
  | { readonly type: "texts"; readonly required?: true }
  | { readonly type: "list"; readonly of: Field; readonly required?: true }
  | { readonly type: "object"; readonly fields: Readonly<Record<string, Field>>; readonly required?: true }
  | { readonly type: "anything"; readonly required?: true };

/** Whether fields that nobody knows are refused: files have typing errors, an API server has dropped them already. */
export type UnknownFields = "error" | "warning";

type Report = (path: Path, finding: Finding) => void;

/** Reports every value that is not what the field allows. Absent and null are the same, as in the API. */
export function checkField(
  object: SourceObject,
  path: Path,
  value: Json | undefined,
  field: Field,
  findings: Findings,
  unknown: UnknownFields,
): void {
  visit(path, value, field, unknown, (at, finding) => findings.add(object, at, finding));
}

function visit(path: Path, value: Json | undefined, field: Field, unknown: UnknownFields, report: Report): void {
  if (value === undefined || value === null) {
    if (field.required) report(path, { code: "required", message: "the field is missing", allowed: expected(field) });
    return;
  }
  if (!fits(value, field)) {
    const found = nameOf(value, field);
    report(path, {
      code: codeOf(value, field),
      message: `${found} is not ${expected(field)}`,
      allowed: expected(field),
    });
    return;
  }
  if (field.type === "list") {
    (value as readonly Json[]).forEach((member, index) => visit([...path, index], member, field.of, unknown, report));
  }
  if (field.type === "object" && isObject(value)) {
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(field.fields, key)) continue;
      const allowed = Object.keys(field.fields).join(", ");
      report([...path, key], {
        code: "unknown_field",
        message: `there is no field "${key}" here`,
        allowed,
        severity: unknown,
        at: "key",
      });
    }
    for (const [key, inner] of Object.entries(field.fields)) {
      visit([...path, key], Object.hasOwn(value, key) ? value[key] : undefined, inner, unknown, report);
    }
  }
}

/** How the mistake calls the value; what may be a secret is never shown. */
function nameOf(value: Json, field: Field): string {
  if (isObject(value)) return "an object";
  if (Array.isArray(value)) return "a list";
  if (field.type === "text" && field.secret) return `a ${typeof value}`;
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

function fits(value: Json, field: Field): boolean {
  switch (field.type) {
    case "text":
      return typeof value === "string" && (field.oneOf?.includes(value) ?? true);
    case "integer":
      return typeof value === "number" && Number.isSafeInteger(value) && value >= field.min && value <= field.max;
    case "boolean":
      return typeof value === "boolean";
    case "duration":
      return typeof value === "string";
    case "list":
      return Array.isArray(value);
    case "texts":
      return isObject(value) && Object.values(value).every((member) => typeof member === "string");
    case "object":
    case "selector":
      return isObject(value);
    case "anything":
      return true;
  }
}

function codeOf(value: Json, field: Field): string {
  if (field.type === "integer" && typeof value === "number") return "range";
  return field.type === "text" && typeof value === "string" ? "enum" : "type";
}

function expected(field: Field): string {
  switch (field.type) {
    case "text":
      return field.oneOf === undefined ? "text" : `one of ${field.oneOf.map((text) => `"${text}"`).join(", ")}`;
    case "integer":
      return `a whole number from ${field.min} to ${field.max}`;
    case "boolean":
      return "true or false";
    case "duration":
      return 'a duration such as "90s" or "1m30s"';
    case "list":
      return "a list";
    case "texts":
      return "names with text values";
    case "object":
      return `an object with ${Object.keys(field.fields).join(", ")}`;
    case "selector":
      return "a label selector with matchLabels and matchExpressions";
    case "anything":
      return "a value";
  }
}
