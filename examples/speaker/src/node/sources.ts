import { watch, type FSWatcher } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** One file of the configuration. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const YAML_NAME = /\.(ya?ml|json)$/i;
const MAX_FILE_OCTETS = 16 * 1024 * 1024;
/** An editor saves in several steps; one reading after them is enough. */
const QUIET_MS = 50;
/** Network file systems tell nobody of changes. */
const LOOK_AGAIN_MS = 5000;
/** What is missing now is often there in a moment. */
const TRY_AGAIN_MS = 500;

/** Reads a file, or all files of a folder that end in .yaml, .yml or .json, by name. Rejects with the reason of the system. */
export async function readSources(path: string): Promise<Source[]> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder
    ? (await readdir(path)).filter((name) => YAML_NAME.test(name) && !name.startsWith(".")).sort()
    : [];
  const paths = isFolder ? names.map((name) => join(path, name)) : [path];
  return Promise.all(
    paths.map(async (file) => {
      const { size } = await stat(file);
      if (size > MAX_FILE_OCTETS)
        throw new RangeError(`${file} has ${size} octets, at most ${MAX_FILE_OCTETS} are read`);
      return { path: file, text: await readFile(file, "utf8") };
    }),
  );
}

/**
 * Reads now and again after every change, and hands over what is there whenever it differs from before. A reading that fails
 * (a file replaced at that moment, a folder that is gone) is told to `failed` once, and tried again.
 */
export function watchSources(
  path: string,
  changed: (sources: readonly Source[]) => void,
  failed: (error: Error) => void,
): () => void {
  let last: string | undefined;
  let stopped = false;
  let reading = false;
  let pending: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  const lookIn = (delayMs: number): void => {
    clearTimeout(pending);
    if (!stopped) pending = setTimeout(() => void look(), delayMs);
  };
  const look = async (): Promise<void> => {
    if (reading) {
      lookIn(QUIET_MS);
      return;
    }
    reading = true;
    lookIn(LOOK_AGAIN_MS);
    watchPath();
    const found = await readSources(path).catch((error: unknown) => error as Error);
    reading = false;
    const now = found instanceof Error ? String(found) : JSON.stringify(found);
    if (found instanceof Error) {
      watcher?.close();
      watcher = undefined;
      lookIn(TRY_AGAIN_MS);
    }
    if (stopped || now === last) return;
    last = now;
    if (found instanceof Error) failed(found);
    else changed(found);
  };
  const watchPath = (): void => {
    if (watcher !== undefined) return;
    // A file is replaced rather than written by most editors, so its folder is what has to be watched.
    const start = (folder: string, only?: string): FSWatcher =>
      watch(folder, (_event, name) => {
        if (only === undefined || name === null || name === only || name.startsWith("..")) lookIn(QUIET_MS);
      });
    void stat(path).then(
      (found) => {
        if (stopped) return;
        watcher = found.isDirectory() ? start(path) : start(dirname(path), basename(path));
        watcher.on("error", () => {
          watcher?.close();
          watcher = undefined;
        });
      },
      () => undefined,
    );
  };

  void look();
  return () => {
    stopped = true;
    clearTimeout(pending);
    watcher?.close();
  };
}
