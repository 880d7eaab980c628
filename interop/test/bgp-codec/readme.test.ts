import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

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
