import { fromHex, parseIp, parseMac, type ByteStream } from "@vipkit/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWorld, type SimHost, type World } from "../src/index.js";

const A = parseIp("192.0.2.1");
const B = parseIp("192.0.2.2");
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const bytesOf = (words: string): Uint8Array => Uint8Array.from(words, (letter) => letter.charCodeAt(0));

function twoHosts(seed = 1): { world: World; a: SimHost; b: SimHost } {
  const world = createWorld({ seed, latencyMs: 1 });
  const a = world.addHost({ name: "a", mac: parseMac("02:00:00:00:00:01"), addresses: [A, parseIp("fe80::1")] });
  const b = world.addHost({ name: "b", mac: parseMac("02:00:00:00:00:02"), addresses: [B] });
  return { world, a, b };
}

describe("virtual time", () => {
  it("runs what is due in order of time, then of asking, and never backwards", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), async (delays) => {
        const { world, a } = twoHosts();
        const seen: [number, number][] = [];
        delays.forEach((delay, asked) => a.clock.after(delay, () => seen.push([world.now, asked])));
        await world.advance(100);
        expect(seen).toEqual(
          delays.map((delay, asked) => [delay, asked]).sort((x, y) => x[0]! - y[0]! || x[1]! - y[1]!),
        );
        expect(world.now).toBe(100);
      }),
    );
  });

  it("forgets what was cancelled and what a killed program had planned", async () => {
    const { world, a, b } = twoHosts();
    const seen: string[] = [];
    a.clock.after(5, () => seen.push("cancelled"))();
    a.clock.after(5, () => seen.push("kept"));
    b.clock.after(5, () => seen.push("killed"));
    b.killProgram();
    await world.advance(10);
    expect(seen).toEqual(["kept"]);
  });

  it("stops at the moment when a condition holds", async () => {
    const { world, a } = twoHosts();
    let fired = false;
    a.clock.after(7, () => (fired = true));
    expect(await world.until(() => fired, 100)).toBe(true);
    expect(world.now).toBe(7);
    expect(await world.until(() => false, 3)).toBe(false);
    expect(world.now).toBe(10);
  });
});

