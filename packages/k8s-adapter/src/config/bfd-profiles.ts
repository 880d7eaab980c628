import { booleanOf, integerOf, objectOf } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { byName } from "./twins.js";
import type { BfdProfile } from "./types.js";

/** BFD profiles by name. Their bounds are those of the schema. */
export function readBfdProfiles(objects: readonly SourceObject[], findings: Findings): ReadonlyMap<string, BfdProfile> {
  const profiles = new Map<string, BfdProfile>();
  for (const [name, { value }] of byName(objects, "bfd_profile", findings)) {
    const spec = objectOf(value.spec);
    profiles.set(name, {
      name,
      receiveIntervalMs: integerOf(spec.receiveInterval),
      transmitIntervalMs: integerOf(spec.transmitInterval),
      detectMultiplier: integerOf(spec.detectMultiplier),
      echoIntervalMs: integerOf(spec.echoInterval),
      echoMode: booleanOf(spec.echoMode) ?? false,
      passiveMode: booleanOf(spec.passiveMode) ?? false,
      minimumTtl: integerOf(spec.minimumTtl),
    });
  }
  return profiles;
}
