import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { formatPrefix, parseIp } from "@vipkit/net";
import { nodeHost } from "@vipkit/net/node";
import { until } from "@vipkit/test-support";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { PeerConfig } from "../../src/index.js";
import {
  listenForPeers,
  startPeerThread,
  type DrivenPeerEvent,
  type PeerListener,
  type PeerThread,
  type PeerThreadOptions,
  type ReceivedUpdate,
} from "../../src/node/index.js";
import { configOfA, configOfB, hostRoutes, route } from "./pair.js";

const LIMIT = { timeoutMs: 15_000 };
// A thread reads the sources through a loader of its own, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });
const LOOPBACK = parseIp("127.0.0.1");

const threads: PeerThread[] = [];
const listeners: PeerListener[] = [];

afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.close()));
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

function startThread(options: PeerThreadOptions = {}): PeerThread {
  const thread = startPeerThread(options);
  threads.push(thread);
  return thread;
}

/** The other end, on this event loop: what it holds, and where it listens. */
async function listen(): Promise<{ readonly listener: PeerListener; readonly held: Set<string> }> {
  const held = new Set<string>();
  const onUpdate = ({ announced, withdrawn }: ReceivedUpdate): void => {
    for (const { nlri } of withdrawn) for (const one of nlri) held.delete(formatPrefix(one));
    for (const { nlri } of announced) for (const one of nlri) held.add(formatPrefix(one));
  };
  const config = configOfB({ remote: { ip: LOOPBACK, port: 179 }, passive: true });
  const listener = await listenForPeers({
    host: nodeHost(),
    local: { ip: LOOPBACK, port: 0 },
    peers: [config],
    onUpdate,
  });
  listeners.push(listener);
  return { listener, held };
}

function towards({ local }: PeerListener, more: Partial<PeerConfig> = {}): PeerConfig {
  return configOfA({ remote: local, idleHold: { firstMs: 50, maxMs: 200 }, ...more });
}