describe("datagrams", () => {
  it("arrive after the latency, from the right address", async () => {
    const { world, a, b } = twoHosts();
    const seen: string[] = [];
    const socketA = await a.bind({ ip: 0, port: 7946 });
    const socketB = await b.bind({ ip: B, port: 7946 });
    socketB.onDatagram((bytes, from) => seen.push(`${world.now} ${text(bytes)} ${from.ip === A} ${from.port}`));
    socketA.send(bytesOf("hello"), { ip: B, port: 7946 });
    await world.advance(5);
    expect(seen).toEqual(["1 hello true 7946"]);
    await expect(b.bind({ ip: B, port: 7946 })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("do not cross a partition and do after it has healed", async () => {
    const { world, a, b } = twoHosts();
    let count = 0;
    const socketA = await a.bind({ ip: A, port: 1 });
    (await b.bind({ ip: B, port: 1 })).onDatagram(() => (count += 1));
    world.segment.partition([["a"], ["b"]]);
    socketA.send(bytesOf("x"), { ip: B, port: 1 });
    await world.advance(5);
    expect(count).toBe(0);
    world.segment.heal();
    socketA.send(bytesOf("x"), { ip: B, port: 1 });
    await world.advance(5);
    expect(count).toBe(1);
  });

  it("are lost at about the rate asked for, and the same ones for the same seed", async () => {
    const run = async (seed: number): Promise<number[]> => {
      const { world, a, b } = twoHosts(seed);
      world.segment.setLoss(0.3);
      const arrived: number[] = [];
      const socket = await a.bind({ ip: A, port: 1 });
      (await b.bind({ ip: B, port: 1 })).onDatagram((bytes) => arrived.push(bytes[0]!));
      for (let i = 0; i < 200; i += 1) socket.send(Uint8Array.of(i), { ip: B, port: 1 });
      await world.advance(10);
      return arrived;
    };
    const first = await run(7);
    expect(first.length).toBeGreaterThan(110);
    expect(first.length).toBeLessThan(170);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
  });
});

describe("streams", () => {
  async function connected(): Promise<{ world: World; a: SimHost; b: SimHost; near: ByteStream; far: ByteStream }> {
    const { world, a, b } = twoHosts();
    let far: ByteStream | undefined;
    let near: ByteStream | undefined;
    await b.listen({ local: { ip: 0, port: 179 } }, (stream) => (far = stream));
    void a.dial({ remote: { ip: B, port: 179 }, timeoutMs: 1000 }).then((stream) => (near = stream));
    await world.until(() => near !== undefined, 100);
    return { world, a, b, near: near!, far: far! };
  }

  it("carry bytes in order, also those that came before anybody listened", async () => {
    const { world, near, far } = await connected();
    near.write(bytesOf("one "));
    near.write(bytesOf("two"));
    await world.advance(10);
    let seen = "";
    far.onBytes((bytes) => (seen += text(bytes)));
    expect(seen).toBe("one two");
    expect(near.backlog).toBe(0);
    expect(far.remote).toEqual(near.local);
  });

  it("tell the other side of an orderly end after the last bytes", async () => {
    const { world, near, far } = await connected();
    const seen: string[] = [];
    far.onBytes((bytes) => seen.push(text(bytes)));
    far.onClose((error) => seen.push(error === undefined ? "closed" : "failed"));
    near.write(bytesOf("last"));
    near.end();
    await world.advance(10);
    expect(seen).toEqual(["last", "closed"]);
  });

  it("tell of a reset with an error", async () => {
    const { world, near, far } = await connected();
    let code: unknown;
    far.onClose((error) => (code = (error as { code?: unknown } | undefined)?.code));
    near.write(bytesOf("lost"));
    near.destroy();
    await world.advance(10);
    expect(code).toBe("ECONNRESET");
  });

  it("are closed by the kernel of a killed program, and stay silent when the power goes", async () => {
    const killed = await connected();
    let closed = false;
    killed.far.onClose(() => (closed = true));
    killed.a.killProgram();
    await killed.world.advance(10);
    expect(closed).toBe(true);

    const dark = await connected();
    let heard = false;
    dark.far.onClose(() => (heard = true));
    dark.a.powerOff();
    await dark.world.advance(10_000);
    expect(heard).toBe(false);
  });

  it("wait out a short cut and give up after the user timeout", async () => {
    const { world, near, far } = await connected();
    let seen = "";
    far.onBytes((bytes) => (seen += text(bytes)));
    world.segment.partition([["a"], ["b"]]);
    near.write(bytesOf("late"));
    await world.advance(1000);
    expect(seen).toBe("");
    world.segment.heal();
    await world.advance(300);
    expect(seen).toBe("late");
  });

  it("are refused, time out, or stay silent as a kernel would", async () => {
    const { world, a, b } = twoHosts();
    const outcome: Record<string, string> = {};
    const dial = (label: string, port: number, extra: object = {}): void => {
      a.dial({ remote: { ip: B, port }, timeoutMs: 500, ...extra }).then(
        () => (outcome[label] = `connected ${world.now}`),
        (error: unknown) => (outcome[label] = `${(error as { code: string }).code} ${world.now}`),
      );
    };
    await b.listen({ local: { ip: B, port: 1 }, passwords: [{ ip: A, length: 32, password: "k" }] }, () => undefined);
    await b.listen({ local: { ip: B, port: 2 }, minTtl: 255 }, () => undefined);
    dial("nobody there", 9);
    dial("right key", 1, { password: "k" });
    dial("wrong key", 1, { password: "x" });
    dial("hop limit too low", 2);
    dial("hop limit right", 2, { ttl: 255 });
    await world.advance(600);
    expect(outcome).toEqual({
      "nobody there": "ECONNREFUSED 2",
      "right key": "connected 2",
      "wrong key": "ETIMEDOUT 500",
      "hop limit too low": "ETIMEDOUT 500",
      "hop limit right": "connected 2",
    });
  });
});

describe("frames", () => {
  const frame = (to: string, from: string): Uint8Array => fromHex(`${to}${from}0806${"00".repeat(46)}`);

  it("are flooded, then sent to where the address was learned", async () => {
    const { world, a, b } = twoHosts();
    const c = world.addHost({ name: "c", mac: parseMac("02:00:00:00:00:03"), addresses: [] });
    const heard: string[] = [];
    const links = await Promise.all([a, b, c].map((host) => host.openLink("eth0")));
    links.forEach((link, index) => link.onFrame(() => heard.push("abc"[index]!)));
    links[0]!.send(frame("ffffffffffff", "020000000001"));
    await world.advance(5);
    expect(heard.splice(0)).toEqual(["b", "c"]);
    links[1]!.send(frame("020000000001", "020000000002"));
    await world.advance(5);
    expect(heard.splice(0)).toEqual(["a"]);
    links[1]!.close();
    links[0]!.send(frame("ffffffffffff", "020000000001"));
    await world.advance(5);
    expect(heard).toEqual(["c"]);
  });

  it("are seen by a tap when they are sent; a pulled cable is noticed", async () => {
    const { world, a } = twoHosts();
    const tapped: string[] = [];
    const stop = world.segment.tap((seen) => tapped.push(`${seen.at} ${seen.from} ${seen.bytes.length}`));
    const link = await a.openLink("eth0");
    const changes: boolean[] = [];
    link.onChange(() => changes.push(link.up));
    link.send(frame("ffffffffffff", "020000000001"));
    a.setLinkUp(false);
    link.send(frame("ffffffffffff", "020000000001"));
    stop();
    expect(tapped).toEqual(["0 a 60"]);
    expect(changes).toEqual([false]);
    await expect(a.openLink("eth1")).rejects.toMatchObject({ code: "ERR_LINK_NO_INTERFACE" });
  });
});
