import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@vipkit/test-support";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSources, watchSources, type Source } from "../src/node/sources.js";
import { readJsonFile, statusWriter, writeJsonFile } from "../src/node/status-file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vipkit-test-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("sources", () => {
  it("are all YAML and JSON files of a folder, by name, or the one file", async () => {
    await writeFile(join(folder, "b.yml"), "b");
    await writeFile(join(folder, "a.yaml"), "a");
    await writeFile(join(folder, "note.txt"), "no");
    await writeFile(join(folder, ".hidden.yaml"), "no");
    expect((await readSources(folder)).map(({ text }) => text)).toEqual(["a", "b"]);
    expect(await readSources(join(folder, "b.yml"))).toEqual([{ path: join(folder, "b.yml"), text: "b" }]);
    await expect(readSources(join(folder, "none.yaml"))).rejects.toThrow("ENOENT");
  });

  it("are read again when a file changes, comes, goes or is replaced; a missing path is told once", async () => {
    const seen: string[] = [];
    const failures: string[] = [];
    const path = join(folder, "config");
    const stop = watchSources(
      path,
      (sources: readonly Source[]) => seen.push(sources.map(({ text }) => text).join("+")),
      (error) => failures.push(error.message),
    );
    try {
      await until(() => failures.length === 1, { what: "the complaint about the missing folder" });
      await mkdir(path);
      await writeFile(join(path, "a.yaml"), "one");
      await until(() => seen.at(-1) === "one", { what: "the first reading" });
      await writeFile(join(path, "a.yaml"), "two");
      await until(() => seen.at(-1) === "two", { what: "the change" });
      await writeFile(join(path, "b.yaml.new"), "b");
      await rename(join(path, "b.yaml.new"), join(path, "b.yaml"));
      await until(() => seen.at(-1) === "two+b", { what: "the new file" });
      await rm(join(path, "a.yaml"));
      await until(() => seen.at(-1) === "b", { what: "the removal" });
      expect(failures).toHaveLength(1);
    } finally {
      stop();
    }
  });
});

describe("the status file", () => {
  it("is written as a whole and read back; nothing stays beside it", async () => {
    const path = join(folder, "status.json");
    expect(await readJsonFile(path)).toBeUndefined();
    await writeJsonFile(path, { a: 1 });
    expect(await readJsonFile(path)).toEqual({ a: 1 });
    expect(await readdir(folder)).toEqual(["status.json"]);
    await writeFile(path, "{ half");
    await expect(readJsonFile(path)).rejects.toThrow(SyntaxError);
  });

  it("holds the newest value after a burst", async () => {
    const path = join(folder, "status.json");
    const writer = statusWriter(path, (error) => expect.unreachable(error.message));
    for (let i = 0; i < 100; i += 1) writer.write({ i });
    await writer.flush();
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ i: 99 });
    expect(await readdir(folder)).toEqual(["status.json"]);
  });

  it("tells of a disk that refuses", async () => {
    const failures: string[] = [];
    const writer = statusWriter(join(folder, "no", "status.json"), (error) => failures.push(error.message));
    writer.write({});
    await writer.flush();
    expect(failures).toEqual([expect.stringContaining("ENOENT")]);
  });
});
