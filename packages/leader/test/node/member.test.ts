import { describe, expect, it, vi } from "vitest";
import { startMember } from "../../src/node/index.js";
import { addressOf, createCluster, leaveTimes, nameOf, startedCluster } from "../support/cluster.js";

// Virtual time costs real time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe("a cluster", () => {
  it("comes together through one seed, and again after everybody has joined at once", async () => {
    const cluster = await startedCluster(1, 8);
    expect(cluster.sees(3)).toBe("n0 n1 n2 n3 n4 n5 n6 n7");
    expect(cluster.members[0]!.events.filter(({ event }) => event.type === "join")).toHaveLength(8);
  });

  it("joins when the seed comes up later than the others", async () => {
    const cluster = createCluster(2, { profile: "fast" });
    await cluster.start(1);
    await cluster.start(2);
    await cluster.world.advance(5000);
    expect(cluster.sees(1)).toBe("n1");
    await cluster.start(0);
    expect(await cluster.world.until(() => cluster.agree([0, 1, 2]), 5000)).toBe(true);
  });

  it("says how many seeds have answered", async () => {
    const cluster = await startedCluster(3, 2);
    const asked = cluster.members[1]!.member.join([addressOf(0), addressOf(40), addressOf(1)]);
    await cluster.world.advance(20_000);
    expect(await asked).toBe(1);
  });
});

describe("failover", () => {
  it.each([3, 5, 10])("of the fast profile ends well under a second with %i members", async (size) => {
    const worst: number[] = [];
    for (let seed = 1; seed <= 5; seed += 1) {
      const cluster = await startedCluster(seed, size, { profile: "fast" });
      await cluster.world.advance(2000 + 100 * cluster.world.random());
      const since = cluster.world.now;
      cluster.members[0]!.host.powerOff();
      await cluster.world.advance(2000);
      const others = Array.from({ length: size - 1 }, (_, index) => index + 1);
      worst.push(Math.max(...leaveTimes(cluster, others, 0, since)));
    }
    expect(Math.max(...worst)).toBeLessThan(400);
  });

  it("of the lan profile takes what memberlist takes", async () => {
    const cluster = await startedCluster(7, 3);
    const since = cluster.world.now;
    cluster.members[2]!.host.powerOff();
    await cluster.world.advance(30_000);
    for (const ms of leaveTimes(cluster, [0, 1], 2, since)) {
      expect(ms).toBeGreaterThan(4500);
      expect(ms).toBeLessThan(8500);
    }
  });

  it("does not happen under 10 % loss", async () => {
    for (let seed = 1; seed <= 2; seed += 1) {
      const cluster = await startedCluster(seed, 5, { profile: "fast" }, 0.1);
      const since = cluster.world.now;
      await cluster.world.advance(15_000);
      for (const { events } of cluster.members) {
        expect(events.filter(({ at, event }) => at > since && event.type === "leave")).toEqual([]);
      }
    }
  });
});

describe("leaving", () => {
  it("is told at once and is not a death", async () => {
    const cluster = await startedCluster(11, 5);
    const since = cluster.world.now;
    const left = cluster.members[4]!.member.leave(5000);
    await cluster.world.advance(5000);
    await left;
    for (const ms of leaveTimes(cluster, [0, 1, 2, 3], 4, since)) expect(ms).toBeLessThan(1500);
    const [, ...rest] = cluster.members[0]!.events.filter(({ event }) => event.type === "leave");
    expect(rest).toEqual([]);
    expect(cluster.members[0]!.events.find(({ event }) => event.type === "leave")?.event).toMatchObject({
      voluntary: true,
    });
    await cluster.members[4]!.member.close();
  });

  it("ends at the timeout when nobody hears it, and at once for a lonely member", async () => {
    const cluster = await startedCluster(12, 2);
    cluster.world.segment.partition([[nameOf(0)], [nameOf(1)]]);
    let left = 0;
    void cluster.members[0]!.member.leave(700).then(() => (left = cluster.world.now));
    const since = cluster.world.now;
    await cluster.world.advance(3000);
    expect(left - since).toBeLessThanOrEqual(800);
    const alone = createCluster(13);
    await alone.start(0);
    await alone.members[0]!.member.leave(1000);
    expect(alone.world.now).toBe(0);
  });

  it("is followed by a return under the same name", async () => {
    const cluster = await startedCluster(14, 3);
    await Promise.all([cluster.members[2]!.member.leave(2000), cluster.world.advance(2000)]);
    await cluster.members[2]!.member.close();
    expect(cluster.agree([0, 1])).toBe(true);
    await cluster.start(2);
    expect(await cluster.world.until(() => cluster.agree([0, 1, 2]), 10_000)).toBe(true);
  });
});

