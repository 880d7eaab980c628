import { once } from "node:events";
import { createInterface } from "node:readline";
import { kinds } from "./kinds.js";

/** What a line of input was answered with when it could not be handled. */
function failure(error: unknown): { error: { code: string; message: string } } {
  const code = (error as { code?: unknown } | null)?.code;
  return {
    error: {
      code: typeof code === "string" ? code : error instanceof SyntaxError ? "not_json" : "failed",
      message: error instanceof Error ? error.message : String(error),
    },
  };
}

/** A line of input is one JSON object. */
function readLine(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw Object.assign(new TypeError("a line is one JSON object"), { code: "not_object" });
}

/** Text for JSON: numbers that JSON cannot carry exactly are decimal strings. */
function toLine(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));
}

const [name] = process.argv.slice(2);
const load = name === undefined ? undefined : kinds[name];
if (load === undefined) {
  console.error(`usage: conform KIND < lines.jsonl\nkinds: ${Object.keys(kinds).sort().join(", ")}`);
  process.exit(2);
}

const answer = await load();
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let result: unknown;
  try {
    result = await answer(readLine(line));
  } catch (error) {
    result = failure(error);
  }
  if (!process.stdout.write(`${toLine(result)}\n`)) await once(process.stdout, "drain");
}
