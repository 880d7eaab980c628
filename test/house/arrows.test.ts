import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ESLint } from "eslint";
import { describe, expect, test } from "vitest";
import { arrowsRule } from "../../scripts/eslint-arrows.mjs";
import { arrows, scope } from "../../scripts/arrows.mjs";

interface Rules {
  readonly imports: readonly string[];
  readonly nodeImports?: readonly string[];
  readonly external?: readonly string[];
  readonly nodeExternal?: readonly string[];
}
const table = Object.entries(arrows as Record<string, Rules>);

// Only the arrows, without types: the file names below need not exist.
const arrowsOnly = new ESLint({
  cwd: process.cwd(),
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ["**/*.ts"],
      plugins: { vipkit: { rules: { arrows: arrowsRule } } },
      rules: { "vipkit/arrows": "error" },
    },
  ],
});

async function complaint(file: string, code: string): Promise<string | undefined> {
  const [result] = await arrowsOnly.lintText(code, { filePath: join(process.cwd(), file) });
  return result?.messages[0]?.message;
}

describe("the arrows refuse", () => {
  test.each([
    ["a sibling", "packages/allocator/src/pool.ts", `import { x } from "@vipkit/arp";`, "allocator may not import arp"],
    ["a sibling, exported on", "packages/arp/src/index.ts", `export * from "@vipkit/ndp";`, "arp may not import ndp"],
    ["a sibling, loaded late", "packages/bgp/src/node/a.ts", `await import("@vipkit/bfd");`, "bgp may not import bfd"],
    ["the composer", "packages/net/src/wire/a.ts", `import "@vipkit/k8s-adapter";`, "net may not import k8s-adapter"],
    [
      "the simulator in sources",
      "packages/leader/src/machine/a.ts",
      `import "@vipkit/sim";`,
      "leader may not import sim",
    ],
    ["link outside node/", "packages/arp/src/machine/a.ts", `import "@vipkit/link";`, "under node/ only"],
    [
      "link in a package without that peer",
      "packages/leader/src/node/a.ts",
      `import "@vipkit/link";`,
      "may not import link",
    ],
    [
      "a /node entry point outside node/",
      "packages/bgp/src/speaker.ts",
      `import "@vipkit/net/node";`,
      "under node/ only",
    ],
    ["itself by name", "packages/bgp/src/wire/a.ts", `import "@vipkit/bgp";`, "its own files by path"],
    ["another package by path", "packages/arp/src/a.ts", `import "../../net/src/index.js";`, "leaves package arp"],
    ["machine/ from wire/", "packages/arp/src/wire/a.ts", `import "../machine/b.js";`, "wire/ may not import machine/"],
    ["node/ from machine/", "packages/arp/src/machine/a.ts", `import "../node/b.js";`, "machine/ may not import node/"],
    ["node/ from the index", "packages/arp/src/index.ts", `export { x } from "./node/b.js";`, "may not import node/"],
    ["the index from inside", "packages/arp/src/machine/a.ts", `import "../index.js";`, "not the package's index"],
    ["Node.js outside node/", "packages/arp/src/wire/a.ts", `import "node:net";`, "under node/ only"],
    ["Node.js without its prefix", "packages/arp/src/wire/a.ts", `import "fs";`, "under node/ only"],
    ["tests in sources", "packages/arp/src/wire/a.ts", `import "../../test/vectors.js";`, "not published"],
    ["native code outside link", "packages/bgp/src/node/a.ts", `import "koffi";`, "koffi is not among"],
    ["native code outside node/", "packages/link/src/wire/a.ts", `import "koffi";`, "under node/ only"],
    ["native code in tests", "packages/arp/test/a.test.ts", `import "koffi";`, "koffi is not among"],
    ["native code in examples", "examples/speaker/src/a.ts", `import "koffi";`, "lives in packages/link"],
    ["C structs outside link", "packages/arp/src/wire/a.ts", `import "buffer-layout";`, "buffer-layout is not among"],
    ["an unlisted dependency", "packages/net/src/wire/a.ts", `import "lodash";`, "lodash is not among"],
  ])("%s", async (_what, file, code, reason) => {
    expect(await complaint(file, code)).toContain(reason);
  });
});

