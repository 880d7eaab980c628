import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLink } from "@vipkit/link/node";
import { needs, until } from "@vipkit/test-support";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";

/** How a program ends. `flood` says whether frames keep coming in while it does. */
interface Ending {
  readonly name: string;
  readonly flood?: boolean;
  /** Runs inside the program, once it is ready. */
  readonly code: string;
  readonly signal?: NodeJS.Signals;
  readonly status: number | null;
}

const ENDINGS: readonly Ending[] = [
  { name: "closing an idle link lets the process end", code: "link.close();", status: 0 },
  { name: "closing a link under flood", flood: true, code: "setTimeout(() => link.close(), 100);", status: 0 },
  {
    name: "closing a link out of its own frame handler",
    flood: true,
    code: "link.onFrame(() => { link.close(); link.close(); });",
    status: 0,
  },
  { name: "process.exit() while idle", code: "setTimeout(() => process.exit(3), 100);", status: 3 },
  { name: "process.exit() under flood", flood: true, code: "setTimeout(() => process.exit(3), 100);", status: 3 },
  {
    name: "process.exit() out of a frame handler",
    flood: true,
    code: "link.onFrame(() => process.exit(3));",
    status: 3,
  },
  { name: "Ctrl-C with nobody to catch it", code: "", signal: "SIGINT", status: null },
  {
    name: "Ctrl-C, caught",
    flood: true,
    code: `process.on("SIGINT", () => { link.close(); });`,
    signal: "SIGINT",
    status: 0,
  },
  {
    name: "an error thrown by a frame handler is an uncaught exception",
    flood: true,
    code: `process.on("uncaughtException", (error) => process.exit(error.message === "boom" ? 7 : 8));
           link.onFrame(() => { throw new Error("boom"); });`,
    status: 7,
  },
  {
    name: "a promise that a frame handler resolves runs before the loop sleeps",
    flood: true,
    code: `const { promise, resolve } = (() => { let resolve; return { promise: new Promise((r) => (resolve = r)), resolve }; })();
           link.onFrame(() => resolve());
           promise.then(() => link.close());`,
    status: 0,
  },
  {
    name: "a dial that nobody answers, given up by process.exit()",
    code: `dialTcp({ remote: { ip: 0xc0000263, port: 179 }, password: "x", timeoutMs: 60000 }).catch(() => undefined);
           setTimeout(() => process.exit(3), 100);`,
    status: 3,
  },
  {
    name: "a worker with an open link, terminated",
    code: `link.close();
           const { Worker } = await import("node:worker_threads");
           const inside = \`const { register } = await import("tsx/esm/api");
             register();
             const { openLink } = await import("@vipkit/link/node");
             const link = await openLink("eth0");
             link.onFrame(() => undefined);
             (await import("node:worker_threads")).parentPort.postMessage("open");\`;
           const worker = new Worker(inside, { eval: true, execArgv: ["--conditions=vipkit:source", "--input-type=module"] });
           worker.on("error", (error) => { console.error(error); process.exit(9); });
           worker.once("message", () => worker.terminate());`,
    status: 0,
  },
];

needs({ namespaces: true }).describe("a program with an open link ends in less than a second", () => {
  let lab: Lab;
  let a: LabNode;
  let b: LabNode;

  beforeAll(() => {
    lab = createLab();
    a = lab.addNode("a", ["192.0.2.1/24"]);
    b = lab.addNode("b", []);
  });
  afterAll(() => lab.close());

  test.each(ENDINGS.map((ending) => [ending.name, ending] as const))(
    "%s",
    async (_, { code, signal, status, flood }) => {
      const program = `
      const { openLink, dialTcp } = await import("@vipkit/link/node");
      void dialTcp;
      const link = await openLink("eth0");
      link.onFrame(() => undefined);
      process.stdout.write("ready");
      process.stdin.once("data", async () => { process.stdin.destroy(); ${code}; process.stdout.write("going"); });`;
      const child = spawn(
        "ip",
        [
          "netns",
          "exec",
          a.namespace,
          process.execPath,
          "--import",
          "tsx",
          "--conditions=vipkit:source",
          "--input-type=module",
          "--eval",
          program,
        ],
        { cwd: new URL("../..", import.meta.url), stdio: ["pipe", "pipe", "inherit"] },
      );
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      const source = await openLink("eth0", { namespace: b.namespace });
      let exited = false;
      const gone = new Promise<number | null>((resolve) => {
        child.once("exit", (code) => {
          exited = true;
          resolve(code);
        });
      });
      try {
        await until(() => output === "ready" && source.up, { what: "the program" });
        const frame = new Uint8Array(60).fill(255, 0, 6);
        frame.set([2, 0, 0, 0, 0, 9, 8, 6], 6);
        const burst = (): void => {
          for (let i = 0; i < 64; i += 1) source.send(frame);
        };
        const start = performance.now();
        child.stdin.end("go");
        if (signal !== undefined) {
          await until(() => output.endsWith("going"), { what: "the signal handler" });
          child.kill(signal);
        }
        // Asks often, so that it floods as well.
        await until(
          () => {
            if (flood === true) burst();
            return exited;
          },
          { everyMs: 1, timeoutMs: 5000, what: "its end" },
        );
        const took = performance.now() - start;
        expect(await gone).toBe(status);
        // A program that ends takes 100 ms to wait and some to be taken apart; the worker first loads its modules.
        expect(took).toBeLessThan(code.includes("Worker") ? 5000 : 1000 + 100);
      } finally {
        source.close();
        child.kill("SIGKILL");
      }
    },
  );
});
