import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLink, type LinuxFrameLink } from "@vipkit/link/node";
import { fromHex } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";

/** ARP for 192.0.2.10, with a VLAN tag where there is one. */
const ask = (tag = ""): string =>
  `ffffffffffff020000000001${tag}0806000108000604000102000000000100000000000000000000c000020a`.padEnd(120, "0");

/** Tells what it hears. */
const INSIDE = `
  const { register } = await import("tsx/esm/api");
  register();
  const { parentPort, workerData: { namespace } } = await import("node:worker_threads");
  const { openLink } = await import("@vipkit/link/node");
  const link = await openLink("eth0", { namespace });
  link.onFrame((frame) => parentPort.postMessage({ heard: Buffer.from(frame).toString("hex") }), { arp: [0xc000020a] });
  link.onChange(() => parentPort.postMessage({ up: link.up }));
  parentPort.on("message", () => parentPort.postMessage({ wakeUps: link.counters().wakeUps }));
  setImmediate(() => parentPort.postMessage({ up: link.up }));`;

needs({ namespaces: true }).describe("a link in a thread", () => {
  let lab: Lab;
  let node: LabNode;
  let source: LinuxFrameLink;
  let worker: Worker;
  const heard: string[] = [];
  let up: boolean | undefined;
  let wakeUps: number | undefined;

  beforeEach(async () => {
    lab = createLab();
    node = lab.addNode("a", []);
    source = await openLink("eth0", { namespace: lab.addNode("b", []).namespace });
    const execArgv = ["--conditions=vipkit:source", "--input-type=module"];
    worker = new Worker(INSIDE, { eval: true, execArgv, workerData: { namespace: node.namespace } });
    worker.on("message", (message: { heard?: string; up?: boolean; wakeUps?: number }) => {
      if (message.heard !== undefined) heard.push(message.heard);
      ({ up, wakeUps } = { up, wakeUps, ...message });
    });
    await until(() => up === true && source.up, { what: "both links" });
  });
  afterEach(async () => {
    heard.length = 0;
    up = undefined;
    await worker.terminate();
    source.close();
    await lab.close();
  });

  test("hears what it has asked for, tags included, and nothing else wakes it", async () => {
    const frames = [ask(), ask("81000007"), ask()];
    for (const [i, frame] of frames.entries()) {
      source.send(fromHex(ask().replace("c000020a", "c000020b")));
      source.send(fromHex(frame));
      await until(() => heard.length === i + 1, { what: "the frame", everyMs: 5 });
    }
    expect(heard).toEqual(frames);
    worker.postMessage("count");
    expect(await until(() => wakeUps)).toBe(frames.length);
  });

  test("hears a burst whole", async () => {
    for (let i = 0; i < 200; i += 1) source.send(fromHex(ask()));
    await until(() => heard.length === 200, { what: "all of it" });
  });

  test("hears again when the interface has been down", async () => {
    node.run("ip", "link", "set", "eth0", "down");
    await until(() => up === false, { what: "the link down" });
    node.run("ip", "link", "set", "eth0", "up");
    await until(() => up === true, { what: "the link up" });
    await until(
      () => {
        source.send(fromHex(ask()));
        return heard.length > 0;
      },
      { what: "a frame" },
    );
  });
});
