import { needs, until } from "@vipkit/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBird } from "../support/bird.js";
import type { Daemon } from "../support/daemon.js";
import { startFrr } from "../support/frr.js";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";
import { createCluster, type SpeakerCluster, type SpeakerProcess } from "./cluster.js";

const NODES = [
  { name: "node-a", ipv4: "192.0.2.11", ipv6: "2001:db8::11" },
  { name: "node-b", ipv4: "192.0.2.12", ipv6: "2001:db8::12" },
  { name: "node-c", ipv4: "192.0.2.13", ipv6: "2001:db8::13" },
];
const BIRD = { ipv4: "192.0.2.1", ipv6: "2001:db8::1" };
const FRR = { ipv4: "192.0.2.2", ipv6: "2001:db8::2" };
const VIP4 = "192.0.2.100";
const VIP6 = "2001:db8::100";

const nodeObjects = NODES.map(
  ({ name, ipv4 }) => `---
{ apiVersion: v1, kind: Node, metadata: { name: ${name} }, status: { addresses: [{ type: InternalIP, address: ${ipv4} }] } }
`,
).join("");

const legacy = `apiVersion: v1
kind: ConfigMap
metadata: { namespace: metallb-system, name: config }
data:
  config: |
    peers:
    - { my-asn: 64500, peer-asn: 64501, peer-address: ${BIRD.ipv4}, hold-time: 3s }
    - { my-asn: 64500, peer-asn: 64502, peer-address: ${FRR.ipv4}, hold-time: 3s }
    address-pools:
    - name: lan
      protocol: layer2
      addresses: [${VIP4}-192.0.2.110, ${VIP6}-2001:db8::110]
    - name: routed
      protocol: bgp
      auto-assign: false
      addresses: [198.51.100.0/28]
      bgp-advertisements:
      - { aggregation-length: 32, localpref: 100, communities: ["64500:1", no-export] }
    bgp-communities: { no-export: "65535:65281" }
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { namespace: metallb-system, name: routed6 }
spec: { addresses: ["2001:db8:1::/124"], autoAssign: false }
---
{ apiVersion: metallb.io/v1beta1, kind: BGPAdvertisement, metadata: { namespace: metallb-system, name: six }, spec: { ipAddressPools: [routed6] } }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { namespace: metallb-system, name: bird6 }
spec: { myASN: 64500, peerASN: 64501, peerAddress: "${BIRD.ipv6}", holdTime: 3s, routerID: 10.0.0.1 }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { namespace: metallb-system, name: frr6 }
spec: { myASN: 64500, peerASN: 64502, peerAddress: "${FRR.ipv6}", holdTime: 3s, routerID: 10.0.0.1 }
${nodeObjects}`;

function service(name: string, family: "IPv4" | "IPv6", pool?: string): string {
  const annotations = pool === undefined ? "{}" : `{ metallb.universe.tf/address-pool: ${pool} }`;
  return `---
apiVersion: v1
kind: Service
metadata: { namespace: default, name: ${name}, annotations: ${annotations} }
spec: { type: LoadBalancer, ipFamilies: [${family}], ports: [{ port: 80, protocol: TCP }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { namespace: default, name: ${name}-1, labels: { kubernetes.io/service-name: ${name} } }
addressType: ${family}
endpoints: [{ addresses: ["${family === "IPv4" ? "10.1.0.1" : "fd00::1"}"], nodeName: node-a, conditions: { ready: true } }]
`;
}

