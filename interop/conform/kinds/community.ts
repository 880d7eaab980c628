import { formatCommunity, parseCommunity } from "@vipkit/k8s-adapter";
import { VipkitError } from "@vipkit/net";

/** `{input}` to `{ok, kind, text, u32}`. */
export const answer = ({ input }: Readonly<Record<string, unknown>>): object => {
  if (typeof input !== "string") throw new VipkitError("ERR_INPUT", "input is not text");
  const read = parseCommunity(input);
  if (!read.ok) return { ok: false, code: read.code };
  const { community } = read;
  const u32 = community.kind === "standard" ? { u32: community.u32 } : {};
  return { ok: true, kind: community.kind, text: formatCommunity(community), ...u32 };
};
