import { readFileSync, writeFileSync } from "node:fs";
import { basename, isAbsolute } from "node:path";
import { defineConfig, type Options } from "tsup";

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
}

/** The entry points of the package in the current directory: whatever its `exports` give a source for. */
function entries(): Record<string, string> {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const found: Record<string, string> = {};
  for (const target of Object.values(manifest.exports)) {
    const source = typeof target === "string" ? undefined : target["vipkit:source"];
    if (typeof source === "string") found[source.replace(/^\.\/src\//, "").replace(/\.ts$/, "")] = source;
  }
  return found;
}

interface SourceMap {
  readonly file?: string;
  readonly sources: readonly string[];
}

/** CommonJS chunks are made from ESM ones, and their maps would name the folder of whoever has built them. */
function withoutAbsolutePaths(map: SourceMap): SourceMap {
  const relative = (path: string): string => (isAbsolute(path) ? basename(path) : path);
  return { ...map, file: relative(map.file ?? ""), sources: map.sources.map(relative) };
}

const cleanMaps: NonNullable<Options["plugins"]>[number] = {
  name: "clean-maps",
  buildEnd({ writtenFiles }) {
    for (const { name } of writtenFiles) {
      if (!name.endsWith(".cjs.map")) continue;
      const map = JSON.parse(readFileSync(name, "utf8")) as SourceMap;
      writeFileSync(name, JSON.stringify(withoutAbsolutePaths(map)));
    }
  },
};

const shared: Options = {
  target: "es2022",
  platform: "neutral",
  sourcemap: true,
  clean: true,
  treeshake: false,
  splitting: true,
  silent: true,
};

/** How every published package is built: ESM, CommonJS and types for each entry point, nothing inlined. */
export function library(more: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    ...shared,
    ...more,
    entry: entries(),
    format: ["esm", "cjs"],
    external: [/^node:/],
    plugins: [cleanMaps],
    // tsup sets baseUrl, which TypeScript 6 calls deprecated; node/ entry points need Node.js types.
    dts: { compilerOptions: { ignoreDeprecations: "6.0", types: ["node"] } },
  });
}

/** How an example program is built: one ESM file, its dependencies left outside. */
export function program(entry: Record<string, string>): ReturnType<typeof defineConfig> {
  return defineConfig({ ...shared, entry, format: ["esm"], platform: "node", target: "node20" });
}
