import { afterEach, beforeEach, expect, test } from "vitest";
import { parseIp, toHex, type BindOptions, type DatagramSocket, type Endpoint } from "@vipkit/net";
import { linuxHost } from "@vipkit/link/node";
import { needs, until } from "@vipkit/test-support";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";

const PORT = 3784;
const PAIRS = [
  ["192.0.2.1", "192.0.2.2"],
  ["2001:db8::1", "2001:db8::2"],
] as const;

needs({ namespaces: true }).describe("UDP with kernel options", () => {
  let lab: Lab;
  let a: LabNode;
  let b: LabNode;
  const sockets: DatagramSocket[] = [];

  const bind = async (node: LabNode, local: Endpoint, options?: BindOptions): Promise<DatagramSocket> => {
    const socket = await linuxHost({ namespace: node.namespace }).bind(local, options);
    sockets.push(socket);
    return socket;
  };
  /** What a socket hears, with TTL and where from. */
  const hear = (socket: DatagramSocket): { hex: string; ttl: number | undefined; from: Endpoint }[] => {
    const heard: { hex: string; ttl: number | undefined; from: Endpoint }[] = [];
    socket.onDatagram((bytes, from, ttl) => heard.push({ hex: toHex(bytes), ttl, from }));
    return heard;
  };

  beforeEach(() => {
    lab = createLab();
    a = lab.addNode("a", ["192.0.2.1/24", "2001:db8::1/64"]);
    b = lab.addNode("b", ["192.0.2.2/24", "2001:db8::2/64"]);
    for (const ip of ["192.0.2.2", "2001:db8::2"]) a.run("ping", "-c", "1", "-w", "10", ip);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    await lab.close();
  });

  test.each(PAIRS)("what comes with TTL 254 does not count, with 255 it does (%s to %s)", async (ours, theirs) => {
    const to = { ip: parseIp(theirs), port: PORT };
    const strict = hear(await bind(b, to, { minTtl: 255 }));
    for (const ttl of [254, 255, 64]) {
      const sender = await bind(a, { ip: parseIp(ours), port: 0 }, { ttl });
      sender.send(Uint8Array.of(ttl), to);
    }
    // In order, over one wire: when a last one has come, the ones before have been judged.
    (await bind(a, { ip: parseIp(ours), port: 0 }, { ttl: 255 })).send(Uint8Array.of(1), to);
    await until(() => strict.some(({ hex }) => hex === "01"));
    expect(strict.map(({ hex }) => hex)).toEqual(["ff", "01"]);
  });

  test.each(PAIRS)("the TTL of each datagram is told where that is asked for (%s to %s)", async (ours, theirs) => {
    const to = { ip: parseIp(theirs), port: PORT };
    const heard = hear(await bind(b, to, { tellTtl: true }));
    for (const ttl of [1, 254]) (await bind(a, { ip: parseIp(ours), port: 0 }, { ttl })).send(Uint8Array.of(ttl), to);
    await until(() => heard.length === 2);
    expect(heard.map(({ ttl }) => ttl)).toEqual([1, 254]);
    const plain = hear(await bind(b, { ...to, port: 0 }));
    sockets[0]!.send(Uint8Array.of(7), sockets[3]!.local);
    await until(() => plain.length === 1);
    expect(plain[0]).toEqual({ hex: "07", ttl: undefined, from: { ip: parseIp(theirs), port: PORT } });
  });

  test("link-local addresses have the zone of their namespace", async () => {
    const linkLocal = (node: LabNode): string =>
      /inet6 (fe80::[^/]+)/.exec(node.run("ip", "-6", "addr", "show", "dev", "eth0", "scope", "link"))![1]!;
    const [ours, theirs] = [parseIp(linkLocal(a)), parseIp(linkLocal(b))];
    const socket = await bind(b, { ip: parseIp("::"), port: PORT }, { minTtl: 255 });
    const heard = hear(socket);
    const sender = await bind(a, { ip: ours, port: 0, zone: "eth0" }, { ttl: 255 });
    sender.send(Uint8Array.of(9), { ip: theirs, port: PORT, zone: "eth0" });
    await until(() => heard.length === 1);
    expect(heard[0]!.from).toEqual({ ip: ours, port: sender.local.port, zone: "eth0" });
  });

  test("a burst longer than a batch is read to its end, and order is kept", async () => {
    const to = { ip: parseIp("192.0.2.2"), port: PORT };
    const heard = hear(await bind(b, to));
    const sender = await bind(a, { ip: parseIp("192.0.2.1"), port: 0 });
    for (let i = 0; i < 200; i += 1) sender.send(Uint8Array.of(i), to);
    await until(() => heard.length === 200);
    expect(heard.map(({ hex }) => Number.parseInt(hex, 16))).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test("a device that is not there, a port that is taken and no way out are told", async () => {
    const to = { ip: parseIp("192.0.2.2"), port: PORT };
    await expect(bind(b, to, { device: "eth9" })).rejects.toMatchObject({ code: "ERR_LINK_NO_INTERFACE" });
    const bound = await bind(b, to, { device: "eth0", minTtl: 255 });
    await expect(bind(b, to, { device: "eth0" })).rejects.toMatchObject({ code: "ERR_SOCKET_IN_USE" });
    await expect(bind(b, { ip: parseIp("198.51.100.1"), port: 0 })).rejects.toMatchObject({
      code: "ERR_SOCKET_ADDRESS",
    });
    bound.close();
    const free = await bind(b, { ...to, port: 0 });
    const failures: Error[] = [];
    free.onError((error) => failures.push(error));
    free.send(Uint8Array.of(1), { ip: parseIp("198.51.100.1"), port: 9 });
    expect(failures).toMatchObject([{ code: "ERR_DIAL_UNREACHABLE" }]);
    free.close();
    free.send(Uint8Array.of(1), to);
    expect(failures).toHaveLength(1);
  });
});