function worker(text: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

describe("a session in a thread", () => {
  test("tells routes, takes some back, hears routes, and closes with a text", async () => {
    const { listener, held } = await listen();
    const theirs = listener.peers.get("a")!;
    theirs.advertise([route("10.200.0.0/24")]);
    const heard: string[] = [];
    const events: DrivenPeerEvent[] = [];
    const peer = startThread().startPeer({
      config: towards(listener),
      onUpdate: ({ announced }) => heard.push(...announced.flatMap(({ nlri }) => nlri.map(formatPrefix))),
    });
    peer.onEvent((event) => events.push(event));
    peer.advertise(hostRoutes(3));
    expect(peer.snapshot()).toMatchObject({ name: "b", maxLagMs: 0 });
    await until(() => held.size === 3, { ...LIMIT, what: "the routes" });
    expect(peer.snapshot()).toMatchObject({ state: "Established", routes: { wanted: 3, advertised: 3 } });
    peer.advertise([...hostRoutes(2), route("10.9.9.9/32")]);
    await until(() => held.has("10.9.9.9/32") && held.size === 3, { ...LIMIT, what: "the change" });
    peer.withdraw([route("10.9.9.9/32").prefix]);
    await until(() => held.size === 2, { ...LIMIT, what: "the withdrawal" });
    await until(() => heard.includes("10.200.0.0/24"), { ...LIMIT, what: "a received route" });
    peer.failureDetected("cut");
    await until(() => events.some((event) => event.type === "down" && event.reason.includes("cut")), LIMIT);
    await until(() => peer.snapshot().counters.established === 2, { ...LIMIT, what: "the next session" });
    await peer.stop("going home");
    expect(peer.snapshot()).toMatchObject({ state: "Idle", started: false });
    await until(() => theirs.snapshot().lastNotification?.text === "going home", LIMIT);
    expect(events.at(-1)).toEqual({ type: "stopped" });
  });

  test("drains", async () => {
    const { listener, held } = await listen();
    const peer = startThread().startPeer({ config: towards(listener) });
    peer.advertise(hostRoutes(3));
    await until(() => held.size === 3, LIMIT);
    await peer.drain({ text: "empty" });
    await until(() => held.size === 0, LIMIT);
    expect(listener.peers.get("a")!.snapshot().lastNotification?.text).toBe("empty");
  });

  test("refuses a wrong configuration at once, and never shows the password", async () => {
    const { listener } = await listen();
    const thread = startThread();
    expect(() => thread.startPeer({ config: towards(listener, { holdTimeSeconds: 1 }) })).toThrow(
      expect.objectContaining({ code: "ERR_BGP_CONFIG" }) as Error,
    );
    const peer = thread.startPeer({ config: towards(listener, { password: "opensesame" }) });
    const seen: unknown[] = [];
    peer.onEvent((event) => seen.push(event));
    // The plain host sets no keys, and says so.
    await until(() => peer.snapshot().lastError !== undefined, LIMIT);
    const text = JSON.stringify([peer.snapshot(), seen], (_key, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    expect(text).toContain("password");
    expect(text).not.toContain("opensesame");
  });

  test("is recorded as any other", async () => {
    const { listener } = await listen();
    const lines: string[] = [];
    const peer = startThread().startPeer({ config: towards(listener), record: (line) => lines.push(line) });
    await until(() => peer.snapshot().state === "Established" && lines.length > 5, LIMIT);
    expect(lines[0]).toContain('"config"');
  });
});

describe("a program that takes no routes", () => {
  test("costs the peer its session, with a reason, and no memory", async () => {
    const { listener } = await listen();
    listener.peers.get("a")!.advertise(hostRoutes(2000));
    const peer = startThread({ maxWaitingOctets: 2000 }).startPeer({
      config: towards(listener),
      onUpdate: () => undefined,
    });
    await until(() => peer.snapshot().lastNotification, { ...LIMIT, what: "the end of the session" });
    expect(peer.snapshot().lastNotification).toMatchObject({
      ...{ direction: "sent", code: 6, subcode: 8 },
      name: "Cease: Out of Resources",
    });
  });
});

describe("the end of a thread", () => {
  const isQuick = async (work: () => Promise<void>): Promise<void> => {
    const start = performance.now();
    await work();
    expect(performance.now() - start).toBeLessThan(1000);
  };

  test("with a session: Cease with the text, in less than a second", async () => {
    const { listener, held } = await listen();
    const thread = startThread();
    const peer = thread.startPeer({ config: towards(listener) });
    peer.advertise(hostRoutes(3));
    await until(() => held.size === 3, LIMIT);
    await isQuick(() => thread.close("closing time"));
    await until(() => listener.peers.get("a")!.snapshot().lastNotification?.text === "closing time", LIMIT);
    expect(peer.snapshot().state).toBe("Idle");
    expect(() => thread.startPeer({ config: towards(listener) })).toThrow(/closed/);
    await thread.close();
  });

  test("does not keep a program that has no peers in it", async () => {
    const file = fileURLToPath(new URL("thread/idle.ts", import.meta.url));
    const program = spawn(process.execPath, ["--import", "tsx", "--conditions=vipkit:source", file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(program, "exit");
    await once(program.stdout, "data");
    const start = performance.now();
    expect((await ended)[0]).toBe(0);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test("before it has begun, and while it dials", async () => {
    const unborn = startThread();
    const orphan = unborn.startPeer({ config: configOfA({ remote: { ip: LOOPBACK, port: 9 } }) });
    await isQuick(() => unborn.close());
    await isQuick(() => orphan.stop());
    const dialling = startThread();
    // A documentation address: nobody answers.
    const peer = dialling.startPeer({ config: configOfA() });
    await until(() => peer.snapshot().state !== "Idle", LIMIT);
    await isQuick(() => dialling.close());
  });

  test("that hears nothing any more", async () => {
    const file = worker(`import { parentPort } from "node:worker_threads";
      parentPort.postMessage({ type: "ready" }); for (;;) ;`);
    const thread = startThread({ workerUrl: file });
    const peer = thread.startPeer({ config: configOfA() });
    const gone: DrivenPeerEvent[] = [];
    peer.onEvent((event) => gone.push(event));
    await isQuick(() => Promise.resolve(void peer.snapshot()));
    const stopped = peer.stop();
    await isQuick(() => thread.close());
    await stopped;
    expect(gone).toEqual([{ type: "crashed", reason: "the thread was closed" }]);
  });

  test("by an error is an event with a reason", async () => {
    const crashes: string[] = [];
    const file = worker(`import { parentPort } from "node:worker_threads";
      const event = { type: "established" };
      parentPort.on("message", ({ peer, type }) => {
        if (type === "failure") throw new Error("out of luck");
        parentPort.postMessage({ type: "event", peer, weight: 0, event });
      });`);
    const thread = startThread({ workerUrl: file, onCrash: (reason) => crashes.push(reason) });
    const peer = thread.startPeer({ config: configOfA() });
    const events: DrivenPeerEvent[] = [];
    peer.onEvent((event) => events.push(event));
    await until(() => events.length === 1, LIMIT);
    peer.failureDetected();
    const stopped = peer.stop();
    await until(() => crashes.length === 1, LIMIT);
    await stopped;
    expect(crashes).toEqual(["out of luck"]);
    expect(events.slice(1)).toEqual([
      { type: "down", reason: "out of luck", state: "Idle" },
      { type: "crashed", reason: "out of luck" },
    ]);
    expect(peer.snapshot()).toMatchObject({ state: "Idle", started: false, lastError: "out of luck" });
    expect(() => thread.startPeer({ config: configOfA() })).toThrow(/out of luck/);
    peer.advertise(hostRoutes(2));
    await peer.drain();
    await isQuick(() => thread.close());
  });
});
