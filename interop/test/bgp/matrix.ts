import { DAEMONS } from "./daemons.js";
import { FEATURES } from "./features.js";

function cells(): string[][] {
  const notes: string[] = [];
  const noteOf = (reason: string): string => {
    if (!notes.includes(reason)) notes.push(reason);
    return `no (${notes.indexOf(reason) + 1})`;
  };
  const rows = FEATURES.map(({ name, title }) => [
    title,
    ...DAEMONS.map(({ cannot }) => (cannot[name] === undefined ? "yes" : noteOf(cannot[name].reason))),
  ]);
  return [...rows, notes];
}

/** The table of daemons as Markdown: `yes` is a test, and everything else a reason. */
export function matrixMarkdown(): string {
  const all = cells();
  const notes = all.pop()!;
  const head = ["", ...DAEMONS.map(({ name }) => name)];
  const widths = head.map((_, at) => Math.max(3, ...[head, ...all].map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [
    "# What has been tried with which daemon",
    "",
    "Each `yes` is a test of `interop/test/bgp`, run against the daemon in network namespaces. This table is made by them.",
    "",
    line(head),
    line(widths.map((width) => "-".repeat(width))),
    ...all.map(line),
    "",
    ...notes.map((reason, at) => `${at + 1}. ${reason}`),
    "",
  ].join("\n");
}
