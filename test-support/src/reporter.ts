import { appendFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped" && result.note !== undefined) return result.note;
  for (
    let node: TestCase["parent"] | TestCase = test;
    node.type === "test" || node.type === "suite";
    node = node.parent
  ) {
    const reason = node.meta().unmet;
    if (reason !== undefined) return reason;
  }
  return test.options.mode === "todo" ? "to be written" : "no reason given";
}

/**
 * Closes a run: every skipped test by name with its reason, and, when VIPKIT_SUMMARY is set, one line with the sums. With
 * VIPKIT_TALLY=FILE the sums are appended to that file as a line of JSON.
 */
export class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tally: Tally = { passed: 0, failed: errors.length, skipped: 0 };
    const skips: string[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      // A file that does not load has no failed test, and is a failure all the same.
      if (module.state() === "failed" && !tests.some((test) => test.result().state === "failed")) tally.failed += 1;
      for (const test of tests) {
        const { state } = test.result();
        if (state === "pending") tally.failed += 1;
        else tally[state] += 1;
        if (state === "skipped") skips.push(`skipped: ${test.project.name} > ${test.fullName} — ${reasonOf(test)}`);
      }
    }
    for (const line of skips.sort()) console.log(line);
    const { passed, failed, skipped } = tally;
    if ((process.env.VIPKIT_SUMMARY ?? "") !== "") {
      console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
    }
    const file = process.env.VIPKIT_TALLY ?? "";
    if (file !== "") appendFileSync(file, `${JSON.stringify({ step: "tests", ...tally })}\n`);
  }
}
