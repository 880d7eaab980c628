import type { MemberEvent, ProfileName, SwimConfig } from "@vipkit/leader";
import { startMember, type Member, type MemberOptions } from "@vipkit/leader/node";
import { parseIp, toHex } from "@vipkit/net";
import { nodeHost } from "@vipkit/net/node";
import { needs, until } from "@vipkit/test-support";
import { afterEach, expect, test } from "vitest";
import { holdableHost } from "../../gossip-node/hold.js";
import { startGoMember, type GossipProcess } from "../../peers/gossip-process.js";

const loopback = parseIp("127.0.0.1");
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

interface Ours {
  readonly member: Member;
  readonly events: { readonly at: number; readonly event: MemberEvent }[];
}

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function ours(
  name: string,
  join: readonly number[],
  profile: ProfileName = "lan",
  config: Partial<SwimConfig> = {},
  more: Partial<MemberOptions> = {},
): Promise<Ours> {
  const seeds = join.map((port) => ({ ip: loopback, port }));
  const member = await startMember({
    host: nodeHost(),
    name,
    bind: { ip: loopback, port: 0 },
    join: seeds,
    profile,
    config,
    ...more,
  });
  const events: Ours["events"] = [];
  member.onEvent((event) => events.push({ at: performance.now(), event }));
  running.push(() => member.close());
  return { member, events };
}

async function go(name: string, join: readonly number[], flags: readonly string[] = []): Promise<GossipProcess> {
  const seeds = join.length === 0 ? [] : ["-join", join.map((port) => `127.0.0.1:${port}`).join(",")];
  const member = await startGoMember(name, [...seeds, ...flags]);
  running.push(() => member.stop());
  return member;
}

const namesOf = ({ member }: Ours): string[] => member.members().map(({ name }) => name);
const stateOf = ({ member }: Ours, name: string): string | undefined =>
  member.snapshot().members.find((view) => view.name === name)?.state;

async function converged(
  all: readonly (Ours | GossipProcess)[],
  names: readonly string[],
  timeoutMs = 20_000,
): Promise<void> {
  const expected = [...names].sort().join(" ");
  for (const one of all) {
    const seen = async (): Promise<string> => ("member" in one ? namesOf(one) : await one.members()).join(" ");
    await until(async () => (await seen()) === expected, { timeoutMs, what: `${expected} in everybody's view` });
  }
}

const FAST_GO = [
  ...["-probe-interval", "100ms", "-probe-timeout", "40ms", "-gossip-interval", "20ms"],
  ...["-suspicion-mult", "3", "-pushpull", "2s"],
];

