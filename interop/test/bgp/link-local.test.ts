import { parseIp } from "@vipkit/net";
import { startPeer } from "@vipkit/bgp/node";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startFrr } from "../support/frr.js";
import { knows, LIMIT } from "./stage.js";
import { layTable, OUR_ASN, ourConfig, route, THEIR_ASN, THEIR_IPV4, type Table } from "./table.js";

needs({ namespaces: true, commands: ["vtysh", "zebra"] }).describe("link-local peers: FRR", () => {
  let table: Table;
  beforeEach(() => {
    table = layTable();
  });
  afterEach(() => table.close());

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
    const peer = startPeer({
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
    await knows(frr, "ipv4", "10.1.0.1/32");
    await knows(frr, "ipv6", "2001:db8:1::1/128");
    expect((await frr.routes("ipv4")).get("10.1.0.1/32")!.nextHops.some((hop) => hop.startsWith("fe80"))).toBe(true);
    await peer.stop();
  });
});