describe("a partition", () => {
  it.each(["fast", "lan"] as const)("heals by itself (%s)", async (profile) => {
    const cluster = await startedCluster(21, 6, { profile });
    const sides = [
      [0, 1, 2],
      [3, 4, 5],
    ];
    cluster.world.segment.partition(sides.map((side) => side.map(nameOf)));
    expect(await cluster.world.until(() => sides.every((side) => cluster.agree(side)), 120_000)).toBe(true);
    cluster.world.segment.heal();
    const since = cluster.world.now;
    expect(await cluster.world.until(() => cluster.agree([0, 1, 2, 3, 4, 5]), 60_000)).toBe(true);
    expect(cluster.world.now - since).toBeLessThan(profile === "fast" ? 3000 : 45_000);
  });

  it("heals after both sides have forgotten each other", async () => {
    const cluster = await startedCluster(22, 4, { profile: "fast" });
    cluster.world.segment.partition([
      ["n0", "n1"],
      ["n2", "n3"],
    ]);
    await cluster.world.advance(60_000);
    expect(cluster.members[2]!.member.snapshot().members).toHaveLength(2);
    cluster.world.segment.heal();
    expect(await cluster.world.until(() => cluster.agree([0, 1, 2, 3]), 10_000)).toBe(true);
  });
});

describe("a member", () => {
  it("spreads new metadata", async () => {
    const cluster = await startedCluster(31, 4);
    cluster.members[1]!.member.setMeta(Uint8Array.of(1, 2, 3));
    await cluster.world.advance(3000);
    for (const { member } of cluster.members) expect(member.members()[1]!.meta).toEqual(Uint8Array.of(1, 2, 3));
    expect(cluster.members[3]!.events.some(({ event }) => event.type === "update")).toBe(true);
  });

  it("carries application messages by rumour, by UDP and by TCP, and state by push/pull", async () => {
    const cluster = await startedCluster(32, 3);
    const heard = (index: number): string[] =>
      cluster.members[index]!.events.flatMap(({ event }) => (event.type === "user" ? [String(event.payload)] : []));
    const { member } = cluster.members[0]!;
    member.broadcast(Uint8Array.of(1));
    const large = new Uint8Array(100_000).fill(7);
    const sent = Promise.all([member.send("n1", Uint8Array.of(2), { reliable: false }), member.send("n2", large)]);
    await cluster.world.advance(2000);
    await sent;
    expect(heard(1)).toContain("1");
    expect(heard(1)).toContain("2");
    expect(heard(2)).toContain(String(large));
    const refused = expect(member.send("nobody", large)).rejects.toMatchObject({ code: "ERR_MEMBER_UNREACHABLE" });
    await cluster.world.advance(10);
    await refused;
    member.setState(Uint8Array.of(9));
    await cluster.world.advance(60_000);
    expect(cluster.members[1]!.events.some(({ event }) => event.type === "remoteState" && event.state[0] === 9)).toBe(
      true,
    );
  });

  it("that is restarted at once is not missed, and is found again under its name", async () => {
    const cluster = await startedCluster(33, 3);
    await cluster.members[2]!.member.close();
    await cluster.start(2);
    await cluster.world.advance(20_000);
    expect(cluster.agree([0, 1, 2])).toBe(true);
    expect(cluster.members[0]!.events.filter(({ event }) => event.type === "leave")).toEqual([]);
  });

  it("refuses what it cannot be", async () => {
    const { world } = createCluster(34);
    const host = world.addHost({ name: "x", mac: 1, addresses: [addressOf(9).ip] });
    const good = { host, name: "x", bind: addressOf(9) };
    const start = (over: object): Promise<unknown> => startMember({ ...good, ...over });
    await expect(start({ bind: { ip: 0, port: 7946 } })).rejects.toMatchObject({ code: "ERR_ADVERTISE" });
    await expect(start({ name: "" })).rejects.toMatchObject({ code: "ERR_MEMBER_NAME" });
    await expect(start({ meta: new Uint8Array(513) })).rejects.toMatchObject({ code: "ERR_MEMBER_META" });
    await expect(start({ config: { probeIntervalMs: 0 } })).rejects.toMatchObject({ code: "ERR_SWIM_CONFIG" });
    await expect(start({ config: { protocolVersion: 6 } })).rejects.toMatchObject({ code: "ERR_SWIM_CONFIG" });
    // All refusals have given their sockets back.
    const member = await start({});
    expect(member).toMatchObject({ name: "x" });
  });
});
