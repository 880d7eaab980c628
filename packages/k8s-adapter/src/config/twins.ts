import { textsOf, valueAt, type Path } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { compareText } from "./gather.js";

/** The texts of a list; one that stands there twice is reported. */
export function readDistinct(object: SourceObject, path: Path, findings: Findings): string[] {
  const texts = textsOf(valueAt(object.value, path));
  texts.forEach((text, index) => {
    if (texts.indexOf(text) === index) return;
    findings.add(object, [...path, index], { code: "duplicate", message: `"${text}" stands here twice` });
  });
  return texts;
}

/** Objects by name, sorted; a name that stands twice is reported and the first holds. */
export function byName(
  objects: readonly SourceObject[],
  code: string,
  findings: Findings,
): ReadonlyMap<string, SourceObject> {
  const named = new Map<string, SourceObject>();
  for (const object of objects) {
    if (object.name === "") {
      findings.add(object, ["metadata", "name"], {
        code: `${code}_name_missing`,
        message: `the ${object.kind} has no name`,
      });
    } else if (named.has(object.name)) {
      findings.add(object, ["metadata", "name"], {
        code: `${code}_duplicate`,
        message: `there is already a ${object.kind} with the name ${object.name}`,
      });
    } else named.set(object.name, object);
  }
  return new Map([...named].sort(([a], [b]) => compareText(a, b)));
}