needs({ namespaces: true, commands: ["bird", "bgpd", "arping", "ndisc6"] }).describe(
  "three speakers, BIRD and FRR",
  () => {
    let lab: Lab;
    let cluster: SpeakerCluster;
    let client: LabNode;
    let bird: Daemon;
    let frr: Daemon;
    let speakers: SpeakerProcess[];

    const macOf = (address: string): string => {
      const [tool, words] = address.includes(":")
        ? (["ndisc6", ["-1", "-r", "3", "-w", "1000", address, "eth0"]] as const)
        : (["arping", ["-c", "1", "-w", "2", "-I", "eth0", address]] as const);
      const said = client.run(tool, ...words);
      return (/((?:[0-9a-f]{2}:){5}[0-9a-f]{2})/i.exec(said)?.[1] ?? said).toLowerCase();
    };
    const heldBy = (speaker: SpeakerProcess): Record<string, readonly string[]> =>
      Object.fromEntries(speaker.status()?.services.map(({ service: key, addresses }) => [key, addresses]) ?? []);
    const owner = (address: string): SpeakerProcess | undefined => {
      const mac = macOf(address);
      return speakers.find((speaker) => speaker.mac === mac);
    };
    const routers = (): Daemon[] => [bird, frr];
    const expectPrefixes = async (family: "ipv4" | "ipv6", prefixes: string[]): Promise<void> => {
      for (const router of routers()) {
        await until(async () => [...(await router.routes(family)).keys()].sort().join() === prefixes.join(), {
          what: `${prefixes.join() || "no route"} in ${router.name}`,
          timeoutMs: 15_000,
        });
      }
    };

    beforeAll(async () => {
      lab = createLab();
      client = lab.addNode("client", ["192.0.2.50/24", "2001:db8::50/64"]);
      const neighbors = (family: "ipv4" | "ipv6") => (node: (typeof NODES)[number]) =>
        ({ address: node[family], asn: 64500, mode: "passive", families: [family] }) as const;
      const all = [...NODES.map(neighbors("ipv4")), ...NODES.map(neighbors("ipv6"))];
      const birdNode = lab.addNode("bird", [`${BIRD.ipv4}/24`, `${BIRD.ipv6}/64`]);
      const frrNode = lab.addNode("frr", [`${FRR.ipv4}/24`, `${FRR.ipv6}/64`]);
      bird = await startBird(lab, birdNode, { asn: 64501, routerId: BIRD.ipv4, neighbors: all });
      frr = await startFrr(lab, frrNode, { asn: 64502, routerId: FRR.ipv4, neighbors: all });
      cluster = createCluster(lab);
      cluster.write("10-config.yaml", legacy);
      cluster.write("20-lan.yaml", service("web", "IPv4") + service("web6", "IPv6"));
      cluster.write("30-routed.yaml", service("api", "IPv4", "routed") + service("api6", "IPv6", "routed6"));
      speakers = NODES.map(({ name, ipv4, ipv6 }) => cluster.start(name, ipv4, ipv6));
    });
    afterAll(async () => {
      await lab.close();
    });

    test("arping and ndisc6 get one owner's MAC, and every speaker agrees on the addresses", async () => {
      await until(() => owner(VIP4) !== undefined && owner(VIP6) !== undefined, { what: "owners", timeoutMs: 20_000 });
      const expected = {
        "default/api": ["198.51.100.0"],
        "default/api6": ["2001:db8:1::"],
        "default/web": [VIP4],
        "default/web6": [VIP6],
      };
      for (const speaker of speakers) {
        await until(() => JSON.stringify(heldBy(speaker)) === JSON.stringify(expected), {
          what: `the addresses in the status of ${speaker.name}`,
        });
      }
    });

    test("the status file tells of members and sessions as they are", async () => {
      const status = await until(
        () => {
          const now = speakers[0]!.status();
          return now?.peers.every(({ state }) => state === "Established") === true && now;
        },
        { what: "four established sessions in the status" },
      );
      expect(status.members.members.map(({ name, state }) => [name, state])).toEqual(
        NODES.map(({ name }) => [name, "alive"]),
      );
      expect(status.peers.map(({ advertised }) => advertised)).toEqual(
        status.peers.map(({ name }) => (name.endsWith("6") ? ["2001:db8:1::/128"] : ["198.51.100.0/32"])),
      );
    });

    test("BIRD and FRR hold the /32 and the /128, with the communities of the advertisement", async () => {
      await expectPrefixes("ipv4", ["198.51.100.0/32"]);
      await expectPrefixes("ipv6", ["2001:db8:1::/128"]);
      for (const router of routers()) {
        const route = (await router.routes("ipv4")).get("198.51.100.0/32");
        expect(route?.communities, router.name).toEqual(["64500:1", "65535:65281"]);
        expect(route?.asPath, router.name).toEqual([64500]);
      }
    });

    test("the routes are withdrawn with the last endpoint, and with the Service", async () => {
      cluster.write(
        "30-routed.yaml",
        (service("api", "IPv4", "routed") + service("api6", "IPv6", "routed6")).replaceAll(
          "ready: true",
          "ready: false",
        ),
      );
      await expectPrefixes("ipv4", []);
      await expectPrefixes("ipv6", []);
      cluster.write("30-routed.yaml", service("api", "IPv4", "routed") + service("api6", "IPv6", "routed6"));
      await expectPrefixes("ipv4", ["198.51.100.0/32"]);
      await expectPrefixes("ipv6", ["2001:db8:1::/128"]);
      cluster.remove("30-routed.yaml");
      await expectPrefixes("ipv4", []);
      await expectPrefixes("ipv6", []);
    });

    test("a mistake in a file is told with its place, and what was good stays in force", async () => {
      cluster.write(
        "40-wrong.yaml",
        "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: { name: x }\nspec:\n  addresses:\n  - 010.0.0.1-10.0.0.9\n",
      );
      await until(() => speakers[0]!.program.output().includes('"accepted":false'), { what: "the complaint" });
      expect(speakers[0]!.program.output()).toMatch(/"line":6,"column":5/);
      expect(owner(VIP4)).toBeDefined();
      cluster.remove("40-wrong.yaml");
    });

    test("SIGKILL of the owner moves the address, and the address stays the same", async () => {
      const before = owner(VIP4)!;
      before.program.signal("SIGKILL");
      const after = await until(
        () => {
          const now = owner(VIP4);
          return now !== undefined && now !== before && now;
        },
        { what: "another owner", timeoutMs: 10_000 },
      );
      expect(after.status()?.services.find(({ service: key }) => key === "default/web")?.addresses).toEqual([VIP4]);
      speakers = speakers.map((speaker) => (speaker === before ? cluster.restart(before) : speaker));
      await until(() => owner(VIP4)?.name === before.name, { what: "the way back", timeoutMs: 15_000 });
    });

    test("all speakers stopped and started again hold what they held", async () => {
      await Promise.all(speakers.map((speaker) => speaker.program.stop()));
      for (const speaker of speakers) expect(speaker.program.output()).toContain('"type":"stopped"');
      expect(await bird.describe(NODES[0]!.ipv4)).toMatch(/Administrative shutdown/i);
      cluster.write("15-first.yaml", service("a-newcomer", "IPv4"));
      speakers = speakers.map((speaker) => cluster.restart(speaker));
      await until(() => owner(VIP4) !== undefined, { what: "the owner after the restart", timeoutMs: 20_000 });
      const held = await until(
        () => speakers[0]!.status()?.services.find(({ service: key }) => key === "default/a-newcomer")?.addresses,
        { what: "the newcomer's address" },
      );
      expect(held).toEqual(["192.0.2.101"]);
    });
  },
);
