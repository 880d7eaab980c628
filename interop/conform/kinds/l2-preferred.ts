import { preferredScores, type Json } from "@vipkit/k8s-adapter";
import { VipkitError } from "@vipkit/net";

/** `{nodes, eligible, preferredNodeSelectors}` to `{scores}`. */
export const answer = (line: Readonly<Record<string, unknown>>): object => {
  const { nodes = [], eligible = [], preferredNodeSelectors = [] } = line;
  const found = preferredScores(nodes as unknown[], eligible as string[], preferredNodeSelectors as Json);
  const [wrong] = found.mistakes;
  if (wrong !== undefined) throw new VipkitError(wrong.code, wrong.message);
  return { scores: Object.fromEntries(found.scores) };
};
