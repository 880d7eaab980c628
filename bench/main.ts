/** `npm run -s bench -- [NAME ...] [--json]`: measures, and prints a table or one JSON line per case. */
import { cases } from "./cases.js";
import { ratioOf, type BenchContext, type BenchResult } from "./report.js";

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function jsonLine(result: BenchResult): string {
  const ratio = ratioOf(result);
  const peerValue = result.peerValue === undefined ? {} : { peerValue: rounded(result.peerValue) };
  return JSON.stringify({
    ...result,
    value: rounded(result.value),
    ...peerValue,
    ...(ratio === undefined ? {} : { ratio: rounded(ratio) }),
  });
}

function tableLine(result: BenchResult): string {
  const ours = `${rounded(result.value)} ${result.unit}`;
  const ratio = ratioOf(result);
  const peer =
    result.peer === undefined || result.peerValue === undefined || ratio === undefined
      ? ""
      : `${rounded(result.peerValue)} ${result.unit}  ${result.peer} ${result.peerVersion ?? ""}`.padEnd(44) +
        `x${rounded(ratio)}`;
  return `${result.bench.padEnd(13)}${result.case.padEnd(52)}${ours.padStart(16)}   ${peer}`.trimEnd();
}

async function main(words: readonly string[]): Promise<number> {
  const json = words.includes("--json");
  const names = words.filter((word) => !word.startsWith("--"));
  const unknown = names.filter((name) => cases[name] === undefined);
  if (unknown.length > 0 || words.includes("--help")) {
    const said = unknown.length > 0 ? `unknown: ${unknown.join(", ")}\n` : "";
    process.stderr.write(
      `${said}usage: npm run -s bench -- [NAME ...] [--json]\nnames: ${Object.keys(cases).join(", ")}\n`,
    );
    return unknown.length > 0 ? 2 : 0;
  }
  const context: BenchContext = {
    report: (result) => process.stdout.write(`${json ? jsonLine(result) : tableLine(result)}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
  };
  for (const name of names.length > 0 ? names : Object.keys(cases)) {
    const { bench } = await cases[name]!();
    await bench(context);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
