// Builds every package and example, or those named: `npm run build -- net arp`.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pooled, root, tool } from "./workspace.mjs";

const wanted = process.argv.slice(2);
const folders = ["packages", "examples"]
  .flatMap((top) => readdirSync(join(root, top)).map((name) => ({ name, dir: join(root, top, name) })))
  .filter(({ dir }) => existsSync(join(dir, "tsup.config.ts")))
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const failed = [];
await pooled(folders, 2, async ({ name, dir }) => {
  const start = performance.now();
  const { status, output } = await tool("tsup", [], { cwd: dir });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(status === 0 ? `built ${name} (${seconds} s)` : `FAILED ${name}\n${output}`);
  if (status !== 0) failed.push(name);
});
if (folders.length === 0) {
  console.error(`nothing to build under the name ${wanted.join(", ")}`);
  process.exitCode = 1;
}
if (failed.length > 0) process.exitCode = 1;
