// Two passes: what browsers must run, without Node.js types; then everything, with them.
import { tool } from "./workspace.mjs";

const passes = ["tsconfig.pure.json", "tsconfig.json"];
const results = await Promise.all(passes.map((project) => tool("tsc", ["-p", project, "--pretty", "false"])));
results.forEach(({ status, output }, at) => {
  if (status === 0) return;
  console.log(`${passes[at]}:\n${output}`);
  process.exitCode = 1;
});
