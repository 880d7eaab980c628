import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { answer as bgp } from "../../conform/kinds/bgp.js";
import { answer as receive } from "../../conform/kinds/bgp-receive.js";

for (const [kind, answer] of Object.entries({ bgp, "bgp-receive": receive })) {
  const file = new URL(`../../conform/vectors/${kind}.jsonl`, import.meta.url);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  describe(`conform ${kind}`, () => {
    test.each(lines.map((line) => JSON.parse(line) as { note: string; in: Record<string, unknown>; out: object }))(
      "$note",
      (vector) => {
        expect(JSON.parse(JSON.stringify(answer(vector.in)))).toEqual(vector.out);
      },
    );
  });
}

test("the README shows the table of malformed messages", () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
  const { ours, daemons } = JSON.parse(read("malformed.json")) as {
    ours: Record<string, string>;
    daemons: Record<string, { answers: Record<string, string> }>;
  };
  const readme = read("../../../packages/bgp/README.md").replaceAll(/ +/g, " ");
  for (const [name, own] of Object.entries(ours)) {
    const others = ["frr", "bird", "gobgp", "openbgpd"].map((daemon) => daemons[daemon]!.answers[name]);
    expect(readme).toContain(`| ${[name, own, ...others].join(" | ")} |`);
  }
});
