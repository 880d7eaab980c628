import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseIp, type ByteStream, type Host, type Ipv4 } from "@vipkit/net";
import { encodeMessage, PLAIN_CONTEXT, type OpenMessage, type PeerConfig, type Route } from "@vipkit/bgp";
import { listenForPeers, startPeer, type ListenerOptions, type Peer, type PeerListener } from "@vipkit/bgp/node";
import { linuxHost } from "@vipkit/link/node";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { soundUpdate } from "../bgp-codec/malformed.js";
import type { LabNode } from "../support/namespace.js";
import { openRawSession } from "../support/raw-session.js";
import { LIMIT } from "./stage.js";
import { layTable, OUR_ASN, OUR_IPV4, THEIR_ASN, THEIR_IPV4, type Table } from "./table.js";

const STRANGERS = fileURLToPath(new URL("strangers.mjs", import.meta.url));
/** Somebody who has nothing to do with it. */
const BYSTANDER = "192.0.2.3";
const STRANGER = "192.0.2.4";

const OPEN: OpenMessage = {
  type: "open",
  version: 4,
  myAs: THEIR_ASN,
  holdTimeSeconds: 90,
  routerId: parseIp(THEIR_IPV4) as Ipv4,
  capabilities: [
    { type: "multiprotocol", family: { afi: 1, safi: 1 } },
    { type: "four-octet-as", asn: THEIR_ASN },
  ],
};
const KEEPALIVE = encodeMessage({ type: "keepalive" }, PLAIN_CONTEXT);

/** What this process holds after everything that can go has gone. */
function held(): { readonly heapMB: number; readonly residentMB: number; readonly descriptors: number } {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return {
    heapMB: (heapUsed + arrayBuffers) / 2 ** 20,
    residentMB: rss / 2 ** 20,
    descriptors: readdirSync("/proc/self/fd").length,
  };
}

