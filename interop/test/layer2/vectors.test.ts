import { readFileSync } from "node:fs";
import { isVipkitError } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { kinds } from "../../conform/kinds.js";

interface Line {
  readonly note: string;
  readonly in: Record<string, unknown>;
  readonly out: Record<string, unknown>;
}

function linesOf(kind: string): Line[] {
  const text = readFileSync(new URL(`../../conform/vectors/${kind}.jsonl`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

describe.each(["ethernet", "arp", "ndp", "responder", "announcer"])("the vectors of %s", (kind) => {
  test.each(linesOf(kind).map((line, index) => [index + 1, line] as const))("line %i", async (_index, line) => {
    const answer = await kinds[kind]!();
    let result: unknown;
    try {
      result = answer(line.in);
    } catch (error) {
      if (!isVipkitError(error)) throw error;
      result = { error: { code: error.code } };
    }
    expect(JSON.parse(JSON.stringify(result))).toEqual(line.out);
  });
});