needs({ commands: ["go"] }).describe("memberlist in Go", () => {
  test("joins ours with its default configuration, and each hears the other", async () => {
    const a = await ours("ours", []);
    const b = await go("go", [a.member.advertise.port], ["-meta", "from go", "-state", "state of go"]);
    await converged([a, b], ["go", "ours"]);
    expect(toHex(a.member.members()[0]!.meta)).toBe(toHex(text("from go")));
    expect(
      a.events.some(({ event }) => event.type === "remoteState" && toHex(event.state) === toHex(text("state of go"))),
    ).toBe(true);

    a.member.setMeta(text("new from ours"));
    await until(() => b.events.some(({ ev, info }) => ev === "update" && info?.meta === "new from ours"));
    b.tell("meta new from go");
    await until(() =>
      a.events.some(({ event }) => event.type === "update" && toHex(event.member.meta) === toHex(text("new from go"))),
    );

    a.member.broadcast(text("rumour"));
    await a.member.send("go", text("datagram"), { reliable: false });
    await a.member.send("go", text("x".repeat(50_000)));
    for (const words of ["rumour", "datagram", "x".repeat(50_000)]) {
      await until(() => b.events.some(({ ev, hex }) => ev === "user" && hex === toHex(text(words))));
    }
    for (const [command, words] of [
      ["broadcast", "go rumour"],
      ["udp ours", "go datagram"],
      ["tcp ours", "go stream"],
    ]) {
      b.tell(`${command!} ${words!}`);
      await until(() =>
        a.events.some(({ event }) => event.type === "user" && toHex(event.payload) === toHex(text(words!))),
      );
    }
    expect(b.events.filter(({ ev }) => ev === "error")).toEqual([]);
    const refused = Object.keys(a.member.snapshot().counters).filter((name) => name.startsWith("ERR_"));
    expect(refused).toEqual([]);
  });

  test("is joined by ours, and leaves are voluntary on both sides", async () => {
    const a = await go("go", []);
    const b = await ours("ours", [a.port]);
    await converged([a, b], ["go", "ours"]);
    a.tell("leave");
    await until(() => b.events.some(({ event }) => event.type === "leave" && event.voluntary), { timeoutMs: 5000 });
    const c = await go("go2", [b.member.advertise.port]);
    await converged([c], ["go2", "ours"]);
    await b.member.leave(5000);
    await until(() => c.events.some(({ ev, node }) => ev === "leave" && node === "ours"), { timeoutMs: 3000 });
  });

  test("and ours make one cluster of 3 + 3, and lose one of each without another", async () => {
    const first = await ours("o1", []);
    const seed = first.member.advertise.port;
    const g = [await go("g1", [seed], FAST_GO), await go("g2", [seed], FAST_GO), await go("g3", [seed], FAST_GO)];
    const o = [first, await ours("o2", [seed], "fast"), await ours("o3", [g[0]!.port], "fast")];
    await converged([...g, ...o], ["g1", "g2", "g3", "o1", "o2", "o3"]);
    g[2]!.kill("SIGKILL");
    await o[2]!.member.close();
    await converged([g[0]!, g[1]!, o[0]!, o[1]!], ["g1", "g2", "o1", "o2"], 40_000);
    for (const { events } of [o[0]!, o[1]!]) {
      const gone = events.flatMap(({ event }) => (event.type === "leave" ? [event.member.name] : []));
      expect(gone.sort()).toEqual(["g3", "o3"]);
    }
    for (const { events } of [g[0]!, g[1]!]) {
      const gone = events.flatMap(({ ev, node }) => (ev === "leave" ? [node!] : []));
      expect(gone.sort()).toEqual(["g3", "o3"]);
    }
  });

  test("refutes our suspicion after a pause", async () => {
    const a = await ours("ours", [], "lan", { probeIntervalMs: 200, probeTimeoutMs: 80, suspicionMult: 8 });
    const b = await go(
      "go",
      [a.member.advertise.port],
      ["-probe-interval", "200ms", "-probe-timeout", "80ms", "-suspicion-mult", "8"],
    );
    await converged([a, b], ["go", "ours"]);
    b.kill("SIGSTOP");
    await until(() => stateOf(a, "go") === "suspect", { timeoutMs: 5000, everyMs: 10 });
    b.kill("SIGCONT");
    await until(() => stateOf(a, "go") === "alive", { timeoutMs: 5000, everyMs: 10 });
    expect(a.events.some(({ event }) => event.type === "refuted")).toBe(true);
    expect(a.events.some(({ event }) => event.type === "leave")).toBe(false);
    expect(b.events.some(({ ev }) => ev === "leave")).toBe(false);
  });

  test("suspects us while our packets are held, and believes our refutation", async () => {
    const host = holdableHost(nodeHost());
    const a = await ours("ours", [], "lan", { probeIntervalMs: 200, probeTimeoutMs: 80, tcpPings: false }, { host });
    const flags = ["-probe-interval", "200ms", "-probe-timeout", "80ms", "-suspicion-mult", "8", "-no-tcp-ping"];
    const b = await go("go", [a.member.advertise.port], flags);
    await converged([a, b], ["go", "ours"]);
    host.hold(700);
    await until(() => (a.member.snapshot().counters.refutations ?? 0) > 0, { timeoutMs: 5000, everyMs: 10 });
    await converged([b], ["go", "ours"]);
    expect(b.events.some(({ ev }) => ev === "leave")).toBe(false);
  });

  test("speaks IPv6 with ours", async () => {
    const ip = parseIp("::1");
    const b = await go("go", [], ["-bind", "::1"]);
    const a = await ours("ours", [], "lan", {}, { bind: { ip, port: 0 }, join: [{ ip, port: b.port }] });
    await converged([a, b], ["go", "ours"]);
    expect(a.member.members()[0]).toMatchObject({ ip: 1n, port: b.port });
  });

  test("that was taken for dead comes back by itself", async () => {
    const a = await ours("ours", [], "fast", { gossipToTheDeadMs: 60_000 });
    const b = await go("go", [a.member.advertise.port], FAST_GO);
    await converged([a, b], ["go", "ours"]);
    b.kill("SIGSTOP");
    await until(() => stateOf(a, "go") === "dead", { timeoutMs: 10_000 });
    b.kill("SIGCONT");
    await until(() => stateOf(a, "go") === "alive", { timeoutMs: 10_000 });
    await converged([a, b], ["go", "ours"], 10_000);
  });
});

/** Milliseconds from SIGKILL to the first survivor that reports it, and to the last. */
async function failover(
  start: (index: number, seed: number | undefined) => Promise<Ours | GossipProcess>,
): Promise<number[]> {
  const all = [await start(0, undefined)];
  const portOf = (one: Ours | GossipProcess): number => ("member" in one ? one.member.advertise.port : one.port);
  for (const index of [1, 2]) all.push(await start(index, portOf(all[0]!)));
  await converged(all, ["n0", "n1", "n2"]);
  const since = performance.now();
  const [victim, ...others] = all;
  if ("member" in victim!) await victim.member.close();
  else victim!.kill("SIGKILL");
  const times: number[] = [];
  for (const one of others) {
    if ("member" in one) {
      const seen = await until(() => one.events.find(({ at, event }) => at > since && event.type === "leave"), {
        everyMs: 5,
      });
      times.push(seen.at - since);
    } else {
      const seen = await until(() => one.events.find(({ ev }) => ev === "leave"), { everyMs: 5 });
      times.push(seen.t - performance.timeOrigin - since);
    }
  }
  for (const stop of running.splice(0).reverse()) await stop();
  return times;
}

needs({ commands: ["go"] }).test(
  "failover of ours (fast) beside Go's with the same probe interval",
  async () => {
    const mine: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      mine.push(...(await failover((index, seed) => ours(`n${index}`, seed === undefined ? [] : [seed], "fast"))));
      theirs.push(...(await failover((index, seed) => go(`n${index}`, seed === undefined ? [] : [seed], FAST_GO))));
    }
    const show = (times: number[]): string => {
      const sorted = times.map(Math.round).sort((a, b) => a - b);
      return `min ${sorted[0]!} median ${sorted[sorted.length >> 1]!} max ${sorted.at(-1)!} ms`;
    };
    console.log(`failover, 3 members, 5 kills: ours ${show(mine)}; Go ${show(theirs)}`);
    expect(Math.max(...mine)).toBeLessThan(1000);
  },
  60_000,
);