needs({ namespaces: true }).describe("neighbours and strangers that misbehave, over the kernel's TCP", () => {
  let table: Table;
  let theirs: Host;
  /** A machine of its own: what happens to the attacker's cable does not happen to it. */
  let other: LabNode;
  let listener: PeerListener;
  let bystander: Peer;
  const reasons: string[] = [];

  function configOf(address: string, more: Partial<PeerConfig> = {}): PeerConfig {
    return {
      name: address,
      localAsn: OUR_ASN,
      peerAsn: THEIR_ASN,
      remote: { ip: parseIp(address), port: 179 },
      routerId: parseIp(OUR_IPV4) as Ipv4,
      passive: true,
      ...more,
    };
  }

  /** Our speaker, with the attacker and the bystander as its neighbours. */
  async function listen(more: Partial<PeerConfig> = {}, options: Partial<ListenerOptions> = {}): Promise<Peer> {
    listener = await listenForPeers({
      host: table.host,
      local: { ip: parseIp(OUR_IPV4), port: 179 },
      peers: [configOf(THEIR_IPV4, more), configOf(BYSTANDER, { holdTimeSeconds: 6 })],
      ...options,
    });
    bystander = startPeer({
      host: linuxHost({ namespace: other.namespace }),
      config: {
        ...configOf(OUR_IPV4, { passive: false, holdTimeSeconds: 6 }),
        localAsn: THEIR_ASN,
        peerAsn: OUR_ASN,
        source: parseIp(BYSTANDER),
        routerId: parseIp(BYSTANDER) as Ipv4,
      },
    });
    await until(() => listener.peers.get(BYSTANDER)!.snapshot().state === "Established", LIMIT);
    const peer = listener.peers.get(THEIR_IPV4)!;
    peer.onEvent((event) => {
      if (event.type === "transition" && event.to === "Idle") reasons.push(event.reason);
    });
    return peer;
  }

  const dial = (): Promise<ByteStream> =>
    theirs.dial({ remote: { ip: parseIp(OUR_IPV4), port: 179 }, source: parseIp(THEIR_IPV4), timeoutMs: 2000 });

  function expectNobodyElseTouched(): void {
    const { state, counters } = listener.peers.get(BYSTANDER)!.snapshot();
    expect({ state, established: counters.established }).toEqual({ state: "Established", established: 1 });
    expect(bystander.snapshot()).toMatchObject({ state: "Established", counters: { established: 1 } });
  }

  async function established(peer: Peer): Promise<void> {
    await until(() => peer.snapshot().state === "Established", { ...LIMIT, what: "a session" });
  }

  beforeEach(() => {
    table = layTable();
    theirs = linuxHost({ namespace: table.them.namespace });
    other = table.lab.addNode("other", [`${BYSTANDER}/24`]);
    reasons.length = 0;
  });
  afterEach(async () => {
    await Promise.all([bystander.stop(), listener.close()]);
    await table.close();
  });

  test("10,000 connections from strangers: closed, counted, nothing kept, nobody touched", async () => {
    await listen();
    other.run("ip", "addr", "add", `${STRANGER}/24`, "dev", "eth0");
    const flood = async (count: number, local: string): Promise<string> => {
      const program = other.start(process.execPath, [STRANGERS, OUR_IPV4, "179", String(count), local]);
      await until(() => program.output().includes("done"), { timeoutMs: 40_000, what: "the end of the flood" });
      return program.output();
    };
    await flood(2000, STRANGER);
    const before = held();
    const start = performance.now();
    expect(await flood(10_000, STRANGER)).toContain("done 10000 heard 0");
    const seconds = (performance.now() - start) / 1000;
    const after = held();
    expect(listener.refused).toBe(12_000);
    expect(listener.peers.size).toBe(2);
    expect(seconds).toBeLessThan(30);
    expect(after.heapMB - before.heapMB).toBeLessThan(4);
    // Garbage that has been collected is given back to the system late: the heap is the sharper measure.
    expect(after.residentMB - before.residentMB).toBeLessThan(64);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
    expectNobodyElseTouched();
    // In the neighbour's own name it is no better: its session stays, and what comes beside it is closed.
    await flood(1000, BYSTANDER);
    expectNobodyElseTouched();
    expect(held().descriptors).toBeLessThanOrEqual(before.descriptors + 2);
  });

  test("one octet at a time is a session like any other", async () => {
    const peer = await listen();
    const stream = await dial();
    stream.onBytes(() => undefined);
    const facts = { asn: THEIR_ASN, nextHop: parseIp(THEIR_IPV4) as Ipv4, prefix: 0xcb00_7101 };
    for (const message of [encodeMessage(OPEN, PLAIN_CONTEXT), KEEPALIVE, soundUpdate(facts)]) {
      for (const octet of message) {
        const before = peer.snapshot().counters.bytesIn;
        stream.write(Uint8Array.of(octet));
        await until(() => peer.snapshot().counters.bytesIn === before + 1, { everyMs: 0, what: "the octet" });
      }
    }
    expect(peer.snapshot()).toMatchObject({ state: "Established", counters: { routesAnnouncedIn: 1 } });
    stream.destroy();
    expectNobodyElseTouched();
  });

  test("a peer that never reads is given up by the send hold time (RFC 9687), and little is kept for it", async () => {
    const peer = await listen({ sendHoldSeconds: 3, extendedMessage: false });
    // Every route has attributes of its own, so each takes an UPDATE of 450 octets: more than the kernel buffers.
    const communities = Array.from({ length: 100 }, (_, at) => at);
    const routes = Array.from({ length: 20_000 }, (_, at): Route => ({
      prefix: { ip: 0x0a00_0000 + at, length: 32 },
      med: at,
      communities,
    }));
    peer.advertise(routes);
    const stream = await dial();
    stream.write(encodeMessage(OPEN, PLAIN_CONTEXT));
    stream.write(KEEPALIVE);
    // Nobody asks for what comes in, so the window closes; the peer itself goes on talking.
    await established(peer);
    const before = performance.now();
    let mostBacklog = 0;
    await until(
      () => {
        stream.write(KEEPALIVE);
        mostBacklog = Math.max(mostBacklog, peer.snapshot().session?.backlog ?? 0);
        return peer.snapshot().state !== "Established";
      },
      { ...LIMIT, everyMs: 100, what: "the end of the session" },
    );
    const took = performance.now() - before;
    expect(took).toBeGreaterThan(2900);
    expect(took).toBeLessThan(8000);
    expect(mostBacklog).toBeGreaterThan(0);
    expect(mostBacklog).toBeLessThan(512 * 1024);
    expect(peer.snapshot().routes.pending).toBe(0);
    expect(peer.snapshot().lastNotification).toMatchObject({ code: 8, direction: "sent" });
    expect(reasons.join()).toMatch(/send hold|read/i);
    stream.destroy();
    expectNobodyElseTouched();
  });

  test("a peer that vanished and comes back with RST: the session ends with it", async () => {
    table.them.run("sysctl", "-q", "-w", "net.ipv4.tcp_orphan_retries=1");
    const peer = await listen({ holdTimeSeconds: 90, keepaliveTimeSeconds: 1 });
    const stream = await dial();
    stream.onBytes(() => undefined);
    stream.write(encodeMessage(OPEN, PLAIN_CONTEXT));
    stream.write(KEEPALIVE);
    await established(peer);
    table.lab.setLink(table.them, false);
    // Its kernel forgets the connection, and nothing of that comes through, nor waits for the cable.
    table.them.run("ip", "route", "add", "blackhole", `${OUR_IPV4}/32`);
    stream.destroy();
    await until(() => table.them.run("ss", "-Htan") === "", { ...LIMIT, what: "the connection forgotten" });
    expect(peer.snapshot().state).toBe("Established");
    table.them.run("ip", "route", "del", "blackhole", `${OUR_IPV4}/32`);
    table.lab.setLink(table.them, true);
    const before = performance.now();
    await until(() => peer.snapshot().state !== "Established", { ...LIMIT, what: "the end of the session" });
    // Our KEEPALIVE, or its repetition, meets a kernel that knows of no connection: no hold time is waited for.
    expect(performance.now() - before).toBeLessThan(5000);
    expect(peer.snapshot().lastError).toMatch(/ECONNRESET|reset/i);
    expectNobodyElseTouched();
  });

  test("a peer that vanished for good: TCP_USER_TIMEOUT ends the session long before the hold time", async () => {
    const peer = await listen();
    await listener.close();
    // The speaker dials: the time-out is an option of dialled connections.
    const acceptor = await theirs.listen({ local: { ip: parseIp(THEIR_IPV4), port: 179 } }, (stream) => {
      stream.onBytes(() => undefined);
      stream.write(encodeMessage(OPEN, PLAIN_CONTEXT));
      stream.write(KEEPALIVE);
    });
    expect(peer.snapshot().started).toBe(false);
    const dialling = startPeer({
      host: table.host,
      config: configOf(THEIR_IPV4, { passive: false, userTimeoutMs: 1500 }),
    });
    await established(dialling);
    table.lab.setLink(table.them, false);
    const before = performance.now();
    dialling.advertise([{ prefix: { ip: 0x0a00_0001, length: 32 } }]);
    await until(() => dialling.snapshot().state !== "Established", { ...LIMIT, what: "the end of the session" });
    expect(performance.now() - before).toBeLessThan(5000);
    expect(dialling.snapshot().lastError).toMatch(/ETIMEDOUT|EHOSTUNREACH|time/i);
    await dialling.stop();
    acceptor.close();
  });

  test("neighbours by prefix: no more than are let in, whatever they send", async () => {
    const dynamic = {
      prefix: { ip: parseIp("192.0.2.128"), length: 25 },
      max: 3,
      config: { localAsn: OUR_ASN, dynamicAsn: "external" as const, routerId: parseIp(OUR_IPV4) as Ipv4 },
    };
    await listen({}, { dynamic: [dynamic] });
    const addresses = Array.from({ length: 10 }, (_, at) => `192.0.2.${130 + at}`);
    table.them.run("sh", "-c", addresses.map((one) => `ip addr add ${one}/24 dev eth0`).join(";"));
    const sessions = addresses.map((source) =>
      openRawSession({
        host: theirs,
        remote: OUR_IPV4,
        source,
        asn: THEIR_ASN,
        capabilities: OPEN.capabilities,
      }),
    );
    await until(() => sessions.filter(({ established }) => established).length === 3, LIMIT);
    await until(() => sessions.filter(({ closed }) => closed).length === 7, LIMIT);
    expect(listener.refused).toBe(7);
    expect(listener.peers.size).toBe(5);
    expectNobodyElseTouched();
    for (const session of sessions) session.close();
  });

  test("keys that do not match: the kernel hears nothing, the dialling side says what it may be", async () => {
    const peer = await listen({ password: "our own key" });
    const dialling = startPeer({
      host: theirs,
      config: {
        ...configOf(OUR_IPV4, { passive: false, password: "another key", connectRetrySeconds: 2 }),
        localAsn: THEIR_ASN,
        peerAsn: OUR_ASN,
        routerId: parseIp(THEIR_IPV4) as Ipv4,
      },
    });
    const errors: string[] = [];
    dialling.onEvent((event) => {
      if (event.type === "connectFailed") errors.push(event.error);
    });
    await until(() => dialling.snapshot().lastError !== undefined, LIMIT);
    for (const text of [dialling.snapshot().lastError!, ...errors]) expect(text).toContain("TCP-MD5");
    const everything = JSON.stringify([peer.snapshot(), dialling.snapshot(), errors, reasons]);
    for (const key of ["our own key", "another key"]) expect(everything).not.toContain(key);
    const bare = dial();
    await expect(bare).rejects.toMatchObject({ code: "ERR_DIAL_TIMEOUT" });
    expect(peer.snapshot()).toMatchObject({ state: "Active", counters: { established: 0, bytesIn: 0 } });
    expectNobodyElseTouched();
    await dialling.stop();
  });
});
