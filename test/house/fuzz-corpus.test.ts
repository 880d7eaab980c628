import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { scope } from "../../scripts/arrows.mjs";
import { targets } from "../../tools/fuzz-targets.mjs";

const FOLDER = join("tools", "corpus");
/** Far more than any input takes, and far less than one that hangs. */
const SLOWEST_MS = 1000;
const entries = Object.entries(targets);

function corpusOf(name: string): string[] {
  return readFileSync(join(FOLDER, `${name}.txt`), "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** What is wrong with a run: undefined for a value and for the error of a decoder. */
function complaint(run: () => void): string | undefined {
  const start = performance.now();
  try {
    run();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "DecodeError") return String(error);
  }
  return performance.now() - start > SLOWEST_MS ? "slow" : undefined;
}

describe("what fuzzing has found worth keeping", () => {
  const library: Record<string, unknown> = {};

  beforeAll(async () => {
    const names = new Set(entries.flatMap(([, { packages, entries: more = [] }]) => [...packages, ...more]));
    for (const name of names) library[name] = await import(`${scope}/${name}`);
  });

  test("belongs to a target each", () => {
    const files = readdirSync(FOLDER).sort();
    expect(files).toEqual(entries.map(([name]) => `${name}.txt`).sort());
  });

  test.each(entries)("gives a value or a DecodeError: %s", (name, { seeds, run }) => {
    const inputs = [...seeds, ...corpusOf(name)];
    const found = inputs.flatMap((hex) => {
      const wrong = complaint(() => run(library, Uint8Array.from(Buffer.from(hex, "hex"))));
      return wrong === undefined ? [] : [`${hex}: ${wrong}`];
    });
    expect(found).toEqual([]);
  });
});
