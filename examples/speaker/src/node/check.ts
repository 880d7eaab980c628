import { formatMistake, nodeObject, readCluster, readConfig, readDocuments, type Mistake } from "@vipkit/k8s-adapter";
import { readSources } from "./sources.js";

/** Reads the configuration, prints every mistake in it, and resolves with the exit status. */
export async function check(path: string, json: boolean): Promise<number> {
  const { objects, mistakes } = readDocuments(await readSources(path));
  const hasNodes = objects.some(({ kind }) => kind === "Node");
  const read = readConfig(hasNodes ? objects : [...objects, nodeObject("this-node", {})]);
  const cluster = readCluster(objects);
  const all: Mistake[] = [...mistakes, ...read.mistakes, ...cluster.mistakes];
  const errors = all.filter(({ severity }) => severity === "error").length;
  if (json) process.stdout.write(`${JSON.stringify({ ok: errors === 0, mistakes: all })}\n`);
  else {
    for (const mistake of all) process.stdout.write(`${formatMistake(mistake)}\n`);
    const found = read.ok ? [count(read.config.pools.size, "pool"), count(read.config.peers.size, "peer")] : [];
    const summary = [...found, count(cluster.services.length, "service")].join(", ");
    process.stdout.write(errors === 0 ? `ok: ${summary}\n` : `${count(errors, "mistake")}\n`);
  }
  return errors === 0 ? 0 : 1;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
