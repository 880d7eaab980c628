import { isObject, textOf, valueAt, type JsonObject, type Path } from "../objects/json.js";
import { describe, type Findings } from "../objects/mistake.js";
import { objectFrom, type SourceObject } from "../objects/source-object.js";
import { readYaml, type TextDocument } from "../objects/yaml-text.js";
import { checkField } from "./field.js";
import { migrateLegacy, type MigratedObject } from "./migrate-legacy.js";
import { LEGACY } from "./schemas.js";

const DATA: Path = ["data", "config"];

/**
 * Replaces each MetalLB ConfigMap by the objects it stands for. Mistakes in them point back into the text inside the
 * ConfigMap, at the line and column of the file around it. Other ConfigMaps are left out.
 */
export function expandLegacy(objects: readonly SourceObject[], findings: Findings): SourceObject[] {
  const expanded: SourceObject[] = [];
  let first: SourceObject | undefined;
  for (const object of objects) {
    if (object.kind !== "ConfigMap") {
      expanded.push(object);
      continue;
    }
    const text = textOf(valueAt(object.value, DATA));
    if (!isMetallbs(object, text)) {
      findings.add(object, ["kind"], {
        code: "config_map_ignored",
        message: "the ConfigMap is none of MetalLB's",
        allowed: "the name config and the key data.config",
        severity: "note",
      });
    } else if (first !== undefined) {
      findings.add(object, ["metadata", "name"], {
        code: "config_map_twice",
        message: `${describe(first)} is a configuration already`,
        allowed: "one legacy ConfigMap",
      });
    } else {
      first = object;
      expanded.push(...expandOne(object, text, findings));
    }
  }
  return expanded;
}

/** MetalLB reads the one with the name `config`; one of another name counts when its text looks like a configuration. */
function isMetallbs({ name }: SourceObject, text: string | undefined): boolean {
  return name === "config" || (text !== undefined && /^(?:address-pools|peers)\s*:/m.test(text));
}

function expandOne(object: SourceObject, text: string | undefined, findings: Findings): SourceObject[] {
  if (text === undefined || text.trim() === "") {
    findings.add(object, DATA, {
      code: "config_map_empty",
      message: "the ConfigMap has no configuration in it",
      allowed: "a text under data.config",
    });
    return [];
  }
  const { documents, errors } = readYaml(text);
  for (const { code, message, allowed, line, column } of errors) {
    findings.mistakes.push({
      ...{
        code,
        severity: "error",
        ...placeInText(object, line, column),
        path: `${describe(object)}: data.config`,
        message,
      },
      ...(allowed === undefined ? {} : { allowed }),
    });
  }
  const document = documents[0];
  if (document === undefined || errors.length > 0) return [];
  const inner = innerObject(object, document);
  if (documents.length > 1 || !isObject(document.value)) {
    findings.add(inner, [], {
      code: "config_map_body",
      message: "the configuration is not one YAML object",
      allowed: "address-pools, peers, bgp-communities, bfd-profiles",
    });
    return [];
  }
  return bodyObjects(inner, document.value, object.namespace, findings);
}

function bodyObjects(inner: SourceObject, body: JsonObject, namespace: string, findings: Findings): SourceObject[] {
  checkField(inner, [], body, LEGACY, findings, "error");
  const pools = valueAt(body, ["address-pools"]);
  if (pools === undefined || pools === null) {
    findings.add(inner, ["address-pools"], {
      code: "legacy_no_pools",
      message: "the configuration has no address-pools",
      severity: "warning",
    });
  }
  const options = { keepNames: true, ...(namespace === "" ? {} : { namespace }) };
  return migrateLegacy(body, options).map((migrated) => withOrigins(inner, migrated));
}

/** The text inside the ConfigMap as an object of its own: paths are those of the body, places those of the file. */
function innerObject(object: SourceObject, document: TextDocument): SourceObject {
  return {
    ...objectFrom(document.value),
    kind: object.kind,
    namespace: object.namespace,
    name: object.name,
    locate: (path, at) => {
      const { line, column } = document.locate(path, at);
      return placeInText(object, line, column);
    },
  };
}

function placeInText(object: SourceObject, line: number, column: number): ReturnType<SourceObject["locate"]> {
  return object.locateText?.(DATA, line, column) ?? object.locate(DATA);
}

function withOrigins(inner: SourceObject, { object, origins }: MigratedObject): SourceObject {
  const origin = (path: Path): { object: SourceObject; path: Path } => {
    const fitting = origins.filter(([from]) => from.every((step, index) => path[index] === step));
    const [from, to] = fitting.reduce((best, next) => (next[0].length > best[0].length ? next : best));
    return { object: inner, path: [...to, ...(from.length === 0 ? [] : path.slice(from.length).map(legacyStep))] };
  };
  return {
    ...objectFrom(object, "", { origin }),
    locate: (path, at) => {
      const { path: there } = origin(path);
      return inner.locate(there, at);
    },
  };
}

function legacyStep(step: string | number): string | number {
  if (step === "matchLabels") return "match-labels";
  return step === "matchExpressions" ? "match-expressions" : step;
}
