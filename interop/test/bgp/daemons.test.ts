import { parseIp } from "@vipkit/net";
import { listenForPeers, startPeer, type Peer } from "@vipkit/bgp/node";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Daemon } from "../support/daemon.js";
import { DAEMONS, type DaemonKind } from "./daemons.js";
import {
  createHeard,
  layTable,
  OUR_ASN,
  OUR_IPV4,
  OUR_IPV6,
  ourConfig,
  route,
  seat,
  THEIR_IPV6,
  type Table,
} from "./table.js";

const LIMIT = { timeoutMs: 25_000 };

async function established(peer: Peer, daemon: Daemon, address = OUR_IPV4): Promise<void> {
  await until(() => peer.snapshot().state === "Established", { ...LIMIT, what: `a session with ${daemon.name}` }).catch(
    async (error: unknown) => {
      throw new Error(`${JSON.stringify(peer.snapshot(), null, 1)}\n${await daemon.describe(address)}`, {
        cause: error,
      });
    },
  );
}

async function knows(daemon: Daemon, family: "ipv4" | "ipv6", prefix: string): Promise<void> {
  await until(async () => (await daemon.routes(family)).has(prefix), { ...LIMIT, what: `${prefix} at ${daemon.name}` });
}

async function forgets(daemon: Daemon, family: "ipv4" | "ipv6", prefix: string): Promise<void> {
  await until(async () => !(await daemon.routes(family)).has(prefix), {
    ...LIMIT,
    what: `${daemon.name} without ${prefix}`,
  });
}