describe("the arrows allow", () => {
  test.each([
    ["net for everybody", "packages/allocator/src/pool.ts", `import { x } from "@vipkit/net";`],
    ["link under node/", "packages/arp/src/node/a.ts", `import { x } from "@vipkit/link";`],
    ["a /node entry point under node/", "packages/bgp/src/node/a.ts", `import { x } from "@vipkit/net/node";`],
    ["Node.js under node/", "packages/arp/src/node/a.ts", `import "node:dgram";`],
    ["the layers downward", "packages/arp/src/node/a.ts", `import "../machine/b.js"; import "../wire/c.js";`],
    ["the layers from the index", "packages/arp/src/index.ts", `export { x } from "./machine/b.js";`],
    [
      "everything for the composer",
      "packages/k8s-adapter/src/plan.ts",
      `import "@vipkit/bgp"; import "@vipkit/leader";`,
    ],
    ["native code in link", "packages/link/src/node/a.ts", `import "koffi"; import "buffer-layout";`],
    [
      "the simulator and oracles in tests",
      "packages/arp/test/a.test.ts",
      `import "@vipkit/sim"; import "buffer-layout";`,
    ],
    ["everything for interop", "interop/test/a.test.ts", `import "node:net"; import "@vipkit/link/node";`],
  ])("%s", async (_what, file, code) => {
    expect(await complaint(file, code)).toBeUndefined();
  });
});

describe("the table of arrows", () => {
  test("lists every package", () => {
    expect(readdirSync("packages").sort()).toEqual(table.map(([name]) => name).sort());
  });

  // That nothing is listed without being imported is the unused-dependency gate's part.
  test.each(table)("allows everything that the package.json of %s lists", (name, rules) => {
    const manifest = JSON.parse(readFileSync(join("packages", name, "package.json"), "utf8")) as {
      readonly dependencies?: Record<string, string>;
      readonly peerDependencies?: Record<string, string>;
      readonly peerDependenciesMeta?: Record<string, { readonly optional: boolean }>;
    };
    const named = (names: readonly string[] = []): string[] => names.map((other) => `${scope}/${other}`);
    const wanted = [...named(rules.imports), ...(rules.external ?? []), ...(rules.nodeExternal ?? [])];
    const peers = Object.keys(manifest.peerDependencies ?? {});
    expect(wanted).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies ?? {})));
    expect(peers.sort()).toEqual(named(rules.nodeImports).sort());
    expect(peers.every((peer) => manifest.peerDependenciesMeta?.[peer]?.optional)).toBe(true);
  });
});

describe("the house rules of lint", () => {
  const full = new ESLint({ cwd: process.cwd() });
  // Type-checked lint needs a file that exists; its text is what is given.
  const anySource = "packages/net/src/index.ts";

  async function ruleIds(code: string, file = anySource): Promise<(string | null)[]> {
    const [result] = await full.lintText(code, { filePath: join(process.cwd(), file) });
    return result?.messages.map((message) => message.ruleId) ?? [];
  }

  test.each([
    ["a wall clock", "export const now: number = Date.now();", "no-restricted-properties"],
    ["a date of now", "export const now: Date = new Date();", "no-restricted-syntax"],
    ["randomness", "export const r: number = Math.random();", "no-restricted-properties"],
    ["a timer", "setTimeout(() => undefined, 1);", "no-restricted-globals"],
    ["an enum", "export enum Colour { red }", "no-restricted-syntax"],
    ["a default export", "export default 1;", "no-restricted-exports"],
    ["the console", `console.log("x");`, "no-console"],
  ])("refuse %s", async (_what, code, rule) => {
    expect(await ruleIds(code)).toContain(rule);
  });

  test("refuse a sleep in a test", async () => {
    expect(await ruleIds("setTimeout(() => undefined, 1);\n", "test/house/arrows.test.ts")).toContain(
      "no-restricted-globals",
    );
  });
});
