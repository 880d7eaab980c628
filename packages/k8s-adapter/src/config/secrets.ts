import { textOf, valueAt, type Path } from "../objects/json.js";
import type { Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { decodeBase64 } from "./base64.js";

const BASIC_AUTH = "kubernetes.io/basic-auth";

/** The password inside the secret that a peer names. Nothing of it ever gets into a mistake. */
export function readPassword(
  peer: SourceObject,
  path: Path,
  name: string,
  secrets: readonly SourceObject[],
  findings: Findings,
): string | undefined {
  const secret = secrets.find((object) => object.name === name);
  if (secret === undefined) {
    const message = `there is no Secret with the name ${name}`;
    findings.add(peer, path, { code: "secret_missing", message, transient: true });
    return undefined;
  }
  if (textOf(valueAt(secret.value, ["type"])) !== BASIC_AUTH) {
    const message = `the Secret ${name} is not of type ${BASIC_AUTH}`;
    findings.add(peer, path, { code: "secret_type", message, allowed: BASIC_AUTH });
    return undefined;
  }
  const plain = textOf(valueAt(secret.value, ["stringData", "password"]));
  if (plain !== undefined) return plain;
  const encoded = textOf(valueAt(secret.value, ["data", "password"]));
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  if (bytes === undefined) {
    const message = `the Secret ${name} has no readable password`;
    findings.add(peer, path, { code: "secret_password", message, allowed: "data.password in base64" });
    return undefined;
  }
  return new TextDecoder().decode(bytes);
}
