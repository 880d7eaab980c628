import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseIp, toHex, type ByteStream, type DialOptions, type Ip, type ListenOptions } from "@vipkit/net";
import { dialTcp, inNamespace, linuxHost, listenTcp, type LinuxStreamListener } from "@vipkit/link/node";
import { needs, until } from "@vipkit/test-support";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";

const SECRET = "correct horse";
const PORT = 1790;

needs({ namespaces: true }).describe("TCP with kernel options", () => {
  let lab: Lab;
  let a: LabNode;
  let b: LabNode;
  const streams: ByteStream[] = [];
  const listeners: LinuxStreamListener[] = [];

  const listen = async (ip: Ip, options: Partial<ListenOptions> = {}): Promise<LinuxStreamListener> => {
    const listener = await listenTcp({ local: { ip, port: PORT }, namespace: b.namespace, ...options }, (stream) => {
      streams.push(stream);
      stream.onBytes((bytes) => stream.write(bytes));
    });
    listeners.push(listener);
    return listener;
  };
  const dial = async (ip: Ip, options: Partial<DialOptions> = {}): Promise<ByteStream> => {
    const remote = { ip, port: PORT };
    const stream = await dialTcp({ remote, timeoutMs: 400, namespace: a.namespace, ...options });
    streams.push(stream);
    return stream;
  };
  /** The answer of the echo at the other end. */
  const echo = async (stream: ByteStream): Promise<string> => {
    let answer = "";
    stream.onBytes((bytes) => (answer += toHex(bytes)));
    stream.write(Uint8Array.of(1, 2, 3));
    return until(() => answer !== "" && answer);
  };

  beforeEach(() => {
    lab = createLab();
    a = lab.addNode("a", ["192.0.2.1/24", "2001:db8::1/64"]);
    b = lab.addNode("b", ["192.0.2.2/24", "2001:db8::2/64"]);
    // The bridge takes a moment to forward; from here on an answer that does not come is one that was refused.
    for (const ip of ["192.0.2.2", "2001:db8::2"]) a.run("ping", "-c", "1", "-w", "10", ip);
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.destroy();
    for (const listener of listeners.splice(0)) listener.close();
    await lab.close();
  });

  test.each(["192.0.2.2", "2001:db8::2"])(
    "RFC 2385: the same password connects, any other gets no answer (%s)",
    async (text) => {
      const ip = parseIp(text);
      const peer = parseIp(text.replace(/2$/, "1"));
      await listen(ip, { passwords: [{ ip: peer, length: typeof peer === "number" ? 32 : 128, password: SECRET }] });
      expect(await echo(await dial(ip, { password: SECRET }))).toBe("010203");
      await expect(dial(ip, { password: "wrong" })).rejects.toMatchObject({
        code: "ERR_DIAL_TIMEOUT",
        message: expect.stringMatching(/does the peer agree on the TCP-MD5 password/) as string,
      });
      await expect(dial(ip)).rejects.toMatchObject({ code: "ERR_DIAL_TIMEOUT" });
    },
  );

  test.each([
    ["192.0.2.2", "192.0.2.0", 24],
    ["2001:db8::2", "2001:db8::", 64],
  ])("one password for a prefix of peers, changed while listening (%s)", async (text, prefix, length) => {
    const [ip, net] = [parseIp(text), parseIp(prefix)];
    const listener = await listen(ip, { passwords: [{ ip: net, length, password: SECRET }] });
    const first = await dial(ip, { password: SECRET });
    listener.setPasswords([{ ip: net, length, password: "another" }]);
    await expect(dial(ip, { password: SECRET })).rejects.toMatchObject({ code: "ERR_DIAL_TIMEOUT" });
    expect(await echo(await dial(ip, { password: "another" }))).toBe("010203");
    // A connection keeps the key it was made with.
    expect(await echo(first)).toBe("010203");
    listener.setPasswords([]);
    expect(await echo(await dial(ip))).toBe("010203");
  });

  test("a password of a wrong length is refused, and never repeated", async () => {
    for (const password of ["", "x".repeat(81)]) {
      const failure = dial(parseIp("192.0.2.2"), { password });
      await expect(failure).rejects.toMatchObject({ code: "ERR_LINK_PASSWORD", allowed: "1 to 80 bytes" });
      await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining("xx") as string });
    }
  });

  test.each(["192.0.2.2", "2001:db8::2"])(
    "RFC 5082: only those who send with TTL 255 get an answer (%s)",
    async (text) => {
      const ip = parseIp(text);
      await listen(ip, { ttl: 255, minTtl: 255 });
      expect(await echo(await dial(ip, { ttl: 255, minTtl: 255 }))).toBe("010203");
      await expect(dial(ip)).rejects.toMatchObject({ code: "ERR_DIAL_TIMEOUT" });
      await expect(dial(ip, { ttl: 254, minTtl: 255 })).rejects.toMatchObject({
        message: expect.stringMatching(/does the peer agree on the lowest TTL/) as string,
      });
    },
  );

  test("the source address, the device and the user timeout are set", async () => {
    const ip = parseIp("192.0.2.2");
    execFileSync("ip", ["-n", a.namespace, "addr", "add", "192.0.2.77/24", "dev", "eth0"]);
    await listen(ip, { device: "eth0" });
    const stream = await dial(ip, { source: parseIp("192.0.2.77"), device: "eth0", userTimeoutMs: 9000 });
    expect(stream.local.ip).toBe(parseIp("192.0.2.77"));
    await expect(dial(ip, { device: "nowhere0" })).rejects.toMatchObject({ code: "ERR_LINK_NO_INTERFACE" });
    await expect(dial(ip, { source: parseIp("198.51.100.1") })).rejects.toMatchObject({ code: "ERR_SOCKET_ADDRESS" });
  });

  test("TCP_USER_TIMEOUT closes a connection whose peer has gone silent", async () => {
    const ip = parseIp("192.0.2.2");
    await listen(ip);
    const stream = await dial(ip, { userTimeoutMs: 300 });
    let closed: { error?: Error } | undefined;
    stream.onBytes(() => undefined);
    stream.onClose((error) => (closed = error === undefined ? {} : { error }));
    lab.setLink(b, false);
    stream.write(Uint8Array.of(1));
    const { error } = await until(() => closed, { what: "the close" });
    expect(error).toMatchObject({ code: expect.stringMatching(/ETIMEDOUT|EHOSTUNREACH/) as string });
  });

  test("link-local peers are reached through their zone, in their own namespace", async () => {
    for (const [node, ip] of [
      [a, "fe80::a"],
      [b, "fe80::b"],
    ] as const) {
      execFileSync("ip", ["-n", node.namespace, "addr", "add", `${ip}/64`, "dev", "eth0", "nodad"]);
    }
    const listener = await listenTcp(
      { local: { ip: parseIp("fe80::b"), port: PORT, zone: "eth0" }, namespace: b.namespace },
      (stream) => {
        streams.push(stream);
        stream.onBytes((bytes) => stream.write(bytes));
      },
    );
    listeners.push(listener);
    const remote = { ip: parseIp("fe80::b"), port: PORT, zone: "eth0" };
    const stream = await dial(remote.ip, { remote, source: parseIp("fe80::a"), password: undefined });
    expect(await echo(stream)).toBe("010203");
    expect(stream.remote).toEqual(remote);
    expect(streams.find((one) => one !== stream)?.remote).toMatchObject({ ip: parseIp("fe80::a"), zone: "eth0" });
  });

  test("nobody there, no way there, and a port that is taken are told apart", async () => {
    const ip = parseIp("192.0.2.2");
    await expect(dial(ip)).rejects.toMatchObject({ code: "ERR_DIAL_REFUSED" });
    await expect(dial(parseIp("203.0.113.1"))).rejects.toMatchObject({ code: "ERR_DIAL_UNREACHABLE" });
    await expect(dial(parseIp("192.0.2.99"))).rejects.toMatchObject({ code: "ERR_DIAL_TIMEOUT" });
    await listen(ip);
    await expect(listen(ip)).rejects.toMatchObject({ code: "ERR_SOCKET_IN_USE" });
    await expect(listen(parseIp("203.0.113.1"))).rejects.toMatchObject({ code: "ERR_SOCKET_ADDRESS" });
  });

  test("linuxHost() speaks TCP and UDP in its namespace", async () => {
    const host = linuxHost({ namespace: b.namespace });
    const socket = await host.bind({ ip: parseIp("192.0.2.2"), port: 0 });
    socket.onDatagram((bytes, from) => socket.send(bytes, from));
    const client = await linuxHost({ namespace: a.namespace }).bind({ ip: parseIp("192.0.2.1"), port: 0 });
    let answer = "";
    client.onDatagram((bytes) => (answer = toHex(bytes)));
    client.send(Uint8Array.of(7), socket.local);
    expect(await until(() => answer !== "" && answer)).toBe("07");
    for (const one of [socket, client]) one.close();
  });

  test("inNamespace comes back home whatever happens inside", () => {
    const names = (): string => execFileSync("ip", ["-br", "link"], { encoding: "utf8" });
    const home = names();
    expect(inNamespace(b.namespace, names)).not.toBe(home);
    expect(() =>
      inNamespace(b.namespace, () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(names()).toBe(home);
    expect(() => inNamespace("vk-none", names)).toThrow(expect.objectContaining({ code: "ERR_LINK_NAMESPACE" }));
    expect(() => inNamespace(b.namespace, () => Promise.resolve())).toThrow(/asynchronous/);
    expect(names()).toBe(home);
  });
});
