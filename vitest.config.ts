import { readdirSync } from "node:fs";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { ClosingReporter } from "./test-support/src/reporter.js";

const packages = readdirSync("packages").sort();
const examples = readdirSync("examples").sort();

/** A project takes the source condition from this file, so tests run on TypeScript sources and need no build. */
function project(name: string, root: string, more: object = {}): TestProjectConfiguration {
  return { extends: true, root, test: { name, include: ["test/**/*.test.ts"], ...more } };
}

// Without the source condition in both places, imports between packages would want a build.
const conditions = ["vipkit:source", "module", "node", "development|production"];

// Tests against real daemons and real interfaces share the machine: one file at a time, after all others.
const alone = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000, sequence: { groupOrder: 1 } };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ["default", new ClosingReporter()],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      reporter: ["text-summary", "html", "json-summary"],
    },
    projects: [
      ...packages.map((name) => project(name, `packages/${name}`)),
      ...examples.map((name) => project(`example-${name}`, `examples/${name}`, alone)),
      project("bench", "bench"),
      project("interop", "interop", alone),
      // Needs interfaces that many kernels are built without: `npm run test:kernel` finds or boots one that has them.
      project("kernel", "interop", { ...alone, include: ["kernel/**/*.test.ts"] }),
      project("test-support", "test-support"),
      project("house", ".", { include: ["test/house/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 }),
    ],
  },
});
