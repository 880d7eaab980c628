import type { BfdConfig, BfdKey } from "@vipkit/bfd";
import { createBfdSpeaker, type BfdSession, type BfdSessionConfig, type BfdSpeaker } from "@vipkit/bfd/node";
import { linuxHost } from "@vipkit/link/node";
import { parseIp, type Host } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";
import { ROUTERS, type BfdRouter, type RouterKind, type RouterSession } from "./routers.js";

const LIMIT = { timeoutMs: 15_000, everyMs: 10 };
const TIMERS = { intervalMs: 100, multiplier: 3 };
const FAST = { desiredMinTxMs: 100, requiredMinRxMs: 100 };
const IPV4 = { ours: "192.0.2.1", theirs: "192.0.2.2" };
const IPV6 = { ours: "2001:db8::1", theirs: "2001:db8::2" };
/** Behind a router. */
const AFAR = { ours: "192.0.2.1", theirs: "198.51.100.2" };

function casesFor(kind: RouterKind): void {
  let lab: Lab;
  let us: LabNode;
  let them: LabNode;
  let bfd: BfdSpeaker;

  const startRouter = (ends: { ours: string; theirs: string }, more: Partial<RouterSession> = {}): Promise<BfdRouter> =>
    kind.start(lab, them, { remote: ends.ours, local: ends.theirs, ...TIMERS, ...more });
  const startOurs = (
    ends: { ours: string; theirs: string },
    more: Partial<BfdSessionConfig> = {},
  ): Promise<BfdSession> =>
    bfd.startSession({ name: "them", local: parseIp(ends.ours), remote: parseIp(ends.theirs), ...FAST, ...more });
  const isUp = (session: BfdSession, router: BfdRouter): Promise<unknown> =>
    until(
      async () => {
        const { toldUp, detectionTimeMs } = session.snapshot();
        return toldUp && detectionTimeMs === 300 && (await router.state()) === "up";
      },
      { ...LIMIT, what: "the session, up at both ends" },
    );
  /** Long enough for a session to come up that may. */
  const staysDown = async (session: BfdSession, packets: number): Promise<void> => {
    await until(() => session.snapshot().counters.received >= packets, { ...LIMIT, what: "packets" });
    expect(session.snapshot()).toMatchObject({ toldUp: false, counters: { ups: 0 } });
  };

  beforeEach(() => {
    lab = createLab();
    us = lab.addNode("us", [`${IPV4.ours}/24`, `${IPV6.ours}/64`]);
    them = lab.addNode("them", [`${IPV4.theirs}/24`, `${IPV6.theirs}/64`]);
    bfd = createBfdSpeaker({ host: linuxHost({ namespace: us.namespace }) });
  });
  afterEach(async () => {
    await bfd.close();
    await lab.close();
  });

  test.each([
    ["IPv4", IPV4],
    ["IPv6", IPV6],
  ])("one hop over %s: up, down after a cut within the detection time, up again", async (_name, ends) => {
    const router = await startRouter(ends);
    const session = await startOurs(ends);
    await isUp(session, router);
    const fell = new Promise<number>((resolve) => {
      session.onEvent(({ type }) => {
        if (type === "down") resolve(performance.now());
      });
    });
    const cutAt = performance.now();
    lab.setLink(them, false);
    expect((await fell) - cutAt).toBeLessThan(400);
    await until(async () => (await router.state()) === "down", { ...LIMIT, what: "the fall at the router" });
    lab.setLink(them, true);
    await isUp(session, router);
    expect(session.snapshot().counters).toMatchObject({ ups: 2, downs: 1 });
  });

  test("one hop between link-local addresses, from whatever address the kernel chooses", async () => {
    const linkLocal = (node: LabNode): string =>
      /inet6 (fe80::[^/]+)/.exec(node.run("ip", "-6", "addr", "show", "dev", "eth0", "scope", "link"))![1]!;
    const router = await startRouter({ ours: linkLocal(us), theirs: linkLocal(them) });
    const anywhere = createBfdSpeaker({ host: linuxHost({ namespace: us.namespace }), receiveOn: "any" });
    const remote = parseIp(linkLocal(them));
    const session = await anywhere.startSession({ name: "them", remote, zone: "eth0", ...FAST });
    await isUp(session, router);
    await anywhere.close();
  });

  test("RFC 5883: several hops, and the lowest TTL that counts", async () => {
    const middle = lab.addNode("middle", ["192.0.2.254/24", "198.51.100.254/24"]);
    const settings = ["ip_forward=1", "conf.all.send_redirects=0", "conf.eth0.send_redirects=0"];
    middle.run("sysctl", "-q", "-w", ...settings.map((setting) => `net.ipv4.${setting}`));
    us.run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.254");
    them.run("ip", "addr", "del", "192.0.2.2/24", "dev", "eth0");
    them.run("ip", "addr", "add", "198.51.100.2/24", "dev", "eth0");
    them.run("ip", "route", "add", "192.0.2.0/24", "via", "198.51.100.254");
    const router = await startRouter(AFAR, { multihop: true });
    const ttl = kind.multihopTtl - 1;
    const strict = await startOurs(AFAR, { multihop: true, minTtl: ttl + 1 });
    await until(() => strict.snapshot().counters.discarded >= 3, { ...LIMIT, what: "packets from afar" });
    expect(strict.snapshot()).toMatchObject({ state: "Down", lastDiscard: `TTL ${ttl} is below ${ttl + 1}` });
    await strict.stop();
    const session = await startOurs(AFAR, { multihop: true, minTtl: ttl });
    await isUp(session, router);
  });

  test("passive: whoever waits is spoken to first", async () => {
    const router = await startRouter(IPV4);
    const ours = await startOurs(IPV4, { passive: true });
    await isUp(ours, router);
  });

  test("passive at the router: it waits for us", async () => {
    const router = await startRouter(IPV4, { passive: true });
    await isUp(await startOurs(IPV4), router);
  });

  test("timers change at both ends while the session is up", async () => {
    const router = await startRouter(IPV4);
    const session = await startOurs(IPV4);
    await isUp(session, router);
    session.setTimers({ desiredMinTxMs: 500, requiredMinRxMs: 200, detectMultiplier: 5 });
    await until(
      () => session.snapshot().detectionTimeMs === 600 && session.snapshot().transmitIntervalMs === 500,
      LIMIT,
    );
    await router.configure({ remote: IPV4.ours, local: IPV4.theirs, intervalMs: 700, multiplier: 4 });
    await until(
      () => session.snapshot().detectionTimeMs === 2800 && session.snapshot().transmitIntervalMs === 700,
      LIMIT,
    );
    expect(session.snapshot()).toMatchObject({ state: "Up", counters: { ups: 1, downs: 0 } });
    expect(await router.state()).toBe("up");
  });

  test("administratively down, here and there, is told as such", async () => {
    const router = await startRouter(IPV4);
    const session = await startOurs(IPV4);
    await isUp(session, router);
    const stopped = session.stop();
    await until(async () => (await router.state()) === "down", {
      ...LIMIT,
      timeoutMs: 2000,
      what: "the router to hear of it",
    });
    await stopped;
    const again = await startOurs(IPV4);
    const downs: unknown[] = [];
    again.onEvent((event) => {
      if (event.type === "down") downs.push(event);
    });
    await isUp(again, router);
    await router.shutDown();
    await until(() => downs.length > 0, { ...LIMIT, what: "the router's farewell" });
    expect(downs).toMatchObject([kind.saysGoodbye ? { administrative: true, diagnostic: 3 } : { diagnostic: 1 }]);
  });

  test("a packet that may come from afar does not count: TTL 254 keeps the session down, 255 lets it up", async () => {
    const host = linuxHost({ namespace: them.namespace });
    const afar: Host = { ...host, bind: (local, options) => host.bind(local, { ...options, ttl: 254 }) };
    const other = createBfdSpeaker({ host: afar });
    const ends = { local: parseIp(IPV4.theirs), remote: parseIp(IPV4.ours) };
    const theirs = await other.startSession({ name: "us", ...ends, ...FAST });
    const session = await startOurs(IPV4);
    await until(() => theirs.snapshot().counters.sent >= 4, { ...LIMIT, what: "packets" });
    expect(session.snapshot()).toMatchObject({ state: "Down", counters: { received: 0 } });
    await other.close();
    await isUp(session, await startRouter(IPV4));
  });

  const key = (type: string, password: string): Pick<BfdConfig, "auth"> => ({
    auth: { type: type as BfdKey["type"], keyId: 7, key: new TextEncoder().encode(password) },
  });
  for (const type of kind.auth) {
    test(`authentication ${type}: the same key lets the session up, another or none does not`, async () => {
      const router = await startRouter(IPV4, { auth: { type, keyId: 7, password: "secret" } });
      const wrong = await startOurs(IPV4, key(type, "guess!"));
      await staysDown(wrong, 3);
      expect(wrong.snapshot().lastDiscard).toMatch(/wrong (password|digest)/);
      await wrong.stop();
      const none = await startOurs(IPV4);
      await staysDown(none, 3);
      expect(none.snapshot().lastDiscard).toBe("the packet is authenticated, the session is not");
      await none.stop();
      const session = await startOurs(IPV4, key(type, "secret"));
      await isUp(session, router);
      const { received } = session.snapshot().counters;
      await until(() => session.snapshot().counters.received >= received + 20, { ...LIMIT, what: "packets" });
      expect(session.snapshot()).toMatchObject({ state: "Up", counters: { downs: 0, discarded: 0 } });
    });
  }
  if (kind.auth.length === 0) {
    test(`cannot: authentication, for ${kind.name} has no command for it`, async () => {
      const router = (await startRouter(IPV4)) as BfdRouter & { within(...words: string[]): Promise<string> };
      const commands = await router.within("list");
      expect(commands).toMatch(/detect-multiplier/);
      expect(commands).not.toMatch(/auth|key|password/);
    });
  }
}

for (const kind of ROUTERS) {
  needs({ namespaces: true, commands: kind.commands }).describe(`BFD sessions with ${kind.name}`, () => casesFor(kind));
}
