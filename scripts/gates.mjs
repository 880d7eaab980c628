/** The gates of `npm run check` that are ours; each gives the list of what is wrong, empty when nothing is. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { publicPackages, readJson, root, run } from "./workspace.mjs";

const importForm = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']([^"'\n]+)["']/g;

const baseName = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

function filesUnder(dir, wanted) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true })
    .map((name) => join(dir, name))
    .filter((path) => wanted.test(path));
}

/** Whatever the built files import must be a dependency; other gates do not see an import that dangles in the types. */
export function distImports() {
  const problems = [];
  for (const { name, dir, manifest } of publicPackages()) {
    const types = filesUnder(join(dir, "dist"), /\.d\.c?ts$/);
    if (types.length === 0) problems.push(`${name}: no types in dist (was it built?)`);
    const allowed = { ...manifest.dependencies, ...manifest.peerDependencies };
    for (const file of [...types, ...filesUnder(join(dir, "dist"), /\.c?js$/)]) {
      for (const [, specifier] of readFileSync(file, "utf8").matchAll(importForm)) {
        if (specifier.startsWith(".")) continue;
        const inNode = /[/\\]dist[/\\](node[/\\]|chunk-)/.test(file) || /\.d\.c?ts$/.test(file);
        if (isBuiltin(specifier) ? inNode : baseName(specifier) in allowed) continue;
        problems.push(`${relative(root, file)} imports ${specifier}, which is not a dependency`);
      }
    }
  }
  return problems;
}

/** The browser entry points, with every chunk they load, must not reach Node.js. */
export function browserEntries() {
  const problems = [];
  const follow = (file, seen) => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(importForm)) {
      if (specifier.startsWith(".")) follow(join(file, "..", specifier), seen);
      else if (isBuiltin(specifier))
        problems.push(`${relative(root, file)} reaches ${specifier} outside a /node entry point`);
    }
  };
  for (const { dir, manifest } of publicPackages()) {
    for (const [path, target] of Object.entries(manifest.exports)) {
      if (typeof target !== "object" || path.startsWith("./node")) continue;
      for (const built of [target.import.default, target.require.default]) follow(join(dir, built), new Set());
    }
  }
  return problems;
}

function manifests() {
  const folders = ["packages", "examples"].flatMap((top) =>
    readdirSync(join(root, top)).map((name) => join(top, name)),
  );
  return [".", "bench", "interop", "test-support", ...folders]
    .map((folder) => join(folder, "package.json"))
    .filter((path) => existsSync(join(root, path)));
}

/** npm would publish `*` as it stands. */
export function ranges() {
  const problems = [];
  for (const path of manifests()) {
    const manifest = readJson(join(root, path));
    for (const field of ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]) {
      for (const [name, range] of Object.entries(manifest[field] ?? {})) {
        if (/^(\*|x|latest|>=?[^<]*|)$|^(file|link|workspace|git|https?):/.test(range)) {
          problems.push(`${path}: ${field} has ${name} at "${range}"`);
        }
      }
    }
  }
  return problems;
}

/** The lockfile must serve whoever clones, wherever packages come from there. */
export function lockfile() {
  const { packages } = readJson(join(root, "package-lock.json"));
  return Object.entries(packages)
    .filter(([, entry]) => entry.resolved !== undefined && entry.link !== true)
    .map(([path, entry]) => `${path} is resolved to ${entry.resolved}`);
}

/** Nothing that is kept may name a place on somebody's machine. */
export async function absolutePaths() {
  const { status, output } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
  const listed = status === 0 ? output.split("\0").filter((name) => name !== "") : [];
  const places = [root, homedir()].filter((place) => place.length > 4);
  const home = /(?<![\w.$}])\/(?:home|Users)\/[a-z][\w.-]*\//;
  const problems = [];
  for (const name of listed) {
    const path = join(root, name);
    if (!existsSync(path) || !/\.([cm]?[jt]sx?|json|jsonl|md|ya?ml|sh|go|py|conf|txt)$|^\.ci\/|^\.[a-z]+rc$/.test(name))
      continue;
    readFileSync(path, "utf8")
      .split("\n")
      .forEach((line, at) => {
        const place = places.find((candidate) => line.includes(`${candidate}/`)) ?? home.exec(line)?.[0];
        if (place !== undefined) problems.push(`${name}:${at + 1} names ${place}`);
      });
  }
  for (const { dir } of publicPackages()) {
    for (const file of filesUnder(join(dir, "dist"), /\.(c?js|d\.c?ts|map)$/)) {
      const text = readFileSync(file, "utf8");
      const place = places.find((candidate) => text.includes(`${candidate}/`));
      if (place !== undefined) problems.push(`${relative(root, file)} names ${place}`);
    }
  }
  return problems;
}
