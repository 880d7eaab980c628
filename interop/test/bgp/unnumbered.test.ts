import { createPeers, type Peers } from "../../../examples/speaker/src/peers.js";
import type { SpeakerEvent } from "../../../examples/speaker/src/events.js";
import type { PeerSettings } from "@vipkit/k8s-adapter";
import { parseIp, type Ipv4 } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startFrr, type Frr } from "../support/frr.js";
import { createLab, type LabNode } from "../support/namespace.js";
import { createCluster } from "../speaker/cluster.js";
import { layTable, OUR_ASN, OUR_IPV4, route, THEIR_ASN, THEIR_IPV4, type Table } from "./table.js";

const LIMIT = { timeoutMs: 30_000 };

/** `interface: eth0`, as the speaker reads it from a BGPPeer object. */
const SETTINGS: PeerSettings = {
  name: "router",
  myAsn: OUR_ASN,
  peerAsn: 0,
  dynamicAsn: "external",
  localAsn: 0,
  address: undefined,
  interface: "eth0",
  sourceAddress: undefined,
  port: 179,
  holdTimeSeconds: 9,
  keepaliveTimeSeconds: undefined,
  connectTimeSeconds: 1,
  routerId: parseIp(OUR_IPV4),
  nodeSelectors: [],
  passwordSource: "none",
  passwordRef: undefined,
  bfdProfile: undefined,
  enableGracefulRestart: false,
  ebgpMultiHop: false,
  vrf: undefined,
  disableMP: false,
  dualStackAddressFamily: false,
};

/** FRR's own way of saying it: it learns us from our router advertisements. */
const BY_INTERFACE = [
  "configure terminal",
  `router bgp ${THEIR_ASN}`,
  "neighbor eth0 interface remote-as external",
  "neighbor eth0 timers 3 9",
  "neighbor eth0 timers connect 1",
  "address-family ipv4 unicast",
  "neighbor eth0 activate",
  "exit-address-family",
  "address-family ipv6 unicast",
  "neighbor eth0 activate",
  "end",
].join("\n");

function linkLocalOf(node: LabNode): string {
  return /inet6 (fe80::\S+)\/64/.exec(node.run("ip", "-6", "addr", "show", "dev", "eth0", "scope", "link"))![1]!;
}

needs({ namespaces: true, commands: ["vtysh", "zebra"] }).describe("a peer by interface: FRR", () => {
  let table: Table;
  let frr: Frr;
  let peers: Peers;
  const events: SpeakerEvent[] = [];
  beforeEach(async () => {
    table = layTable();
    frr = await startFrr(table.lab, table.them, { asn: THEIR_ASN, routerId: THEIR_IPV4, neighbors: [] });
    frr.vtysh(BY_INTERFACE);
    events.length = 0;
    peers = createPeers(table.host, parseIp(OUR_IPV4) as Ipv4, (event) => events.push(event));
    const routes = [route("10.1.0.1/32"), route("2001:db8:1::1/128")];
    peers.update([SETTINGS], new Map([["router", routes]]), new Map());
  });
  afterEach(async () => {
    await peers.stop("done");
    await table.close();
  });

  interface Shown {
    readonly state: string;
    readonly remote: string;
  }
  const shown = (): Shown => peers.snapshot()[0] as Shown;
  const established = (count: number): Promise<true> => {
    const ups = (): number => events.filter((event) => event.type === "peer" && event.state === "established").length;
    const isUp = (): boolean => shown().state === "Established" && ups() >= count;
    return until(() => (isUp() ? (true as const) : undefined), { ...LIMIT, what: `session ${count}` }).catch(
      (error: unknown) => {
        throw new Error(`${JSON.stringify([shown(), events], null, 1)}\n${frr.vtysh("show bgp neighbors")}`, {
          cause: error,
        });
      },
    );
  };
  const knows = (): Promise<true> =>
    until(
      async () => {
        const [four, six] = await Promise.all([frr.routes("ipv4"), frr.routes("ipv6")]);
        const hops = four.get("10.1.0.1/32")?.nextHops ?? [];
        return hops.includes(linkLocalOf(table.us)) && six.has("2001:db8:1::1/128") ? (true as const) : undefined;
      },
      { ...LIMIT, what: "the routes at FRR" },
    );

  test("finds the other end, and IPv4 routes have IPv6 next hops (RFC 8950)", async () => {
    await established(1);
    expect(shown().remote).toContain(linkLocalOf(table.them));
    await knows();
    // Nobody is told to use us as a default router.
    const seen = frr.vtysh("show interface eth0");
    expect(seen).toMatch(/rcvd: [1-9]/);
    expect(table.them.run("ip", "-6", "route", "show", "default")).toBe("");
  });

  test("comes back after the link was down, which ends the session at once", async () => {
    await established(1);
    const before = performance.now();
    table.us.run("ip", "link", "set", "eth0", "down");
    await until(() => shown().state !== "Established", { ...LIMIT, what: "the end of the session" });
    expect(performance.now() - before).toBeLessThan(2000);
    table.us.run("ip", "link", "set", "eth0", "up");
    await established(2);
    await knows();
  });

  test("follows the other end to a new address and a new card", async () => {
    await established(1);
    const former = linkLocalOf(table.them);
    table.them.run("ip", "link", "set", "eth0", "down");
    table.them.run("ip", "link", "set", "eth0", "address", "02:00:00:00:be:ef");
    table.them.run("ip", "link", "set", "eth0", "up");
    await until(() => linkLocalOf(table.them) !== former, { ...LIMIT, what: "a new link-local address" });
    await until(() => shown().remote.includes("be:ef") || shown().remote.includes("beef"), {
      timeoutMs: 60_000,
      what: "the new neighbour",
    });
    await established(2);
    await knows();
  }, 90_000);
});

