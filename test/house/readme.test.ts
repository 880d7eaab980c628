import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const packages = readdirSync("packages").sort();
const readmeOf = (name: string): string => readFileSync(join("packages", name, "README.md"), "utf8");
const exampleOf = (name: string): string | undefined => /^```ts\n([\s\S]*?)^```/m.exec(readmeOf(name))?.[1];
const promised = (code: string): string[] => [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, text]) => text!.trim());

/** What the compiler says about a package's example, read as a file in that package's folder. */
function compile(name: string, code: string): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    "tsconfig.json",
    { noUnusedLocals: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: () => undefined,
    },
  );
  const options = config?.options ?? {};
  const path = resolve("packages", name, "readme-example.ts");
  const host = ts.createCompilerHost(options);
  const onDisk = ts.createCompilerHost(options);
  host.fileExists = (file) => resolve(file) === path || onDisk.fileExists(file);
  host.getSourceFile = (file, language) =>
    resolve(file) === path ? ts.createSourceFile(file, code, language) : onDisk.getSourceFile(file, language);
  const program = ts.createProgram([path], options, host);
  const source = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ start, messageText }) => {
      const line = source === undefined ? 0 : source.getLineAndCharacterOfPosition(start ?? 0).line + 1;
      return `example line ${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    },
  );
}

describe.each(packages)("the README of %s", (name) => {
  const code = exampleOf(name);

  test("has an install line, an example of about ten lines, and what it is not", () => {
    const text = readmeOf(name);
    expect(text).toContain("npm install @vipkit/");
    expect(text).toMatch(/^## What it is not$/m);
    expect(code, `packages/${name}/README.md has no \`\`\`ts block that shows what the package does`).toBeDefined();
    expect(code?.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(16);
  });

  // A README without an example fails above, once.
  if (code === undefined) return;

  test("has an example that compiles", () => {
    expect(compile(name, code)).toEqual([]);
  });

  test("has an example that runs and prints what it says", () => {
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    const flags = ["--import", "tsx", "--conditions=vipkit:source", "--input-type=module", "-"];
    const { status, stdout, stderr } = spawnSync(process.execPath, flags, {
      cwd: resolve("packages", name),
      input: outputText,
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(promised(code).length, "an example says what it prints, in comments: // => text").toBeGreaterThan(0);
    expect(stdout.trimEnd().split("\n")).toEqual(promised(code));
  });
});
