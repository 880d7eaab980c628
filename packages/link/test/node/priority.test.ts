import { execFileSync } from "node:child_process";
import { needs } from "@vipkit/test-support";
import { expect, test } from "vitest";

/** Runs a program that imports the package, in a process of its own. */
function run(program: string, ...before: string[]): string {
  const words = [...before, process.execPath, "--import", "tsx", "--conditions=vipkit:source", "--input-type=module"];
  const [command = "", ...rest] = [...words, "--eval", program];
  return execFileSync(command, rest, { cwd: new URL("../..", import.meta.url), encoding: "utf8", timeout: 30_000 });
}

needs({ root: true, linux: true, commands: ["chrt", "setpriv"] }).describe("real-time priority", () => {
  test("is the calling thread's, and no child inherits it", () => {
    const said = run(`
      import { execFileSync } from "node:child_process";
      import { runInRealtime } from "@vipkit/link/node";
      runInRealtime({ priority: 3 });
      console.log(execFileSync("chrt", ["-p", String(process.pid)], { encoding: "utf8" }));
      console.log(execFileSync("sh", ["-c", "chrt -p $$"], { encoding: "utf8" }));`);
    expect(said).toMatch(/policy: SCHED_RR[\s\S]*priority: 3[\s\S]*policy: SCHED_OTHER/);
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
