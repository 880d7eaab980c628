import { execFileSync } from "node:child_process";
import { needs } from "@vipkit/test-support";
import { expect, test } from "vitest";

/** Runs a program that imports the package, in a process of its own. */
function run(program: string, ...before: string[]): string {
  const words = [process.execPath, "--import", "tsx", "--conditions=vipkit:source", "--input-type=module"];
  return execFileSync("env", [...before, ...words, "--eval", program], {
    cwd: new URL("../..", import.meta.url),
    encoding: "utf8",
    timeout: 30_000,
  });
}

needs({ root: true, linux: true, commands: ["chrt", "setpriv"] }).describe("real-time priority", () => {
  test("is that of every thread, and no child inherits it", () => {
    const said = run(`
      import { execFileSync } from "node:child_process";
      import { runInRealtime } from "@vipkit/link/node";
      runInRealtime({ priority: 3 });
      console.log(execFileSync("chrt", ["-a", "-p", String(process.pid)], { encoding: "utf8" }));
      console.log(execFileSync("sh", ["-c", "chrt -p $$"], { encoding: "utf8" }));`);
    const policies = [...said.matchAll(/policy: (SCHED_\w+)/g)].map(([, policy]) => policy);
    expect(policies.length).toBeGreaterThan(3);
    expect(policies.pop()).toBe("SCHED_OTHER");
    expect(new Set(policies)).toEqual(new Set(["SCHED_RR"]));
  });

  test("needs CAP_SYS_NICE, and says so", () => {
    const program = `
      import { runInRealtime } from "@vipkit/link/node";
      try { runInRealtime(); } catch (error) { console.log(error.code, error.allowed); }`;
    expect(run(program, "setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice")).toBe(
      "ERR_LINK_PERMISSION CAP_SYS_NICE\n",
    );
  });
});
