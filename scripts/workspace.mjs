import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Every package that is published: folder name, absolute folder, manifest. */
export function publicPackages() {
  return readdirSync(join(root, "packages"))
    .sort()
    .map((name) => ({ name, dir: join(root, "packages", name) }))
    .filter(({ dir }) => existsSync(join(dir, "package.json")))
    .map((found) => ({ ...found, manifest: readJson(join(found.dir, "package.json")) }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** The entry points of a package as a user writes them: `@vipkit/net`, `@vipkit/net/node`. */
export function entryPoints(manifest) {
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === "object")
    .map(([path]) => manifest.name + path.slice(1));
}

/** Runs a program without a shell; resolves to its exit status and everything it wrote. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    child.stdout.on("data", (bytes) => (output += bytes));
    child.stderr.on("data", (bytes) => (output += bytes));
    child.on("error", (error) => resolve({ status: 127, output: `${command}: ${error.message}\n` }));
    child.on("close", (status, signal) =>
      resolve({ status: status ?? 1, output: output + (signal ? `${signal}\n` : "") }),
    );
  });
}

/** The script behind a tool's command, to be run with this very node. */
const toolScripts = {
  attw: "node_modules/@arethetypeswrong/cli/dist/index.js",
  eslint: "node_modules/eslint/bin/eslint.js",
  knip: "node_modules/knip/bin/knip.js",
  prettier: "node_modules/prettier/bin/prettier.cjs",
  publint: "node_modules/publint/src/cli.js",
  tsc: "node_modules/typescript/bin/tsc",
  tsup: "node_modules/tsup/dist/cli-default.js",
};

/** Runs a development tool of this repository. */
export function tool(name, args, options) {
  return run(process.execPath, [join(root, toolScripts[name]), ...args], options);
}

/** Runs npm: the one that runs this script, if one does. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  return script?.endsWith(".js") ? run(process.execPath, [script, ...args], options) : run("npm", args, options);
}

/** Does `work` for every item, at most `width` at a time; results in the order of the items. */
export async function pooled(items, width, work) {
  const results = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
