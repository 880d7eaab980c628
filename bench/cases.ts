import type { Bench } from "./report.js";

/** The benchmarks by name, each loaded when it is asked for. */
export const cases: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {};
