import { rankMetallb } from "@vipkit/leader";
import { VipkitError } from "@vipkit/net";

/** All candidates in the order in which MetalLB would choose them. */
export const answer = (line: Record<string, unknown>): object => {
  const { ip, candidates = [], scores } = line;
  if (typeof ip !== "string") throw new VipkitError("ERR_INPUT", "ip is missing");
  if (!Array.isArray(candidates)) throw new VipkitError("ERR_INPUT", "candidates is not a list");
  return { order: rankMetallb(ip, candidates as string[], (scores ?? {}) as Record<string, number>) };
};
