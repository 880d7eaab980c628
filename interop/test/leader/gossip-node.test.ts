import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { until } from "@vipkit/test-support";
import { afterEach, describe, expect, test } from "vitest";
import { FlagError, readEndpoint, readFlags } from "../../gossip-node/flags.js";
import { startOurMember, type GossipProcess } from "../../peers/gossip-process.js";

const hexOf = (text: string): string => Buffer.from(text).toString("hex");

describe("the flags of the gossip node", () => {
  test("are read with one dash or two, with a blank or an equals sign", () => {
    const flags = readFlags(
      "-name a --port=7000 -join 10.0.0.1:1,[2001:db8::1]:2 -profile fast -probe-interval 1m30s -reclaim 0 -no-tcp-ping".split(
        " ",
      ),
    );
    expect(flags).toMatchObject({ name: "a", bind: { port: 7000 }, profile: "fast" });
    expect(flags.join.map(({ port }) => port)).toEqual([1, 2]);
    expect(flags.config).toEqual({ probeIntervalMs: 90_000, deadReclaimMs: Infinity, tcpPings: false });
    expect(readFlags(["-probe-timeout", "1.5s", "-leave-after", "250ms"])).toMatchObject({
      config: { probeTimeoutMs: 1500 },
      leaveAfterMs: 250,
    });
  });

  test.each([
    ["-unknown 1"],
    ["-port x"],
    ["-probe-interval 100"],
    ["-profile slow"],
    ["-name"],
    ["-join nowhere"],
    ["-secret 00"],
    ["-label x"],
    ["-compress=true"],
  ])("are refused when they are wrong or not supported yet: %s", (line) => {
    expect(() => readFlags(line.split(" "))).toThrow(FlagError);
  });

  test("end the program with what is wrong", () => {
    const program = fileURLToPath(new URL("../../gossip-node/main.ts", import.meta.url));
    const args = ["--import", "tsx", "--conditions=vipkit:source", program, "-label", "x"];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ev: "error", err: "-label is not supported yet" });
    expect(() => readEndpoint("10.0.0.1")).toThrow("ADDRESS:PORT");
  });
});

describe("gossip nodes", () => {
  const running: GossipProcess[] = [];
  afterEach(async () => {
    for (const node of running.splice(0)) await node.stop();
  });
  const start = async (name: string, flags: readonly string[]): Promise<GossipProcess> => {
    const node = await startOurMember(name, flags);
    running.push(node);
    return node;
  };

  test("obey their commands", async () => {
    const a = await start("a", ["-profile", "fast", "-meta", "first"]);
    const b = await start("b", ["-profile", "fast", "-state", "state of b"]);
    b.tell(`join 127.0.0.1:${a.port}`);
    await until(async () => (await a.members()).join() === "a,b" && (await b.members()).join() === "a,b");
    expect(b.events.find(({ ev }) => ev === "joined")).toMatchObject({ n: 1 });
    expect(b.events.find(({ ev, node }) => ev === "join" && node === "a")?.info).toMatchObject({
      meta: "first",
      port: a.port,
    });
    await until(() => a.events.some(({ ev, hex }) => ev === "remote-state" && hex === hexOf("state of b")));
    a.tell("meta second");
    await until(() => b.events.some(({ ev, info }) => ev === "update" && info?.meta === "second"));
    for (const command of ["broadcast", "udp b", "tcp b"]) {
      a.tell(`${command} via ${command}`);
      await until(() => b.events.some(({ ev, hex }) => ev === "user" && hex === hexOf(`via ${command}`)));
    }
    a.tell("tcp nobody hello");
    a.tell("key use 00");
    await until(() => a.events.filter(({ ev }) => ev === "error").length === 2);
    b.tell("leave");
    await until(() => a.events.some(({ ev, node }) => ev === "leave" && node === "b"));
    await until(() => b.events.some(({ ev }) => ev === "left"));
    b.tell("quit");
  });
});
