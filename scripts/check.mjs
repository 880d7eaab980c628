// All gates, one line each: `npm run check`, or some of them: `npm run check -- lint knip`.
import { appendFileSync } from "node:fs";
import { absolutePaths, browserEntries, distImports, lockfile, ranges } from "./gates.mjs";
import { attw, blankProject, pack, publint } from "./packed.mjs";
import { run, tool } from "./workspace.mjs";

const wanted = process.argv.slice(2);
const known = [];
const failures = [];
let passed = 0;

/** Runs one gate; `work` gives a list of problems, or the result of a program. */
async function gate(name, work) {
  known.push(name);
  if (wanted.length > 0 && !wanted.includes(name)) return true;
  const start = performance.now();
  let problems;
  try {
    const result = await work();
    problems = Array.isArray(result) ? result : result.status === 0 ? [] : [result.output.trimEnd()];
  } catch (error) {
    problems = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (problems.length === 0) {
    passed += 1;
    console.log(`ok ${name} (${seconds} s)`);
    return true;
  }
  failures.push({ name, problems });
  console.log(`FAILED ${name} (${seconds} s)\n${problems.join("\n").replace(/^/gm, "    ")}`);
  return false;
}

const script = (name) => () => run(process.execPath, [`scripts/${name}.mjs`]);

async function sources() {
  await gate("format", () => tool("prettier", ["--check", "--log-level", "warn", "."]));
  await gate("lint", () => tool("eslint", ["--max-warnings", "0", "."]));
  await gate("knip", () => tool("knip", ["--no-progress", "--no-config-hints"]));
  await gate("ranges", ranges);
  await gate("lockfile", lockfile);
}

async function built() {
  await gate("typecheck", script("typecheck"));
  // What was not built anew would be judged by its old build, or by none.
  const isBuilt = await gate("build", script("build"));
  await gate("dist-imports", distImports);
  await gate("browser-entries", browserEntries);
  const needsPack = wanted.length === 0 || ["publint", "attw", "blank-project"].some((name) => wanted.includes(name));
  const packed = isBuilt && needsPack ? await pack() : undefined;
  const unpacked = { tarballs: [], problems: ["not run: the build failed"] };
  const of = (check) => () => {
    const { problems } = packed ?? unpacked;
    return problems.length > 0 ? problems : check(packed);
  };
  try {
    await gate("publint", of(publint));
    await gate("attw", of(attw));
    await gate("blank-project", of(blankProject));
  } finally {
    packed?.remove();
  }
}

await Promise.all([sources(), built()]);
await gate("absolute-paths", absolutePaths);

const unknown = wanted.filter((name) => !known.includes(name));
for (const name of unknown) failures.push({ name, problems: [`there is no gate ${name}`] });
if (failures.length > 0) {
  const names = failures.map(({ name }) => name).join(", ");
  console.log(`failed: ${names}${unknown.length > 0 ? ` (gates are ${known.join(", ")})` : ""}`);
}
console.log(`gates: ${passed} passed, ${failures.length} failed`);
const tally = process.env.VIPKIT_TALLY ?? "";
if (tally !== "") {
  appendFileSync(tally, `${JSON.stringify({ step: "gates", passed, failed: failures.length, skipped: 0 })}\n`);
}
process.exitCode = failures.length > 0 ? 1 : 0;
