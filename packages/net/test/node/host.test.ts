import { createConnection, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "@vipkit/test-support";
import { parseIp, toHex, type ByteStream, type Endpoint, type StreamListener } from "../../src/index.js";
import { nodeHost, secureRandom, systemClock } from "../../src/node/index.js";

const LOOPBACK: Endpoint = { ip: parseIp("127.0.0.1"), port: 0 };
const LOOPBACK6: Endpoint = { ip: parseIp("::1"), port: 0 };

const host = nodeHost();
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function keep<T extends { destroy(): void } | { close(): void }>(one: T): T {
  closing.push(() => {
    if ("destroy" in one) one.destroy();
    else one.close();
  });
  return one;
}

interface Pair {
  readonly near: ByteStream;
  readonly far: ByteStream;
  readonly listener: StreamListener;
}

async function pair(local = LOOPBACK): Promise<Pair> {
  let far: ByteStream | undefined;
  const listener = keep(await host.listen({ local }, (stream) => (far = keep(stream))));
  const near = keep(await host.dial({ remote: listener.local, timeoutMs: 2000 }));
  return { near, far: await until(() => far), listener };
}

/** A plain Node.js server, for what a well-behaved ByteStream would not do. */
async function rawServer(onSocket: (socket: Socket) => void): Promise<Endpoint> {
  const server = keep<Server>(createServer({ allowHalfOpen: true }, onSocket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { ...LOOPBACK, port: (server.address() as AddressInfo).port };
}

describe("nodeHost: streams", () => {
  test.each([LOOPBACK, LOOPBACK6])("carry bytes both ways and know their ends", async (local) => {
    const { near, far, listener } = await pair(local);
    let heard = "";
    far.onBytes((bytes) => {
      expect(Buffer.isBuffer(bytes)).toBe(false);
      heard += toHex(bytes);
      far.write(bytes);
    });
    let back = "";
    near.onBytes((bytes) => (back += toHex(bytes)));
    near.write(Uint8Array.of(1, 2, 3));
    await until(() => back === "010203");
    expect(heard).toBe("010203");
    expect(near.remote).toEqual(listener.local);
    expect(far.local).toEqual(listener.local);
    expect(far.remote).toEqual(near.local);
  });

  test("keep what came before anybody listened, the end included", async () => {
    const { near, far } = await pair();
    near.write(Uint8Array.of(9));
    near.end();
    // The bytes have long arrived when the reader comes.
    await until(() => near.backlog === 0);
    const events: unknown[] = [];
    far.onClose((error) => events.push(error ?? "closed"));
    far.onBytes((bytes) => events.push(...bytes));
    await until(() => events.length === 2);
    expect(events).toEqual([9, "closed"]);
  });

  test("tell a late listener that they have closed", async () => {
    const { near, far } = await pair();
    far.onBytes(() => undefined);
    near.end();
    await until(() => {
      far.write(Uint8Array.of(1));
      return far.backlog === 0;
    });
    let closed = 0;
    await until(() => {
      far.onClose(() => (closed += 1));
      return closed > 0;
    });
  });

  test("count a backlog that the other end does not take, and say when it is gone", async () => {
    const { near, far } = await pair();
    const chunk = new Uint8Array(1 << 20);
    let drained = 0;
    near.onDrain(() => (drained += 1));
    for (let i = 0; i < 32; i += 1) near.write(chunk);
    await until(() => near.backlog > 0 && near.backlog < 32 << 20);
    expect(drained).toBe(0);
    let heard = 0;
    far.onBytes((bytes) => (heard += bytes.length));
    await until(() => heard === 32 << 20);
    await until(() => drained === 1 && near.backlog === 0);
  });

  test("send what was written before they end, to a peer that never ends", async () => {
    let heard = 0;
    let ended = false;
    const remote = await rawServer((socket) => {
      socket.on("data", (bytes) => (heard += bytes.length));
      socket.on("end", () => (ended = true));
      socket.on("error", () => undefined);
    });
    const stream = keep(await host.dial({ remote, timeoutMs: 2000 }));
    let closed = false;
    stream.onClose(() => (closed = true));
    stream.write(new Uint8Array(1 << 20));
    stream.end();
    await until(() => heard === 1 << 20 && ended);
    await until(() => closed);
    stream.write(Uint8Array.of(1));
    stream.end();
    stream.destroy();
    expect(stream.backlog).toBe(0);
  });

  test("report a reset as an error, once", async () => {
    const remote = await rawServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.resetAndDestroy());
    });
    const stream = keep(await host.dial({ remote, timeoutMs: 2000 }));
    const errors: unknown[] = [];
    stream.onBytes(() => undefined);
    stream.onClose((error) => errors.push(error));
    stream.write(Uint8Array.of(1));
    await until(() => errors.length > 0);
    expect(errors).toEqual([expect.objectContaining({ code: "ECONNRESET" })]);
  });

  test("hold back a flood until somebody reads", async () => {
    let far: ByteStream | undefined;
    const listener = keep(await host.listen({ local: LOOPBACK }, (stream) => (far = keep(stream))));
    const socket = keep(createConnection({ host: "127.0.0.1", port: listener.local.port }));
    const chunk = Buffer.alloc(1 << 20);
    for (let i = 0; i < 64; i += 1) socket.write(chunk);
    await until(() => far);
    // What the kernel does not hold has stayed with the sender.
    expect(socket.writableLength).toBeGreaterThan(32 << 20);
  });
});

