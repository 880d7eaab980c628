import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Daemons live where an ordinary user's PATH does not look. */
const alsoIn = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/frr", "/usr/local/go/bin"];

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

/** The full path of a command, or undefined when it is not installed. */
export function findCommand(name: string): string | undefined {
  for (const folder of [...(process.env.PATH ?? "").split(delimiter), ...alsoIn]) {
    if (folder === "") continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** The effective user is root. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** This process may create network namespaces (root in a locked-down container may not). */
export const hasNetworkNamespaces: () => boolean = once(
  () => process.platform === "linux" && isRoot() && spawnSync("unshare", ["--net", "true"]).status === 0,
);

/** The kernel can make interfaces of this kind, as `ip link add ... type KIND` names them. */
export function hasLinkKind(kind: string): boolean {
  if (!hasNetworkNamespaces()) return false;
  const { stderr } = spawnSync("unshare", ["--net", "ip", "link", "add", "vk0", "type", kind], { encoding: "utf8" });
  // A kind that it knows may still want more words than these; the namespace is gone with the command.
  return !/Unknown device type|Operation not supported/.test(stderr);
}

/** The first Python 3 that can import the module: that of the PATH, or the system's, where Debian puts its modules. */
export function findPython(module: string): string | undefined {
  return ["python3", "/usr/bin/python3"].find((python) => spawnSync(python, ["-c", `import ${module}`]).status === 0);
}

/** Some Python 3 of this machine can import the module. */
export function hasPythonModule(name: string): boolean {
  return findPython(name) !== undefined;
}
