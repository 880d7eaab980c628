import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** mdlayher's package in the version that is measured: its newest. */
export const MDLAYHER_VERSION = "v0.0.0-20220512170110-6706a2966875";

/** Two namespaces with one cable between them: whoever answers is in the first, who asks in the second. */
export interface Segment {
  readonly answering: string;
  readonly asking: string;
  /** The interface's name at either end. */
  readonly interfaceName: string;
  /** Gives the answering end addresses of the kernel's own. */
  addKernelAddresses(addresses: readonly string[]): void;
  flushKernelAddresses(): void;
  close(): void;
}

function ip(...words: string[]): void {
  execFileSync("ip", words, { stdio: "pipe" });
}

/** Needs root on Linux. */
export function createSegment(): Segment {
  const id = `vk${process.pid.toString(36)}`;
  const [answering, asking] = [`${id}-a`, `${id}-b`];
  const close = (): void => {
    for (const namespace of [answering, asking]) {
      try {
        ip("netns", "del", namespace);
      } catch {
        // Gone already.
      }
    }
  };
  process.once("exit", close);
  ip("netns", "add", answering);
  ip("netns", "add", asking);
  ip("link", "add", "eth0", "netns", answering, "type", "veth", "peer", "name", "eth0", "netns", asking);
  for (const namespace of [answering, asking]) ip("-n", namespace, "link", "set", "eth0", "up");
  // mdlayher's package does not open an interface without an address.
  const flush = (): void => {
    ip("-n", answering, "addr", "flush", "dev", "eth0", "scope", "global");
    ip("-n", answering, "addr", "add", "10.9.254.1/16", "dev", "eth0");
  };
  flush();
  return {
    answering,
    asking,
    interfaceName: "eth0",
    addKernelAddresses: (addresses) => {
      for (const address of addresses) ip("-n", answering, "addr", "add", `${address}/16`, "dev", "eth0");
    },
    flushKernelAddresses: flush,
    close: () => {
      process.off("exit", close);
      close();
    },
  };
}

/** The programs that are built from our few lines of Go. */
export interface GoPrograms {
  readonly generator: string;
  /** Undefined when the module cannot be had. */
  readonly mdlayher: string | undefined;
  remove(): void;
}

/** Builds in a throw-away folder. @throws when the generator does not build */
export function buildGoPrograms(go: string): GoPrograms {
  const folder = mkdtempSync(join(tmpdir(), "vipkit-responder-"));
  const build = (name: string, modules: readonly string[]): string => {
    const cwd = join(folder, name);
    mkdirSync(cwd);
    writeFileSync(join(cwd, "go.mod"), `module ${name}\n\ngo 1.21\n`);
    writeFileSync(join(cwd, "main.go"), readFileSync(new URL(`${name}/main.go`, import.meta.url)));
    for (const module of modules) execFileSync(go, ["get", module], { cwd, stdio: "pipe", timeout: 180_000 });
    execFileSync(go, ["build", "-o", "program", "."], { cwd, stdio: "pipe", timeout: 180_000 });
    return join(cwd, "program");
  };
  const generator = build("generator", []);
  let mdlayher: string | undefined;
  try {
    mdlayher = build("mdlayher", [`github.com/mdlayher/arp@${MDLAYHER_VERSION}`]);
  } catch {
    mdlayher = undefined;
  }
  return { generator, mdlayher, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
