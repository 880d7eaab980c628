import { readdirSync, readFileSync } from "node:fs";
import { isVipkitError } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { kinds, type Answer } from "../conform/kinds.js";

/** A question of the door with its answer; `note` says where the answer is from. */
interface Vector {
  readonly note: string;
  readonly in: Record<string, unknown>;
  readonly out: unknown;
}

const FOLDER = new URL("../conform/vectors/", import.meta.url);
/** The peers that these answers come from have texts where we have codes. */
const WITHOUT_CODES = new Set(["allocator", "range", "pool-scope"]);

function vectorsOf(kind: string): Vector[] {
  const lines = readFileSync(new URL(`${kind}.jsonl`, FOLDER), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as Vector);
}

/** The answer as the door prints it, without the texts that are for people. */
function comparable(kind: string, value: unknown): unknown {
  const isLeftOut = (key: string): boolean => key === "message" || (key === "code" && WITHOUT_CODES.has(kind));
  return JSON.parse(JSON.stringify(value, (key, member: unknown) => (isLeftOut(key) ? undefined : member)));
}

function ask(answer: Answer, question: Record<string, unknown>): unknown {
  try {
    return answer(question);
  } catch (error) {
    if (!isVipkitError(error)) throw error;
    return { error: { code: error.code } };
  }
}

describe("the vectors of the door", () => {
  test("are there for every kind", () => {
    const files = readdirSync(FOLDER).map((name) => name.replace(".jsonl", ""));
    expect(files.sort()).toEqual(Object.keys(kinds).sort());
  });

  test.each(Object.keys(kinds).sort())("%s answers every line of them", async (kind) => {
    const answer = await kinds[kind]!();
    vectorsOf(kind).forEach((vector, index) => {
      const result = comparable(kind, ask(answer, vector.in));
      expect(result, `line ${index + 1}: ${vector.note}`).toEqual(comparable(kind, vector.out));
    });
  });
});
