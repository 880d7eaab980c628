import { describe, test, type TestContext } from "vitest";
import { findCommand, hasLinkKind, hasNetworkNamespaces, hasPythonModule, isRoot } from "./machine.js";

declare module "vitest" {
  interface TaskMeta {
    /** Why the test did not run. */
    unmet?: string;
  }
}

/** What a test cannot do without. */
export interface Needs {
  readonly root?: boolean;
  readonly linux?: boolean;
  /** Root on Linux that may create network namespaces. */
  readonly namespaces?: boolean;
  /** Kinds of interfaces that the kernel must have: `vlan`, `bond`, `vrf`. */
  readonly linkKinds?: readonly string[];
  /** Programs that must be installed, by name: `bird`, `gobgpd`, `go`, ... */
  readonly commands?: readonly string[];
  /** Modules that Python 3 must be able to import. */
  readonly python?: readonly string[];
  /** Environment variables that must be set: where a cluster is, for example. */
  readonly env?: readonly string[];
}

/** Stands in for `describe` and `test` where something is needed. */
export interface Requirement {
  /** Why it does not run here; undefined when it does. */
  readonly reason: string | undefined;
  describe(name: string, body: () => void): void;
  test(name: string, body: (context: TestContext) => void | Promise<void>, timeoutMs?: number): void;
}

/** What is missing on this machine, in words; undefined when nothing is. */
export function unmet(needed: Needs): string | undefined {
  const missing: string[] = [];
  if (needed.linux === true && process.platform !== "linux") missing.push("needs Linux");
  if (needed.root === true && !isRoot()) missing.push("needs root");
  if (needed.namespaces === true && !hasNetworkNamespaces()) missing.push("needs root and network namespaces");
  for (const kind of needed.linkKinds ?? []) {
    if (!hasLinkKind(kind)) missing.push(`needs a kernel with ${kind} interfaces`);
  }
  for (const name of needed.commands ?? []) {
    if (findCommand(name) === undefined) missing.push(`needs the command ${name}`);
  }
  for (const name of needed.python ?? []) {
    if (!hasPythonModule(name)) missing.push(`needs the Python module ${name}`);
  }
  for (const name of needed.env ?? []) {
    if ((process.env[name] ?? "") === "") missing.push(`needs ${name} to be set`);
  }
  return missing.length === 0 ? undefined : missing.join(", ");
}

/**
 * Tests that cannot run everywhere: `needs({ namespaces: true, commands: ["bird"] }).describe("BIRD", () => { ... })`.
 * Where something is missing each test is reported by name as skipped, with the reason; with VIPKIT_REQUIRE=all it fails.
 */
export function needs(needed: Needs): Requirement {
  const reason = unmet(needed);
  if (reason === undefined) {
    return {
      reason,
      describe: (name, body) => void describe(name, body),
      test: (name, body, timeoutMs) => {
        test(name, timeoutMs === undefined ? {} : { timeout: timeoutMs }, body);
      },
    };
  }
  if (process.env.VIPKIT_REQUIRE === "all") {
    const fail = (): never => {
      throw new Error(`${reason}, and VIPKIT_REQUIRE=all forbids skipping`);
    };
    return {
      reason,
      describe: (name) => {
        describe(name, () => {
          test("has what it needs", fail);
        });
      },
      test: (name) => {
        test(name, fail);
      },
    };
  }
  const skipped = { skip: true, meta: { unmet: reason } };
  return {
    reason,
    describe: (name, body) => void describe(name, skipped, body),
    test: (name, body) => {
      test(name, skipped, body);
    },
  };
}
