import { readFileSync } from "node:fs";
import { isVipkitError } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { kinds } from "../../conform/kinds.js";

interface Line {
  readonly note: string;
  readonly in: Record<string, unknown>;
  readonly out: Record<string, unknown>;
}

const KINDS = [
  "converge",
  "config",
  "community",
  "ip-family",
  "legacy",
  "l2-preferred",
  "l2-interfaces",
  "l2-election",
  "bgp-announce",
  "bgp-localpref",
  "bgp-advertise",
];

function linesOf(kind: string): Line[] {
  const text = readFileSync(new URL(`../../conform/vectors/${kind}.jsonl`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** Messages are for people and not compared; codes and paths are. */
function withoutMessages(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMessages);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([key]) => key !== "message");
  return Object.fromEntries(members.map(([key, member]) => [key, withoutMessages(member)]));
}

describe.each(KINDS)("the vectors of %s", (kind) => {
  test("hold, every line of them", async () => {
    const answer = await kinds[kind]!();
    for (const [index, line] of linesOf(kind).entries()) {
      let result: unknown;
      try {
        result = answer(line.in);
      } catch (error) {
        if (!isVipkitError(error)) throw error;
        result = { error: { code: error.code } };
      }
      expect(withoutMessages(JSON.parse(JSON.stringify(result))), `line ${index + 1}: ${line.note}`).toEqual(line.out);
    }
  });
});
