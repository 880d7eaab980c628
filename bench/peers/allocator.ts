import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCommand } from "@vipkit/test-support";

/** Nanoseconds a call, by case. */
export interface AllocatorPeer {
  readonly name: string;
  readonly version: string;
  readonly nanoseconds: Readonly<Record<string, number>>;
}

/** The first build compiles a few hundred packages. */
const LONGEST_MS = 1_200_000;

const sources = dirname(fileURLToPath(import.meta.url));

function run(command: string, args: readonly string[], cwd: string): string {
  // Throw-away modules: what they need may differ from what their authors wrote down, and nothing of it is kept.
  const env = { ...process.env, GOFLAGS: "-mod=mod", GOSUMDB: "off", CGO_ENABLED: "0" };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: LONGEST_MS });
  if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1) ?? "failed");
  return stdout;
}

/** MetalLB's allocator is internal to its module, so our lines go into a copy of it. One of its requirements is not obtainable. */
function buildMetallb(go: string, folder: string): void {
  const module = "go.universe.tf/metallb@v0.16.2";
  const { Dir } = JSON.parse(run(go, ["mod", "download", "-json", module], tmpdir())) as { readonly Dir: string };
  cpSync(Dir, folder, { recursive: true });
  run("chmod", ["-R", "u+w", folder], tmpdir());
  run(go, ["mod", "edit", "-replace", "github.com/metallb/frr-k8s=github.com/metallb/frr-k8s@v0.0.26"], folder);
  mkdirSync(join(folder, "peer"));
  copyFileSync(join(sources, "allocator-metallb", "main.go"), join(folder, "peer", "main.go"));
  run(go, ["build", "-o", "bench", "./peer"], folder);
}

function buildCilium(go: string, folder: string): void {
  writeFileSync(join(folder, "go.mod"), "module peer\n\ngo 1.24\n\nrequire github.com/cilium/cilium v1.18.4\n");
  copyFileSync(join(sources, "allocator-cilium", "main.go"), join(folder, "main.go"));
  run(go, ["build", "-o", "bench", "."], folder);
}

const PEERS = [
  { name: "MetalLB allocator", version: "v0.16.2", build: buildMetallb },
  { name: "Cilium ipalloc", version: "v1.18.4", build: buildCilium },
];

/** Builds and measures the Go peers; one that cannot be built is named, with how to get it, and left out. */
export function allocatorPeers(note: (text: string) => void): readonly AllocatorPeer[] {
  const go = findCommand("go");
  if (go === undefined) {
    note(`peers ${PEERS.map(({ name }) => name).join(" and ")}: need Go (https://go.dev/dl)`);
    return [];
  }
  return PEERS.flatMap(({ name, version, build }) => {
    const folder = mkdtempSync(join(tmpdir(), "vipkit-peer-"));
    try {
      note(`building ${name} ${version}`);
      build(go, folder);
      return [
        { name, version, nanoseconds: JSON.parse(run(join(folder, "bench"), [], folder)) as Record<string, number> },
      ];
    } catch (error) {
      note(`peer ${name} ${version}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
