// Publishes the house under another npm scope: `npm run rename-scope -- @other`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scope } from "./arrows.mjs";
import { root, run } from "./workspace.mjs";

const [next] = process.argv.slice(2);
if (next === undefined || !/^@[a-z0-9][a-z0-9._-]*$/.test(next)) {
  console.error("usage: npm run rename-scope -- @other");
  process.exit(2);
}

const { output } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
let changed = 0;
for (const name of output.split("\0")) {
  if (!/\.([cm]?[jt]s|json|md|ya?ml)$/.test(name)) continue;
  const path = join(root, name);
  const text = readFileSync(path, "utf8");
  const renamed = text.replaceAll(`${scope}/`, `${next}/`).replaceAll(`scope = "${scope}"`, `scope = "${next}"`);
  if (renamed === text) continue;
  writeFileSync(path, renamed);
  changed += 1;
}
console.log(`${scope} is now ${next} in ${changed} files; run npm install to link the packages anew`);
