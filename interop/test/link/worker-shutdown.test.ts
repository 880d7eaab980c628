import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLink, type LinuxFrameLink } from "@vipkit/link/node";
import { needs, until } from "@vipkit/test-support";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";

/** What a worker is doing when it has to end. `close` is what ends it in order; without it only `terminate` is tried. */
interface State {
  readonly name: string;
  readonly flood?: boolean;
  readonly code: string;
  readonly close?: string;
}

const STATES: readonly State[] = [
  {
    name: "an idle link",
    code: `link = await openLink("eth0"); link.onFrame(ignore, { arp: [1] });`,
    close: "link.close()",
  },
  {
    name: "a link under flood",
    flood: true,
    code: `link = await openLink("eth0"); link.onFrame(ignore);`,
    close: "link.close()",
  },
  {
    name: "a link that answers every frame of a flood",
    flood: true,
    code: `link = await openLink("eth0"); link.onFrame((frame) => link.send(frame));`,
    close: "link.close()",
  },
  {
    name: "a link whose sends find no room",
    code: `link = await openLink("slow0");
           const frame = new Uint8Array(1500).fill(255, 0, 6);
           for (let i = 0; i < 2000; i += 1) link.send(frame);
           if (link.counters().queued === 0) throw new Error("there was room");`,
    close: "link.close()",
  },
  {
    name: "a link with groups and a capture file",
    code: `link = await openLink("eth0", { pcap: FILE });
           for (let i = 1n; i < 40n; i += 1n) link.joinGroup((0xff02n << 112n) + i);`,
    close: "link.close()",
  },
  { name: "a link that is down", code: `link = await openLink("down0");`, close: "link.close()" },
  {
    name: "a link whose interface has been removed",
    code: `link = await openLink("gone0");
           const changes = (is) => new Promise((resolve) => (is() ? resolve() : link.onChange(() => is() && resolve())));
           await changes(() => link.up);
           const gone = changes(() => !link.up);
           execFileSync("ip", ["link", "del", "gone0"]);
           await gone;`,
    close: "link.close()",
  },
  { name: "waiting for an interface", code: `void openLink("late0", { waitMs: Infinity });` },
  {
    name: "eight links",
    flood: true,
    code: `link = await Promise.all(Array.from({ length: 8 }, () => openLink("eth0")));
           for (const one of link) one.onFrame(ignore);`,
    close: "link.forEach((one) => one.close())",
  },
  { name: "a watch on interfaces", code: `link = watchInterfaces(ignore);`, close: "link.close()" },
  {
    name: "a listener with a key",
    code: `link = await listenTcp({ local: { ip: 0, port: 0 }, passwords: [{ ip: 0, length: 0, password: "x" }] }, ignore);`,
    close: "link.close()",
  },
  {
    name: "a dial that nobody answers",
    code: `dialTcp({ remote: { ip: 0xc0000263, port: 179 }, password: "x", timeoutMs: 60000 }).catch(ignore);`,
  },
];
const CASES = STATES.flatMap((state) => [
  ...(state.close === undefined ? [] : [[`closing ${state.name} ends the worker`, state, "close"] as const]),
  [`terminating ${state.name}`, state, "terminate"] as const,
]);

const LIMIT_MS = 1000;

/** What a worker runs: it says when it is ready, and closes when told. */
const INSIDE = `
  const { register } = await import("tsx/esm/api");
  register();
  const { execFileSync } = await import("node:child_process");
  const { parentPort, workerData: { file: FILE } } = await import("node:worker_threads");
  const { openLink, watchInterfaces, listenTcp, dialTcp } = await import("@vipkit/link/node");
  const ignore = () => undefined;
  let link;
  CODE
  parentPort.once("message", () => { CLOSE; });
  parentPort.postMessage("ready");`;

/** Starts a worker for each line it reads, ends it, and writes how long that has taken. */
const PROGRAM = `
  const { Worker } = await import("node:worker_threads");
  const { createInterface } = await import("node:readline");
  const { once } = await import("node:events");
  for await (const line of createInterface(process.stdin)) {
    const { inside, file, how } = JSON.parse(line);
    const execArgv = ["--conditions=vipkit:source", "--input-type=module"];
    const worker = new Worker(inside, { eval: true, execArgv, workerData: { file } });
    let error;
    worker.on("error", (thrown) => (error = String(thrown)));
    const gone = once(worker, "exit");
    await Promise.race([once(worker, "message"), gone]);
    console.log("ready");
    // In the midst of it, not at its start.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const start = performance.now();
    if (how === "terminate") await worker.terminate();
    else worker.postMessage("close");
    await gone;
    console.log(JSON.stringify({ ms: performance.now() - start, error }));
  }`;

needs({ namespaces: true }).describe("a worker ends in less than a second, whatever its links are doing", () => {
  let lab: Lab;
  let a: LabNode;
  let source: LinuxFrameLink;
  let child: ChildProcess;
  let folder: string;
  const said: string[] = [];

  beforeAll(async () => {
    lab = createLab();
    folder = lab.folder("capture");
    a = lab.addNode("a", ["192.0.2.1/24"]);
    const b = lab.addNode("b", []);
    a.run("ip", "link", "add", "down0", "type", "veth", "peer", "name", "down1");
    // A packet in 20 seconds leaves; what waits for it fills the socket.
    a.run("ip", "link", "add", "slow0", "type", "veth", "peer", "name", "slow1");
    for (const name of ["slow0", "slow1"]) a.run("ip", "link", "set", name, "up");
    a.run("tc", "qdisc", "add", "dev", "slow0", "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "10000000");
    source = await openLink("eth0", { namespace: b.namespace });
    const words = ["--import", "tsx", "--conditions=vipkit:source", "--input-type=module", "--eval", PROGRAM];
    child = spawn("ip", ["netns", "exec", a.namespace, process.execPath, ...words], {
      cwd: new URL("../..", import.meta.url),
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: child.stdout! }).on("line", (line) => said.push(line));
  });
  afterAll(async () => {
    source.close();
    child.kill("SIGKILL");
    await lab.close();
  });

  const frame = new Uint8Array(60).fill(255, 0, 6);
  frame.set([2, 0, 0, 0, 0, 9, 8, 6], 6);
  const heard = (what: string, flood = false): Promise<string> =>
    until(
      () => {
        if (flood) for (let i = 0; i < 64; i += 1) source.send(frame);
        return child.exitCode === null && child.signalCode === null ? said.shift() : (said.shift() ?? "gone");
      },
      { what, everyMs: 1, timeoutMs: 20_000 },
    );

  test.each(CASES)("%s", async (_, { code, close = "", flood }, how) => {
    if (code.includes("gone0")) {
      a.run("ip", "link", "add", "gone0", "type", "veth", "peer", "name", "gone1");
      for (const name of ["gone0", "gone1"]) a.run("ip", "link", "set", name, "up");
    }
    const inside = INSIDE.replace("CODE", () => code).replace("CLOSE", () => close);
    child.stdin!.write(`${JSON.stringify({ inside, how, file: join(folder, "worker.pcap") })}\n`);
    expect(await heard("the worker", flood)).toBe("ready");
    const { ms, error } = JSON.parse(await heard("its end", flood)) as { ms: number; error?: string };
    expect(error).toBeUndefined();
    expect(ms).toBeLessThan(LIMIT_MS);
  });
});
