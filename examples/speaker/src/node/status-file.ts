import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";

/** Reads JSON that an earlier run has left; undefined when there is none. Rejects when the file is not JSON. */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes the whole file or nothing: to a file beside it, onto the disk, then under its name. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(beside, "wx", 0o644);
    try {
      await file.writeFile(`${JSON.stringify(value, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Writes the newest value; values that come while one is being written replace each other. */
export function statusWriter(
  path: string,
  failed: (error: Error) => void,
): { write(value: unknown): void; flush(): Promise<void> } {
  let waiting: { readonly value: unknown } | undefined;
  let running: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    for (let next = waiting; next !== undefined; next = waiting) {
      waiting = undefined;
      try {
        await writeJsonFile(path, next.value);
      } catch (error) {
        failed(error as Error);
      }
    }
    running = undefined;
  };
  return {
    write: (value) => {
      waiting = { value };
      running ??= work();
    },
    flush: async () => {
      await running;
    },
  };
}