const OBJECTS = `---
{ apiVersion: v1, kind: Node, metadata: { name: node-a }, status: { addresses: [{ type: InternalIP, address: ${OUR_IPV4} }] } }
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { namespace: metallb-system, name: routed }
spec: { addresses: ["198.51.100.7/32"] }
---
{ apiVersion: metallb.io/v1beta1, kind: BGPAdvertisement, metadata: { namespace: metallb-system, name: all }, spec: {} }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { namespace: metallb-system, name: router }
spec: { myASN: ${OUR_ASN}, dynamicASN: external, interface: eth0, holdTime: 9s }
---
apiVersion: v1
kind: Service
metadata: { namespace: default, name: web }
spec: { type: LoadBalancer, ipFamilies: [IPv4], ports: [{ port: 80, protocol: TCP }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { namespace: default, name: web-1, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
endpoints: [{ addresses: ["10.1.0.1"], nodeName: node-a, conditions: { ready: true } }]
`;

needs({ namespaces: true, commands: ["vtysh", "zebra"] }).describe("a BGPPeer with an interface: FRR", () => {
  test("the speaker, its sessions in a thread, tells the Service's address, and takes it back when it ends", async () => {
    const lab = createLab();
    try {
      const them = lab.addNode("them", []);
      const frr = await startFrr(lab, them, { asn: THEIR_ASN, routerId: THEIR_IPV4, neighbors: [] });
      frr.vtysh(BY_INTERFACE);
      const cluster = createCluster(lab);
      cluster.write("objects.yaml", OBJECTS);
      const speaker = cluster.start("node-a", OUR_IPV4, "2001:db8::1");
      const holds = async (yes: boolean): Promise<boolean> =>
        (await frr.routes("ipv4")).get("198.51.100.7/32")?.nextHops.includes(linkLocalOf(speaker.node)) === yes;
      await until(() => holds(true), { ...LIMIT, what: "the route" }).catch((error: unknown) => {
        throw new Error(`${speaker.program.output()}\n${frr.vtysh("show bgp neighbors")}`, { cause: error });
      });
      await until(() => speaker.status()?.peers[0]?.state === "Established", { ...LIMIT, what: "the status file" });
      const seen = speaker.status()?.peers.map(({ name, state }) => `${name} ${state}`);
      expect(seen).toEqual(["router Established"]);
      await speaker.program.stop();
      await until(async () => !(await frr.routes("ipv4")).has("198.51.100.7/32"), { ...LIMIT, what: "the withdrawal" });
    } finally {
      await lab.close();
    }
  });
});
