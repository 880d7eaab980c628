import { objectFrom, readConfig, type SourceObject } from "@vipkit/k8s-adapter";
import { VipkitError } from "@vipkit/net";
import { configShape } from "../shapes/config.js";

type Line = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, readonly [apiVersion: string, kind: string]>> = {
  ipAddressPools: ["metallb.io/v1beta1", "IPAddressPool"],
  bgpPeers: ["metallb.io/v1beta2", "BGPPeer"],
  bfdProfiles: ["metallb.io/v1beta1", "BFDProfile"],
  bgpAdvertisements: ["metallb.io/v1beta1", "BGPAdvertisement"],
  l2Advertisements: ["metallb.io/v1beta1", "L2Advertisement"],
  communities: ["metallb.io/v1beta1", "Community"],
  nodes: ["v1", "Node"],
  namespaces: ["v1", "Namespace"],
};

/** `{crs, options?, mode?, modeRulesOnly?}` to `{accepted, transient?, errors?, config?}`. */
export const answer = (line: Line): object => {
  const crs = (line.crs ?? {}) as Line;
  const options = (line.options ?? {}) as Line;
  const { mode } = line;
  if (mode !== undefined && mode !== "native" && mode !== "frr" && mode !== "frr-k8s") {
    throw new VipkitError("ERR_INPUT", `${JSON.stringify(mode)} is no mode`);
  }
  const read = readConfig([...objectsOf(crs), ...secretsOf(crs.passwordSecrets)], {
    mode,
    modeRulesOnly: line.modeRulesOnly === true,
    unknownFields: "warning",
    secretPassthrough: options.FRRK8sSecretPassthrough === true,
  });
  if (read.ok) return { accepted: true, ...(line.modeRulesOnly === true ? {} : { config: configShape(read.config) }) };
  const errors = read.mistakes.filter(({ severity }) => severity === "error");
  return {
    accepted: false,
    transient: read.transient,
    errors: errors.map(({ code, file, path, message }) => ({ code, path: `${file}.${fieldOf(path)}`, message })),
  };
};

/** The field's own path: what stands before the colon is the object. */
function fieldOf(path: string): string {
  return path.slice(path.indexOf(": ") + 2);
}

function objectsOf(crs: Line): SourceObject[] {
  return Object.entries(KINDS).flatMap(([list, [apiVersion, kind]]) =>
    ((crs[list] ?? []) as readonly Line[]).map((object, index) =>
      objectFrom({ apiVersion, kind, ...object }, `${list}[${index}]`),
    ),
  );
}

function secretsOf(secrets: unknown): SourceObject[] {
  return Object.entries((secrets ?? {}) as Readonly<Record<string, Line>>).map(([name, secret]) =>
    objectFrom({
      ...secret,
      apiVersion: "v1",
      kind: "Secret",
      metadata: { ...(secret.metadata as Line | undefined), name },
    }),
  );
}
