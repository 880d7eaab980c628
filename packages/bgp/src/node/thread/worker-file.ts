import { createRequire } from "node:module";
import type { WorkerOptions } from "node:worker_threads";

/** What `new Worker` gets. */
export interface WorkerFile {
  readonly file: string | URL;
  readonly options: WorkerOptions;
}

/** A thread reads TypeScript only through a loader of its own. */
const LOADER = "tsx/esm/api";

/** The sources, as this repository runs them: published packages are built. */
function fromSources(own: string): WorkerFile {
  const [loader, worker] = [LOADER, new URL("../worker.ts", own).href].map((text) => JSON.stringify(text));
  const file = `import(${loader}).then(({ register }) => { register(); return import(${worker}); });`;
  return { file, options: { eval: true, execArgv: ["--conditions=vipkit:source"] } };
}

/** The package finds its worker by its own name, wherever a build has put the code that asks. */
export function workerFile(wanted: string | URL | undefined): WorkerFile {
  if (wanted !== undefined) return { file: wanted, options: {} };
  const own = import.meta.url;
  if (own.endsWith(".ts")) return fromSources(own);
  return { file: createRequire(own).resolve("@vipkit/bgp/node/worker"), options: {} };
}
