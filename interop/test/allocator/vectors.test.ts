import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kinds } from "../../conform/kinds.js";

interface Vector {
  readonly note: string;
  readonly in: Record<string, unknown>;
  readonly out: object;
}

function vectorsOf(kind: string): Vector[] {
  const text = readFileSync(new URL(`../../conform/vectors/${kind}.jsonl`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Vector);
}

/** Codes are our own: the peers that the vectors come from have texts instead. */
function withoutCodes(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === "code" ? undefined : value)));
}

describe.each(["allocator", "range", "pool-scope"])("the vectors of %s", (kind) => {
  test.each(vectorsOf(kind).map((vector, index) => [index + 1, vector] as const))("line %i", async (_, vector) => {
    const answer = await kinds[kind]!();
    expect(withoutCodes(answer(vector.in)), vector.note).toEqual(vector.out);
  });
});
