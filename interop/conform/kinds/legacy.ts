import { migrateLegacy, objectFrom, readConfig, type JsonObject } from "@vipkit/k8s-adapter";
import { VipkitError } from "@vipkit/net";

/** `{legacyConfig, configMapNamespace}` to `{resources}`; what would not be accepted as objects is refused. */
export const answer = ({ legacyConfig, configMapNamespace }: Readonly<Record<string, unknown>>): object => {
  if (typeof legacyConfig !== "object" || legacyConfig === null) {
    throw new VipkitError("ERR_INPUT", "legacyConfig is not an object");
  }
  const namespace = (configMapNamespace ?? "") === "" ? {} : { namespace: configMapNamespace as string };
  const resources = migrateLegacy(legacyConfig as JsonObject, namespace).map(({ object }) => object);
  const read = readConfig(resources.map((object) => objectFrom(object)));
  const wrong = read.ok ? undefined : read.mistakes.find(({ severity }) => severity === "error");
  if (wrong !== undefined) throw new VipkitError(wrong.code, `${wrong.path}: ${wrong.message}`);
  return { resources };
};
