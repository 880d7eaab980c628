import { listOf, objectOf, textOf, valueAt } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { COMMUNITY_ALLOWED, parseCommunity, type Community } from "./community.js";

/** Community aliases of all Community objects by name. */
export function readAliases(objects: readonly SourceObject[], findings: Findings): ReadonlyMap<string, Community> {
  const aliases = new Map<string, Community>();
  for (const object of objects) {
    listOf(valueAt(object.value, ["spec", "communities"])).forEach((member, index) => {
      const path = ["spec", "communities", index];
      const name = textOf(objectOf(member).name) ?? "";
      const read = parseCommunity(textOf(objectOf(member).value) ?? "");
      if (!read.ok) {
        const allowed = COMMUNITY_ALLOWED.replace(/, or the name.*/, "");
        findings.add(object, [...path, "value"], { code: read.code, message: read.message, allowed });
      }
      if (aliases.has(name)) {
        findings.add(object, [...path, "name"], {
          code: "alias_duplicate",
          message: `the alias ${name} is defined twice`,
        });
      } else if (read.ok) aliases.set(name, read.community);
    });
  }
  return aliases;
}
