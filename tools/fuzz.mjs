/**
 * A coverage-guided fuzzer. usage: node tools/fuzz.mjs [--seconds N] [--seed N] [TARGET ...]
 * `seconds` are those of the processor, for each target.
 *
 * It runs an instrumented copy of the packages, keeps every input that reaches a branch oftener than any before it, and goes
 * on from these. Inputs worth keeping are saved in tools/corpus, one in hexadecimal a line; what was found wrong is printed
 * and ends the run with status 1.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { targets } from "./fuzz-targets.mjs";
import { instrument } from "./instrument.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MAX_OCTETS = 2048;
const SLOW_MS = 50;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});

function numbers(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");

/** How often a counter was passed, in the steps that count as news. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, hits) =>
  hits === 0 ? 0 : hits < 4 ? 1 << (hits - 1) : hits < 8 ? 8 : hits < 16 ? 16 : hits < 32 ? 32 : hits < 128 ? 64 : 128,
);

/** Time that counts also where others use the processor. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function splice(bytes, at, removed, added) {
  const out = new Uint8Array(bytes.length - removed + added.length);
  out.set(bytes.subarray(0, at));
  out.set(added, at);
  out.set(bytes.subarray(at + removed), at + added.length);
  return out;
}

function mutators(below, words, pick) {
  const octet = () => [0, 1, 7, 8, 0x7f, 0x80, 0xff, below(256)][below(8)];
  return [
    (b) => ((b[below(b.length)] = octet()), b),
    (b) => ((b[below(b.length)] ^= 1 << below(8)), b),
    (b) => ((b[below(b.length)] += below(9) - 4), b),
    (b) => splice(b, below(b.length), 0, words[below(words.length)]),
    (b) => {
      const word = words[below(words.length)];
      const at = below(b.length);
      return splice(b, at, Math.min(word.length, b.length - at), word);
    },
    (b) => b.slice(0, 1 + below(b.length)),
    (b) => splice(b, below(b.length), 0, Uint8Array.from({ length: 1 + below(16) }, octet)),
    (b) => {
      const at = below(b.length);
      return splice(b, at, 0, b.slice(at, at + 1 + below(40)));
    },
    (b) => {
      const at = below(b.length);
      return splice(b, at, Math.min(b.length - at, 1 + below(16)), new Uint8Array(0));
    },
    (b) => {
      const other = pick();
      const at = below(Math.min(b.length, other.length));
      return splice(b, at, b.length - at, other.subarray(at));
    },
  ];
}

async function load(names, folder) {
  const loaded = {};
  for (const name of names) loaded[name] = await import(pathToFileURL(join(folder, name, "index.js")).href);
  return loaded;
}

function finding(name, bytes, reason) {
  console.error(`${name}: ${reason}\n${toHex(bytes)}`);
  process.exitCode = 1;
}

/** Runs one input; returns what is wrong with the run, if anything. */
function attempt(target, lib, bytes) {
  const start = performance.now();
  try {
    target.run(lib, bytes);
  } catch (error) {
    if (error?.name !== "DecodeError") return String(error?.stack ?? error);
  }
  return performance.now() - start > SLOW_MS && isSlow(target, lib, bytes) ? "slow" : undefined;
}

/** Whether the run took its time, or the machine did: the quickest of five counts. */
function isSlow(target, lib, bytes) {
  const took = Array.from({ length: 5 }, () => {
    const start = cpuSeconds();
    try {
      target.run(lib, bytes);
    } catch {
      // What it throws has been looked at.
    }
    return (cpuSeconds() - start) * 1000;
  });
  return Math.min(...took) > SLOW_MS;
}

/** Inputs that reach everything the corpus reaches, the shortest first. */
function essential(target, lib, corpus, hits) {
  const seen = new Uint8Array(hits.length);
  return corpus
    .toSorted((a, b) => a.length - b.length)
    .filter((bytes) => {
      hits.fill(0);
      attempt(target, lib, bytes);
      let news = false;
      for (let i = 0; i < hits.length; i += 1) {
        if (hits[i] > 0 && seen[i] === 0) {
          seen[i] = 1;
          news = true;
        }
      }
      return news;
    });
}

function fuzz(name, target, lib, hits, seconds, below) {
  const file = join(ROOT, "tools", "corpus", `${name}.txt`);
  const saved = existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => /^[0-9a-f]+$/.test(line))
    : [];
  const corpus = [];
  const seen = new Uint8Array(hits.length);
  let runs = 0;
  let findings = 0;
  const look = (bytes) => {
    hits.fill(0);
    const wrong = attempt(target, lib, bytes);
    runs += 1;
    if (wrong !== undefined) {
      findings += 1;
      finding(name, bytes, wrong);
    }
    let news = false;
    for (let i = 0; i < hits.length; i += 1) {
      if (hits[i] === 0) continue;
      const bucket = BUCKETS[hits[i]];
      if ((seen[i] & bucket) === 0) {
        seen[i] |= bucket;
        news = true;
      }
    }
    if (news) corpus.push(bytes);
  };
  for (const hex of [...target.seeds, ...saved]) {
    const bytes = fromHex(hex);
    look(bytes.slice());
    target.repair?.(lib, bytes);
    look(bytes);
  }
  const pick = () => corpus[below(corpus.length)];
  const change = mutators(below, target.words.map(fromHex), pick);
  const end = cpuSeconds() + seconds;
  while (cpuSeconds() < end && findings < 10) {
    for (let burst = 0; burst < 256; burst += 1) {
      let bytes = pick().slice();
      for (let i = below(5); i >= 0 && bytes.length > 0; i -= 1) bytes = change[below(change.length)](bytes);
      if (bytes.length === 0 || bytes.length > MAX_OCTETS) continue;
      if (below(8) > 0) target.repair?.(lib, bytes);
      look(bytes);
    }
  }
  const kept = essential(target, lib, corpus, hits);
  const reached = seen.reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0);
  writeFileSync(file, `${kept.map(toHex).join("\n")}\n`);
  console.log(`${name}: ${runs} runs, ${reached} branches reached, ${kept.length} inputs kept, ${findings} findings`);
}

const names = positionals.length > 0 ? positionals : Object.keys(targets);
const unknown = names.filter((name) => targets[name] === undefined);
if (unknown.length > 0) {
  console.error(`there is no target ${unknown.join(", ")}; there are: ${Object.keys(targets).join(", ")}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "vipkit-fuzz-"));
try {
  const packages = [...new Set(names.flatMap((name) => targets[name].packages))];
  const hits = new Uint8Array(instrument(ROOT, packages, folder));
  globalThis.__hits = hits;
  const entries = names.flatMap((name) => targets[name].entries ?? []);
  const lib = await load([...packages, ...entries], folder);
  console.log(`seed ${values.seed}, ${hits.length} branches in ${packages.join(", ")}`);
  for (const name of names)
    fuzz(name, targets[name], lib, hits, Number(values.seconds), numbers(Number(values.seed) | 1));
} finally {
  rmSync(folder, { recursive: true });
}