describe("nodeHost: refusals", () => {
  test("name what has gone wrong", async () => {
    const { listener } = await pair();
    await expect(host.listen({ local: listener.local }, () => undefined)).rejects.toMatchObject({
      code: "ERR_SOCKET_IN_USE",
    });
    const away = { ip: parseIp("198.51.100.77"), port: 0 };
    await expect(host.listen({ local: away }, () => undefined)).rejects.toMatchObject({ code: "ERR_SOCKET_ADDRESS" });
    await expect(host.bind(away)).rejects.toMatchObject({ code: "ERR_SOCKET_ADDRESS" });
    const taken = keep(await host.bind(LOOPBACK));
    await expect(host.bind(taken.local)).rejects.toMatchObject({ code: "ERR_SOCKET_IN_USE" });
    listener.close();
    await expect(host.dial({ remote: listener.local, timeoutMs: 2000 })).rejects.toMatchObject({
      code: "ERR_DIAL_REFUSED",
    });
  });

  test("send those who need the kernel's options to @vipkit/link", async () => {
    const refused = { code: "ERR_SOCKET_OPTION", allowed: "@vipkit/link" };
    const remote = { ...LOOPBACK, port: 1 };
    await expect(host.dial({ remote, timeoutMs: 10, password: "x" })).rejects.toMatchObject(refused);
    await expect(host.dial({ remote, timeoutMs: 10, minTtl: 255 })).rejects.toMatchObject({ found: "minTtl" });
    await expect(host.listen({ local: LOOPBACK, ttl: 255 }, () => undefined)).rejects.toMatchObject(refused);
    await expect(host.bind(LOOPBACK, { minTtl: 255 })).rejects.toMatchObject({ ...refused, found: "minTtl" });
    await expect(host.bind(LOOPBACK, { tellTtl: true })).rejects.toMatchObject({ ...refused, found: "tellTtl" });
    await expect(host.bind(LOOPBACK, { device: "lo" })).rejects.toMatchObject({ ...refused, found: "device" });
    keep(await host.bind(LOOPBACK, { ttl: 255, tellTtl: false }));
    await expect(host.openLink("eth0")).rejects.toMatchObject({
      code: "ERR_LINK_UNSUPPORTED",
      message: expect.stringMatching(/@vipkit\/link/) as string,
    });
  });
});

describe("nodeHost: datagrams", () => {
  test.each([LOOPBACK, LOOPBACK6])("go to and fro", async (local) => {
    const [one, other] = [keep(await host.bind(local)), keep(await host.bind(local))];
    const heard: [string, Endpoint][] = [];
    other.onDatagram((bytes, from) => heard.push([toHex(bytes), from]));
    one.send(Uint8Array.of(1, 2), other.local);
    await until(() => heard.length > 0);
    expect(heard).toEqual([["0102", one.local]]);
  });

  test("report a send that fails, and go on", async () => {
    const socket = keep(await host.bind(LOOPBACK));
    const failures: [Error, Endpoint | undefined][] = [];
    socket.onError((error, to) => failures.push([error, to]));
    // Loopback addresses have no way out.
    const unreachable = { ip: parseIp("198.51.100.77"), port: 9 };
    socket.send(new Uint8Array(70_000), { ...LOOPBACK, port: 9 });
    await until(() => failures.length === 1);
    expect(failures[0]![1]).toEqual({ ...LOOPBACK, port: 9 });
    let heard = 0;
    socket.onDatagram(() => (heard += 1));
    socket.send(Uint8Array.of(1), socket.local);
    await until(() => heard === 1);
    socket.close();
    socket.close();
    socket.send(Uint8Array.of(1), unreachable);
  });
});

describe("nodeHost: time and chance", () => {
  test("a timer fires once, not early, and not when cancelled", async () => {
    const start = systemClock.now();
    const fired: number[] = [];
    systemClock.after(15.2, () => fired.push(systemClock.now() - start));
    const cancel = systemClock.after(1, () => fired.push(-1));
    cancel();
    await until(() => fired.length > 0, { everyMs: 1 });
    expect(fired).toHaveLength(1);
    // Timers of Node.js count whole milliseconds, and may be one early by the finer clock.
    expect(fired[0]).toBeGreaterThan(14);
  });

  test("a delay longer than a timer takes does not fire at once", async () => {
    let fired = false;
    const cancel = systemClock.after(2 ** 40, () => (fired = true));
    let later = false;
    systemClock.after(-5, () => (later = true));
    await until(() => later, { everyMs: 1 });
    expect(fired).toBe(false);
    cancel();
  });

  test("random numbers lie in [0, 1) and fill it", () => {
    const numbers = Array.from({ length: 4000 }, secureRandom);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const tenths = new Set(numbers.map((number) => Math.floor(number * 10)));
    expect(tenths.size).toBe(10);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
