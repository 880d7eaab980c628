import { parseIp } from "@vipkit/net";
import { startPeer, startPeerThread, type DrivenPeerEvent, type Peer, type PeerThread } from "@vipkit/bgp/node";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startBird } from "../support/bird.js";
import type { Daemon } from "../support/daemon.js";
import { layTable, OUR_ASN, OUR_IPV4, ourConfig, route, THEIR_ASN, THEIR_IPV4, type Table } from "./table.js";

const LIMIT = { timeoutMs: 25_000 };
const HOLD_SECONDS = 3;

/** Nothing on this event loop happens for so long: no timer, no socket. */
function block(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

needs({ namespaces: true, commands: ["bird", "birdc"] }).describe("a program that blocks its event loop", () => {
  let table: Table;
  let bird: Daemon;
  let thread: PeerThread;
  beforeEach(async () => {
    table = layTable();
    bird = await startBird(table.lab, table.them, {
      asn: THEIR_ASN,
      routerId: THEIR_IPV4,
      local: { ipv4: THEIR_IPV4 },
      neighbors: [{ address: OUR_IPV4, asn: OUR_ASN, mode: "passive", holdTimeSeconds: HOLD_SECONDS }],
    });
    thread = startPeerThread({ host: { type: "linux", namespace: table.us.namespace } });
  });
  afterEach(async () => {
    await thread.close();
    await table.close();
  });

  const config = ourConfig({ holdTimeSeconds: HOLD_SECONDS });
  const established = async (peer: Peer): Promise<DrivenPeerEvent[]> => {
    peer.advertise([route("10.1.0.1/32")]);
    await until(() => peer.snapshot().state === "Established", { ...LIMIT, what: "a session with BIRD" });
    await until(async () => (await bird.routes("ipv4")).has("10.1.0.1/32"), LIMIT);
    const events: DrivenPeerEvent[] = [];
    peer.onEvent((event) => events.push(event));
    return events;
  };
  const text = (peer: Peer): string => JSON.stringify(peer.snapshot().lastNotification);

  test("loses a session that runs on it", async () => {
    const peer = startPeer({ host: table.host, config });
    const events = await established(peer);
    block(HOLD_SECONDS + 2);
    await until(() => events.some(({ type }) => type === "down"), LIMIT);
    // BIRD's words, not ours.
    expect(text(peer)).toContain("Hold Timer Expired");
    expect(peer.snapshot().lastNotification?.direction).toBe("received");
    expect(peer.snapshot().maxLagMs).toBeGreaterThan(1000);
    expect(events.some(({ type }) => type === "lag")).toBe(true);
    await peer.stop();
  });

  test("keeps a session that runs in a thread, and its KEEPALIVEs go on", async () => {
    const peer = thread.startPeer({ config });
    const events = await established(peer);
    const before = peer.snapshot().counters.messagesOut.keepalive!;
    block(HOLD_SECONDS * 3);
    const after = peer.snapshot();
    expect(after.state).toBe("Established");
    expect(after.counters.established).toBe(1);
    expect(after.counters.messagesOut.keepalive! - before).toBeGreaterThanOrEqual(HOLD_SECONDS * 3 - 1);
    expect(after.maxLagMs).toBeLessThan(HOLD_SECONDS * 1000);
    expect(await bird.state(OUR_IPV4)).toBe("established");
    expect((await bird.routes("ipv4")).has("10.1.0.1/32")).toBe(true);
    expect(events).toEqual([]);
    const start = performance.now();
    await thread.close("done");
    expect(performance.now() - start).toBeLessThan(1000);
    expect(await bird.describe(OUR_IPV4)).toContain("Administrative shutdown");
  });

  test("ends a thread in less than a second while it dials with a key", async () => {
    const nobody = { remote: { ip: parseIp("192.0.2.99"), port: 179 }, source: undefined, password: "opensesame" };
    const peer = thread.startPeer({ config: ourConfig(nobody) });
    await until(() => peer.snapshot().state === "Connect", LIMIT);
    expect(JSON.stringify(peer.snapshot())).not.toContain("opensesame");
    const start = performance.now();
    await thread.close();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
