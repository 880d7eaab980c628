import { fileURLToPath } from "node:url";
import { parseIp } from "@vipkit/net";
import { listenForPeers, startPeer, type Peer } from "@vipkit/bgp/node";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Daemon } from "../support/daemon.js";
import { startFrr } from "../support/frr.js";
import type { LabNode, Program } from "../support/namespace.js";
import { DAEMONS, type DaemonKind } from "./daemons.js";
import { layTable, OUR_ASN, OUR_IPV4, ourConfig, route, seat, THEIR_ASN, THEIR_IPV4, type Table } from "./table.js";

const LIMIT = { timeoutMs: 25_000 };
const SPEAK = fileURLToPath(new URL("speak.ts", import.meta.url));

function kindOf(name: string): DaemonKind {
  return DAEMONS.find((kind) => kind.name === name)!;
}

function speak(node: LabNode, more: object): Program {
  const words = { local: OUR_IPV4, remote: THEIR_IPV4, routes: ["10.1.0.1/32"], more };
  return node.start(process.execPath, ["--import", "tsx", "--conditions=vipkit:source", SPEAK, JSON.stringify(words)]);
}

async function up(peer: Peer, daemon: Daemon): Promise<void> {
  await until(() => peer.snapshot().state === "Established", { ...LIMIT, what: `a session with ${daemon.name}` });
}

async function knows(daemon: Daemon, prefix: string, yes = true): Promise<void> {
  const what = `${daemon.name} with${yes ? "" : "out"} ${prefix}`;
  await until(async () => (await daemon.routes("ipv4")).has(prefix) === yes, { ...LIMIT, everyMs: 10, what });
}

let table: Table;
const peers: Peer[] = [];

function start(...words: Parameters<typeof startPeer>): Peer {
  const peer = startPeer(...words);
  peers.push(peer);
  return peer;
}

function atTable(): void {
  beforeEach(() => {
    table = layTable();
  });
  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.stop()));
    await table.close();
  });
}

for (const name of ["BIRD", "FRR"]) {
  const kind = kindOf(name);
  needs({ namespaces: true, commands: kind.commands }).describe(`what only some routers do: ${name}`, () => {
    atTable();

    test("GTSM: hop limit 255 both ways (RFC 5082)", async () => {
      const daemon = await seat(table, kind, { mode: "passive", gtsm: true });
      const peer = start({ host: table.host, config: ourConfig({ ttlSecurity: 1 }) });
      peer.advertise([route("10.1.0.1/32")]);
      await up(peer, daemon);
      await knows(daemon, "10.1.0.1/32");
      await peer.stop();
      // Without GTSM our packets start with 64, and the router does not hear them.
      const far = start({ host: table.host, config: ourConfig({ connectRetrySeconds: 1 }) });
      const hasTried = (): boolean => far.snapshot().lastError !== undefined || far.snapshot().state === "OpenConfirm";
      await until(hasTried, LIMIT);
      expect(far.snapshot().counters.established).toBe(0);
    });

    test("roles: those that fit, and those that do not (RFC 9234)", async () => {
      const daemon = await seat(table, kind, { mode: "passive", role: "provider" });
      const wrong = start({ host: table.host, config: ourConfig({ role: "provider" }) });
      await until(() => wrong.snapshot().lastNotification !== undefined, LIMIT);
      expect(wrong.snapshot().lastNotification).toMatchObject({
        code: 2,
        subcode: 11,
        name: "OPEN Message Error: Role Mismatch",
      });
      await wrong.stop();
      const right = start({ host: table.host, config: ourConfig({ role: "customer", strictRole: true }) });
      right.advertise([route("10.1.0.1/32")]);
      await up(right, daemon);
      await knows(daemon, "10.1.0.1/32");
    });

    test("graceful restart: killed, the route stays as stale, and the next process refreshes it", async () => {
      const daemon = await seat(table, kind, { mode: "passive", gracefulRestart: true });
      const more = { gracefulRestart: { restartSeconds: 60 } };
      const first = speak(table.us, more);
      await knows(daemon, "10.1.0.1/32");
      // The router must have our End-of-RIB as well, or there is nothing to preserve.
      await until(() => first.output().includes("Established"), LIMIT);
      first.signal("SIGKILL");
      await until(() => !first.running, LIMIT);
      await until(async () => (await daemon.state(OUR_IPV4)) !== "established", LIMIT);
      const kept = (await daemon.routes("ipv4")).get("10.1.0.1/32");
      expect(kept).toBeDefined();
      if (name === "FRR") expect(kept?.stale).toBe(true);
      const second = speak(table.us, more);
      await until(async () => (await daemon.state(OUR_IPV4)) === "established", LIMIT);
      await until(async () => (await daemon.routes("ipv4")).get("10.1.0.1/32")?.stale === false, LIMIT);
      await second.stop();
    });

    test("drain loses the route at the router in under 100 ms, although it would keep it over a restart", async () => {
      const daemon = await seat(table, kind, { mode: "passive", gracefulRestart: true });
      const peer = start({ host: table.host, config: ourConfig({ gracefulRestart: { restartSeconds: 60 } }) });
      peer.advertise([route("10.1.0.1/32")]);
      await up(peer, daemon);
      await knows(daemon, "10.1.0.1/32");
      const asked = performance.now();
      await daemon.routes("ipv4");
      const question = performance.now() - asked;
      const before = performance.now();
      await peer.drain({ text: "node is drained" });
      await knows(daemon, "10.1.0.1/32", false);
      const took = performance.now() - before;
      // Asking takes a process: one question may still meet the route, the next one sees that it is gone.
      expect(took - 2 * question).toBeLessThan(100);
    });

    test("drain with a wait: the graceful shutdown community first (RFC 8326)", async () => {
      const daemon = await seat(table, kind, { mode: "passive" });
      const peer = start({ host: table.host, config: ourConfig() });
      peer.advertise([route("10.1.0.1/32")]);
      await up(peer, daemon);
      await knows(daemon, "10.1.0.1/32");
      const drained = peer.drain({ waitMs: 1500, text: "bye" });
      await until(async () => (await daemon.routes("ipv4")).get("10.1.0.1/32")?.communities.includes("65535:0"), LIMIT);
      await drained;
      await knows(daemon, "10.1.0.1/32", false);
    });

    test("both sides dial at once, again and again: always one session", async () => {
      const daemon = await seat(table, kind, { mode: "active" });
      const rounds = Number(process.env.VIPKIT_COLLISIONS ?? "20");
      for (let round = 0; round < rounds; round += 1) {
        const listener = await listenForPeers({
          host: table.host,
          local: { ip: parseIp(OUR_IPV4), port: 179 },
          peers: [ourConfig()],
        });
        const peer = listener.peers.get("them")!;
        await up(peer, daemon);
        const { halves } = peer.snapshot();
        expect(Object.values(halves).filter((state) => state === "Established")).toHaveLength(1);
        await listener.close("next round");
      }
    });
  });
}

