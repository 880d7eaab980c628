import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCommand } from "@vipkit/test-support";

/** Nanoseconds per message, by the name of the case. */
export interface CodecPeer {
  readonly name: string;
  readonly version: string;
  readonly decode: Readonly<Record<string, number>>;
  /** With every value read; decoders that always do so have the same figures as under `decode`. */
  readonly read: Readonly<Record<string, number>>;
  readonly encode: Readonly<Record<string, number>>;
}

interface Line {
  readonly peer?: string;
  readonly name: string;
  readonly version?: string;
  readonly decode?: number;
  readonly read?: number;
  readonly encode?: number;
}

const sources = dirname(fileURLToPath(import.meta.url));
/** Builds are kept outside the repository: the first one compiles a few hundred packages. */
const cache = join(tmpdir(), "vipkit-bgp-codec-peers");
const LONGEST_MS = 1_200_000;

const GOBGP = "v4.8.0";

function run(command: string, args: readonly string[], cwd: string, input = ""): string {
  const options = { cwd, input, encoding: "utf8", timeout: LONGEST_MS, maxBuffer: 1 << 26 } as const;
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1) ?? "failed");
  return stdout;
}

function lines(text: string): Line[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
}

function peerOf(name: string, version: string, found: readonly Line[], readsAll: boolean): CodecPeer {
  const figures = (key: "decode" | "read" | "encode"): Record<string, number> =>
    Object.fromEntries(found.flatMap((line) => (line[key] === undefined ? [] : [[line.name, line[key]]])));
  const decode = figures("decode");
  return { name, version, decode, read: readsAll ? decode : figures("read"), encode: figures("encode") };
}

/** Builds the program around GoBGP's packet package and answers where it is. @throws Error when it cannot be built */
export function buildGobgpPeer(go: string): string {
  const folder = join(cache, "go");
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(sources, "bgp-codec-go", "main.go"), join(folder, "main.go"));
  writeFileSync(join(folder, "go.mod"), `module peer\n\ngo 1.24\n\nrequire github.com/osrg/gobgp/v4 ${GOBGP}\n`);
  run(go, ["build", "-mod=mod", "-o", "peer", "."], folder);
  return join(folder, "peer");
}

function gobgp(input: string): CodecPeer[] {
  const go = findCommand("go");
  if (go === undefined) throw new Error("needs Go (https://go.dev/dl)");
  return [peerOf("GoBGP packet", GOBGP, lines(run(buildGobgpPeer(go), [], cache, input)), true)];
}

function rust(input: string): CodecPeer[] {
  const cargo = findCommand("cargo");
  if (cargo === undefined) throw new Error("needs Rust (https://rustup.rs)");
  const folder = join(cache, "rust");
  mkdirSync(join(folder, "src"), { recursive: true });
  for (const file of ["Cargo.toml", join("src", "main.rs")]) {
    copyFileSync(join(sources, "bgp-codec-rust", file), join(folder, file));
  }
  run(cargo, ["build", "--release", "--quiet"], folder);
  const found = lines(run(join(folder, "target", "release", "bgp-codec-peer"), [], cache, input));
  const of = (peer: string): Line[] => found.filter((line) => line.peer === peer);
  return [
    peerOf("bgpkit-parser", "0.23.0", of("bgpkit-parser"), true),
    peerOf("routecore", "0.7.2", of("routecore"), false),
  ];
}

function python(which: "scapy" | "exabgp", input: string): CodecPeer[] {
  // Debian's modules belong to Debian's Python.
  const found = lines(run("/usr/bin/python3", [join(sources, "bgp-codec.py"), which], cache, input));
  const version = found[0]?.version;
  if (version === undefined) throw new Error(`needs the Debian package python3-${which}`);
  return [peerOf(which === "scapy" ? "scapy" : "ExaBGP", version, found, true)];
}

/**
 * Builds and measures the peers on the same messages. One that cannot be built is named, with how to get it, and left out.
 * @param messages hexadecimal messages by case
 */
export function codecPeers(
  messages: Readonly<Record<string, readonly string[]>>,
  note: (text: string) => void,
): readonly CodecPeer[] {
  mkdirSync(cache, { recursive: true });
  const input = `${Object.entries(messages)
    .map(([name, list]) => [name, ...list].join(" "))
    .join("\n")}\n`;
  const peers: Readonly<Record<string, () => CodecPeer[]>> = {
    "github.com/osrg/gobgp/v4": () => gobgp(input),
    "bgpkit-parser and routecore": () => rust(input),
    scapy: () => python("scapy", input),
    ExaBGP: () => python("exabgp", input),
  };
  return Object.entries(peers).flatMap(([name, measure]) => {
    try {
      return measure();
    } catch (error) {
      note(`peer ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}
