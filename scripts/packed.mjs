/** The gates that look at the packages as users get them: packed, and installed in a blank project. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { entryPoints, npm, pooled, publicPackages, readJson, run, tool } from "./workspace.mjs";

/** Packs every published package into a temporary folder. */
export async function pack() {
  const folder = mkdtempSync(join(tmpdir(), "vipkit-check-"));
  const only = publicPackages().map(({ manifest }) => `--workspace=${manifest.name}`);
  const { status, output } = await npm(["pack", ...only, "--ignore-scripts", "--silent", "--pack-destination", folder]);
  const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  return {
    folder,
    problems: status === 0 ? [] : [output],
    tarballs: tarballs.map((name) => join(folder, name)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function each(tarballs, check) {
  const found = await pooled(tarballs, 2, check);
  return found.filter(({ status }) => status !== 0).map(({ output }) => output);
}

export const publint = (packed) => each(packed.tarballs, (tarball) => tool("publint", ["run", tarball, "--strict"]));

// node10 resolution knows no subpath exports; whoever needs it is older than the oldest Node.js supported here.
export const attw = (packed) =>
  each(packed.tarballs, (tarball) => tool("attw", [tarball, "--profile", "node16", "--no-emoji", "--format", "ascii"]));

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2023"],
  module: "NodeNext",
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
};

/** A thread that has found its file tells of its peer; nobody needs to answer. */
const inThread = `
const thread = startPeerThread({ onCrash: (reason) => { throw new Error(reason); } });
const remote = { ip: 0x7f000001, port: 9 };
const peer = thread.startPeer({ config: { name: "nobody", localAsn: 1, peerAsn: 2, remote, routerId: 1 } });
peer.onEvent(() => thread.close());
`;

function writeConsumers(folder) {
  const entries = publicPackages().flatMap(({ manifest }) => entryPoints(manifest));
  const isNode = (entry) => /\/node(\/|$)/.test(entry);
  const uses = (list) => `export const all = [${list.map((_, at) => `m${at}`).join(", ")}];\n`;
  const imports = (list) => list.map((entry, at) => `import * as m${at} from ${JSON.stringify(entry)};\n`).join("");
  // CommonJS sources under NodeNext become require calls, and get the .d.cts types.
  const sources = { "all.mts": entries, "all.cts": entries };
  const pure = entries.filter((entry) => !isNode(entry));
  for (const [name, list] of Object.entries(sources)) writeFileSync(join(folder, name), imports(list) + uses(list));
  for (const kind of ["mts", "cts"]) writeFileSync(join(folder, `pure.${kind}`), imports(pure) + uses(pure));
  const project = (name, types, files) =>
    writeFileSync(join(folder, name), JSON.stringify({ compilerOptions: { ...compilerOptions, types }, files }));
  project("tsconfig.json", ["node"], ["all.mts", "all.cts"]);
  project("tsconfig.pure.json", [], ["pure.mts", "pure.cts"]);
  const esm = entries.map((entry) => `await import(${JSON.stringify(entry)});`);
  const cjs = entries.map((entry) => `require(${JSON.stringify(entry)});`);
  writeFileSync(join(folder, "esm.mjs"), `${esm.join("\n")}\n`);
  writeFileSync(join(folder, "cjs.cjs"), `${cjs.join("\n")}\n`);
  const bgp = JSON.stringify(entries.find((entry) => entry.endsWith("/bgp/node")));
  writeFileSync(join(folder, "thread.mjs"), `import { startPeerThread } from ${bgp};\n${inThread}`);
  writeFileSync(join(folder, "thread.cjs"), `const { startPeerThread } = require(${bgp});\n${inThread}`);
}

/** Installs the tarballs in a blank project; imports, requires and compiles against every entry point. */
export async function blankProject(packed) {
  const folder = join(packed.folder, "blank");
  mkdirSync(folder);
  const root = readJson("package.json");
  const manifest = { name: "blank", private: true, version: "1.0.0" };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const typesForNode = `@types/node@${root.devDependencies["@types/node"]}`;
  const flags = ["--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--loglevel=error"];
  const installed = await npm(["install", ...flags, typesForNode, ...packed.tarballs], { cwd: folder });
  if (installed.status !== 0) return [installed.output];

  const problems = [];
  for (const { name, manifest } of publicPackages()) {
    const dir = join(folder, "node_modules", manifest.name);
    for (const file of ["README.md", "LICENSE", "src/index.ts"]) {
      if (!existsSync(join(dir, file))) problems.push(`${name}: no ${file} in the tarball`);
    }
    if (existsSync(join(dir, "test"))) problems.push(`${name}: tests in the tarball`);
  }
  writeConsumers(folder);
  const node = (script) => run(process.execPath, [script], { cwd: folder });
  const tsc = (project) => tool("tsc", ["-p", join(folder, project), "--pretty", "false"], { cwd: folder });
  const steps = {
    "import (ESM)": () => node("esm.mjs"),
    "require (CJS)": () => node("cjs.cjs"),
    "a thread (ESM)": () => node("thread.mjs"),
    "a thread (CJS)": () => node("thread.cjs"),
    "types with Node.js": () => tsc("tsconfig.json"),
    "types without Node.js": () => tsc("tsconfig.pure.json"),
  };
  for (const [name, step] of Object.entries(steps)) {
    const { status, output } = await step();
    if (status !== 0) problems.push(`${name}:\n${output}`);
  }
  return problems;
}