needs({ namespaces: true, commands: kindOf("FRR").commands }).describe("link-local peers: FRR", () => {
  atTable();

  test("a session over link-local addresses carries IPv4 routes with IPv6 next hops (RFC 8950)", async () => {
    const theirs = /inet6 (fe80::\S+)\/64/.exec(
      table.them.run("ip", "-6", "addr", "show", "dev", "eth0", "scope", "link"),
    )![1]!;
    const ours = /inet6 (fe80::\S+)\/64/.exec(
      table.us.run("ip", "-6", "addr", "show", "dev", "eth0", "scope", "link"),
    )![1]!;
    const frr = await startFrr(table.lab, table.them, {
      asn: THEIR_ASN,
      routerId: THEIR_IPV4,
      neighbors: [{ address: ours, interface: "eth0", asn: OUR_ASN, mode: "passive" }],
    });
    const peer = start({
      host: table.host,
      config: ourConfig({
        remote: { ip: parseIp(theirs), port: 179, zone: "eth0" },
        source: parseIp(ours),
        nextHops: {},
      }),
    });
    peer.advertise([route("10.1.0.1/32"), route("2001:db8:1::1/128")]);
    await until(() => peer.snapshot().state === "Established", { ...LIMIT, what: "a link-local session" }).catch(
      (error: unknown) => {
        throw new Error(`${JSON.stringify(peer.snapshot())}\n${frr.vtysh("show bgp neighbors")}`, { cause: error });
      },
    );
    expect(peer.snapshot().session?.extendedNextHop).toBe(true);
    await knows(frr, "10.1.0.1/32");
    await until(async () => (await frr.routes("ipv6")).has("2001:db8:1::1/128"), LIMIT);
    expect((await frr.routes("ipv4")).get("10.1.0.1/32")!.nextHops.some((hop) => hop.startsWith("fe80"))).toBe(true);
  });
});

describe("the list of what daemons cannot do", () => {
  test("has a reason for each entry", () => {
    for (const { cannot } of DAEMONS) for (const reason of Object.values(cannot)) expect(reason).toMatch(/\w+ [\d.]+/);
  });
});