function casesFor(kind: DaemonKind): void {
  let table: Table;
  const peers: Peer[] = [];
  const start = (...words: Parameters<typeof startPeer>): Peer => {
    const peer = startPeer(...words);
    peers.push(peer);
    return peer;
  };
  beforeEach(() => {
    table = layTable();
  });
  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.stop()));
    await table.close();
  });

  test("we dial: both families over IPv4, attributes, refresh, withdrawal, Cease with a text", async () => {
    const daemon = await seat(table, kind, { mode: "passive" });
    const heard = createHeard();
    const peer = start({ host: table.host, config: ourConfig(), onUpdate: heard.onUpdate });
    const more = {
      communities: [65001 * 65536 + 7],
      largeCommunities: [{ global: 65001, local1: 1, local2: 2 }],
      med: 50,
    };
    peer.advertise([
      route("10.1.0.1/32", { ...more, asPathPrepend: [OUR_ASN, OUR_ASN] }),
      route("10.1.1.0/24", more),
      route("2001:db8:1::1/128", more),
    ]);
    await established(peer, daemon);
    await knows(daemon, "ipv4", "10.1.0.1/32");
    await knows(daemon, "ipv4", "10.1.1.0/24");
    await knows(daemon, "ipv6", "2001:db8:1::1/128");
    const shown = (await daemon.routes("ipv4")).get("10.1.0.1/32")!;
    expect(shown.communities).toContain("65001:7");
    expect(shown.largeCommunities).toContain("65001:1:2");
    expect(shown.med).toBe(50);
    expect(shown.asPath).toEqual([OUR_ASN, OUR_ASN, OUR_ASN]);
    expect(shown.nextHops).toContain(OUR_IPV4);
    const shown6 = (await daemon.routes("ipv6")).get("2001:db8:1::1/128")!;
    expect(shown6.nextHops).toContain(OUR_IPV6);
    await until(() => heard.prefixes.has("10.200.0.0/24"), { ...LIMIT, what: "the daemon's own route" });
    if (kind.cannot.refresh === undefined) {
      await daemon.refresh(OUR_IPV4);
      await until(() => (peer.snapshot().counters.messagesIn["route-refresh"] ?? 0) >= 1, LIMIT);
      await knows(daemon, "ipv4", "10.1.0.1/32");
    }
    peer.advertise([route("10.1.1.0/24", more)]);
    await forgets(daemon, "ipv4", "10.1.0.1/32");
    await forgets(daemon, "ipv6", "2001:db8:1::1/128");
    expect((await daemon.routes("ipv4")).has("10.1.1.0/24")).toBe(true);
    expect(peer.snapshot().counters.established).toBe(1);
    await peer.stop("maintenance at noon");
    await forgets(daemon, "ipv4", "10.1.1.0/24");
  });

  test("the daemon dials us", async () => {
    const listener = await listenForPeers({
      host: table.host,
      local: { ip: parseIp(OUR_IPV4), port: 179 },
      peers: [ourConfig({ passive: true })],
    });
    const daemon = await seat(table, kind, { mode: "active" });
    const peer = listener.peers.get("them")!;
    peer.advertise([route("10.1.0.1/32")]);
    await established(peer, daemon);
    expect(peer.snapshot().session?.side).toBe("in");
    await knows(daemon, "ipv4", "10.1.0.1/32");
    await listener.close("bye");
    await forgets(daemon, "ipv4", "10.1.0.1/32");
  });

  test("a session over IPv6 carries IPv6 routes", async () => {
    const daemon = await seat(table, kind, { address: OUR_IPV6, mode: "passive" });
    const peer = start({
      host: table.host,
      config: ourConfig({
        remote: { ip: parseIp(THEIR_IPV6), port: 179 },
        source: parseIp(OUR_IPV6),
        families: ["ipv6"],
      }),
    });
    peer.advertise([route("2001:db8:1::1/128")]);
    await established(peer, daemon, OUR_IPV6);
    await knows(daemon, "ipv6", "2001:db8:1::1/128");
    expect((await daemon.routes("ipv6")).get("2001:db8:1::1/128")!.nextHops).toContain(OUR_IPV6);
  });

  test("an internal peer sees the local preference and an empty path", async () => {
    const daemon = await seat(table, kind, { mode: "passive" }, { asn: OUR_ASN });
    const peer = start({ host: table.host, config: ourConfig({ peerAsn: OUR_ASN }) });
    peer.advertise([route("10.1.0.1/32", { localPref: 321 })]);
    await established(peer, daemon);
    await knows(daemon, "ipv4", "10.1.0.1/32");
    const shown = (await daemon.routes("ipv4")).get("10.1.0.1/32")!;
    expect(shown.localPref).toBe(321);
    expect(shown.asPath).toEqual([]);
  });

  test("we speak two-octet AS numbers only", async () => {
    const daemon = await seat(table, kind, { mode: "passive" });
    const peer = start({ host: table.host, config: ourConfig({ fourOctetAs: false }) });
    peer.advertise([route("10.1.0.1/32", { asPathPrepend: [4_200_000_001] })]);
    await established(peer, daemon);
    expect(peer.snapshot().session?.fourOctetAs).toBe(false);
    await knows(daemon, "ipv4", "10.1.0.1/32");
    expect((await daemon.routes("ipv4")).get("10.1.0.1/32")!.asPath).toEqual([OUR_ASN, 4_200_000_001]);
  });

  const keyless = kind.cannot["md5-passive"];
  const outcome = keyless === undefined ? "with the right key, and not with a wrong one" : `with no key: ${keyless}`;
  test(`TCP-MD5 where we dial: ${outcome}`, async () => {
    const daemon = await seat(table, kind, { mode: "passive", password: "rightkey" });
    const wrong = start({ host: table.host, config: ourConfig({ password: "wrongkey", connectRetrySeconds: 1 }) });
    await until(() => wrong.snapshot().lastError !== undefined, LIMIT);
    expect(wrong.snapshot().counters.established).toBe(0);
    expect(JSON.stringify(wrong.snapshot())).not.toContain("wrongkey");
    await wrong.stop();
    const right = start({ host: table.host, config: ourConfig({ password: "rightkey", connectRetrySeconds: 1 }) });
    if (keyless !== undefined) {
      await until(() => right.snapshot().lastError !== undefined, LIMIT);
      expect(right.snapshot().counters.established).toBe(0);
      return;
    }
    right.advertise([route("10.1.0.1/32")]);
    await established(right, daemon);
    await knows(daemon, "ipv4", "10.1.0.1/32");
  });

  test("TCP-MD5 where we listen: with the right key, and not with a wrong one", async () => {
    const listen = (password: string) =>
      listenForPeers({
        host: table.host,
        local: { ip: parseIp(OUR_IPV4), port: 179 },
        peers: [ourConfig({ passive: true, password })],
      });
    const wrong = await listen("wrongkey");
    const daemon = await seat(table, kind, { mode: "active", password: "rightkey" });
    const drops = (): number => Number(/TcpExtTCPMD5Failure\s+(\d+)/.exec(table.us.run("nstat", "-asz"))?.[1]);
    await until(() => drops() > 0, { ...LIMIT, what: "segments that the kernel drops" });
    expect(wrong.peers.get("them")!.snapshot().counters.established).toBe(0);
    await wrong.close();
    const right = await listen("rightkey");
    await established(right.peers.get("them")!, daemon);
    await right.close();
  });

  test("a daemon that is paused is missed after the hold time", async () => {
    const daemon = await seat(table, kind, { mode: "passive", holdTimeSeconds: 3 });
    const peer = start({ host: table.host, config: ourConfig({ holdTimeSeconds: 3 }) });
    await established(peer, daemon);
    expect(peer.snapshot().session?.holdTimeSeconds).toBe(3);
    const before = performance.now();
    for (const pid of daemon.pids) process.kill(pid, "SIGSTOP");
    try {
      await until(() => peer.snapshot().lastNotification?.code === 4, LIMIT);
      expect(performance.now() - before).toBeLessThan(3500);
    } finally {
      for (const pid of daemon.pids) process.kill(pid, "SIGCONT");
    }
    await established(peer, daemon);
  });
}

for (const kind of DAEMONS) {
  needs({ namespaces: true, commands: kind.commands }).describe(`${kind.name} as the router`, () => casesFor(kind));
}
