import { createBfdSpeaker, type BfdSpeaker } from "@vipkit/bfd/node";
import { startPeer, type Peer } from "@vipkit/bgp/node";
import { parseIp } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DAEMONS, type DaemonKind } from "../bgp/daemons.js";
import { layTable, OUR_IPV4, OUR_IPV6, ourConfig, seat, THEIR_IPV4, THEIR_IPV6, type Table } from "../bgp/table.js";

const LIMIT = { timeoutMs: 25_000 };
const TIMERS = { intervalMs: 100, multiplier: 3 };

function casesFor(kind: DaemonKind): void {
  let table: Table;
  let bfd: BfdSpeaker;
  const peers: Peer[] = [];
  beforeEach(() => {
    table = layTable();
    bfd = createBfdSpeaker({ host: table.host });
  });
  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.stop()));
    await bfd.close();
    await table.close();
  });

  test.each([
    ["IPv4", OUR_IPV4, THEIR_IPV4],
    ["IPv6", OUR_IPV6, THEIR_IPV6],
  ])("a session over %s comes up, and its fall closes the BGP session at once", async (_name, ours, theirs) => {
    await seat(table, kind, {
      address: ours,
      mode: "passive",
      bfd: TIMERS,
      families: [ours.includes(":") ? "ipv6" : "ipv4"],
    });
    const peer = startPeer({
      host: table.host,
      config: ourConfig({
        remote: { ip: parseIp(theirs), port: 179 },
        source: parseIp(ours),
        families: [ours.includes(":") ? "ipv6" : "ipv4"],
      }),
    });
    peers.push(peer);
    await until(() => peer.snapshot().state === "Established", { ...LIMIT, what: "the BGP session" });
    const session = await bfd.startSession({
      name: "them",
      local: parseIp(ours),
      remote: parseIp(theirs),
      desiredMinTxMs: TIMERS.intervalMs,
      requiredMinRxMs: TIMERS.intervalMs,
    });
    session.onEvent((event) => {
      if (event.type === "down") peer.failureDetected(event.reason);
    });
    await until(() => session.snapshot().toldUp, { ...LIMIT, what: "the BFD session" });
    await until(() => session.snapshot().detectionTimeMs === 300, { ...LIMIT, what: "fast timers" });
    const cutAt = performance.now();
    table.lab.setLink(table.them, false);
    await until(() => peer.snapshot().state !== "Established", {
      ...LIMIT,
      everyMs: 5,
      what: "the fall of the BGP session",
    });
    expect(performance.now() - cutAt).toBeLessThan(450);
    expect(peer.snapshot().lastNotification).toMatchObject({ direction: "sent", code: 6, subcode: 10 });
    table.lab.setLink(table.them, true);
    await until(() => peer.snapshot().state === "Established" && session.snapshot().toldUp, {
      ...LIMIT,
      what: "recovery",
    });
    expect(session.snapshot().counters.downs).toBe(1);
  });
}

for (const kind of DAEMONS.filter(({ name }) => name === "BIRD" || name === "FRR")) {
  needs({ namespaces: true, commands: kind.commands }).describe(`BFD beside BGP with ${kind.name}`, () =>
    casesFor(kind),
  );
}
