import { readFileSync, writeFileSync } from "node:fs";
import { needs } from "@vipkit/test-support";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DAEMONS } from "./daemons.js";
import { FEATURES } from "./features.js";
import { matrixMarkdown } from "./matrix.js";
import { openStage, type Stage } from "./stage.js";

for (const kind of DAEMONS) {
  needs({ namespaces: true, commands: kind.commands }).describe(`${kind.name} as the router`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = openStage(kind);
    });
    afterEach(() => stage.close());

    for (const { name, title, run } of FEATURES) {
      const inability = kind.cannot[name];
      if (inability === undefined) test(title, () => run(stage));
      else if (inability.proof !== undefined) test(`not: ${title}: ${inability.reason}`, () => inability.proof!(stage));
    }
  });
}

describe("the table of daemons", () => {
  test("is the one in the documentation; VIPKIT_UPDATE=1 writes it anew", () => {
    const page = new URL("../../../docs/bgp-daemons.md", import.meta.url);
    if ((process.env.VIPKIT_UPDATE ?? "") !== "") writeFileSync(page, matrixMarkdown());
    expect(readFileSync(page, "utf8")).toBe(matrixMarkdown());
  });

  test("has rows for all reasons, and a version in each", () => {
    const names = FEATURES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { cannot } of DAEMONS) {
      for (const [name, { reason }] of Object.entries(cannot)) {
        expect(names).toContain(name);
        expect(reason).toMatch(/\w+ [\d.]+/);
      }
    }
  });
});
