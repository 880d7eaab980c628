import { gossipKey } from "@vipkit/leader";
import { toHex, VipkitError } from "@vipkit/net";

/** The key that MetalLB's speakers derive from their secret. */
export const answer = (line: Record<string, unknown>): object => {
  const { secret, derivation = "0.16.2" } = line;
  if (typeof secret !== "string") throw new VipkitError("ERR_INPUT", "secret is missing");
  if (derivation !== "0.16.2" && derivation !== "legacy") {
    throw new VipkitError("ERR_INPUT", "derivation is 0.16.2 or legacy");
  }
  return { key: toHex(gossipKey(new TextEncoder().encode(secret), derivation)) };
};
