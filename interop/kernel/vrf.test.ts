import { parseIp } from "@vipkit/net";
import { listenForPeers, startPeer, type Peer } from "@vipkit/bgp/node";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startBird } from "../test/support/bird.js";
import type { Daemon } from "../test/support/daemon.js";
import { layTable, OUR_ASN, OUR_IPV4, ourConfig, route, THEIR_ASN, THEIR_IPV4, type Table } from "../test/bgp/table.js";

needs({ namespaces: true, commands: ["bird"], linkKinds: ["vrf"] }).describe("BGP in a VRF", () => {
  let table: Table;
  beforeEach(() => {
    table = layTable();
    // From here on the main routing table of our namespace knows no way to the neighbour.
    table.us.run("ip", "link", "add", "blue", "type", "vrf", "table", "10");
    table.us.run("ip", "link", "set", "blue", "up");
    table.us.run("ip", "link", "set", "eth0", "master", "blue");
  });
  afterEach(() => table.close());

  const neighbor = (mode: "active" | "passive"): Promise<Daemon> =>
    startBird(table.lab, table.them, {
      asn: THEIR_ASN,
      routerId: THEIR_IPV4,
      local: { ipv4: THEIR_IPV4 },
      networks: [],
      neighbors: [{ address: OUR_IPV4, asn: OUR_ASN, mode, families: ["ipv4"] }],
    });
  const knows = (daemon: Daemon, peer: Peer): Promise<unknown> => {
    peer.advertise([route("10.1.0.1/32")]);
    return until(async () => (await daemon.routes("ipv4")).has("10.1.0.1/32"), { what: "the route at BIRD" });
  };

  test("a session bound to the VRF comes up, one that is not bound has no way", async () => {
    const daemon = await neighbor("passive");
    const unbound = startPeer({ host: table.host, config: ourConfig({ name: "unbound", families: ["ipv4"] }) });
    await until(() => unbound.snapshot().lastError !== undefined, { what: "the first failure" });
    expect(unbound.snapshot().state).not.toBe("Established");
    await unbound.stop();
    const peer = startPeer({ host: table.host, config: ourConfig({ device: "blue", families: ["ipv4"] }) });
    await knows(daemon, peer);
    await peer.stop();
  });

  test("a listener bound to the VRF is found by the neighbour", async () => {
    const config = ourConfig({ passive: true, families: ["ipv4"] });
    const local = { ip: parseIp(OUR_IPV4), port: 179 };
    const listener = await listenForPeers({ host: table.host, local, device: "blue", peers: [config] });
    const daemon = await neighbor("active");
    const peer = listener.peers.get("them");
    expect(peer).toBeDefined();
    await knows(daemon, peer!);
    await listener.close();
  });
});
