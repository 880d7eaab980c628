import { needs, until } from "@vipkit/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBird } from "../support/bird.js";
import type { Daemon } from "../support/daemon.js";
import { startFrr } from "../support/frr.js";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";
import { createCluster, type SpeakerProcess } from "./cluster.js";

const NODES = [
  { name: "node-a", ipv4: "192.0.2.11", ipv6: "2001:db8::11" },
  { name: "node-b", ipv4: "192.0.2.12", ipv6: "2001:db8::12" },
];
const BIRD = "192.0.2.1";
const FRR = "2001:db8::2";
const BFD = { intervalMs: 100, multiplier: 3 };
const LIMIT = { timeoutMs: 20_000 };

const config = `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { namespace: metallb-system, name: routed }
spec: { addresses: [198.51.100.0/28, "2001:db8:1::/124"] }
---
{ apiVersion: metallb.io/v1beta1, kind: BGPAdvertisement, metadata: { namespace: metallb-system, name: all } }
---
apiVersion: metallb.io/v1beta1
kind: BFDProfile
metadata: { namespace: metallb-system, name: quick }
spec: { receiveInterval: ${BFD.intervalMs}, transmitInterval: ${BFD.intervalMs}, detectMultiplier: ${BFD.multiplier} }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { namespace: metallb-system, name: bird }
spec: { myASN: 64500, peerASN: 64501, peerAddress: ${BIRD}, holdTime: 90s, bfdProfile: quick }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { namespace: metallb-system, name: frr }
spec: { myASN: 64500, peerASN: 64502, peerAddress: "${FRR}", holdTime: 90s, bfdProfile: quick }
---
apiVersion: v1
kind: Service
metadata: { namespace: default, name: api }
spec: { type: LoadBalancer, ipFamilies: [IPv4, IPv6], ipFamilyPolicy: RequireDualStack, ports: [{ port: 80, protocol: TCP }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { namespace: default, name: api-1, labels: { kubernetes.io/service-name: api } }
addressType: IPv4
endpoints: [{ addresses: ["10.1.0.1"], nodeName: node-a, conditions: { ready: true } }]
${NODES.map(
  ({ name, ipv4 }) => `---
{ apiVersion: v1, kind: Node, metadata: { name: ${name} }, status: { addresses: [{ type: InternalIP, address: ${ipv4} }] } }
`,
).join("")}`;

interface BfdStatus {
  readonly peer: string;
  readonly state: string;
  readonly toldUp: boolean;
  readonly detectionTimeMs: number;
  readonly counters: { readonly downs: number };
}

function bfdOf(speaker: SpeakerProcess): readonly BfdStatus[] {
  return (speaker.status() as { bfd?: readonly BfdStatus[] } | undefined)?.bfd ?? [];
}

/** What a speaker has told, with the wall clock. */
function told(speaker: SpeakerProcess): { t: number; type: string; peer?: string; state?: string }[] {
  const lines = speaker.program.output().split("\n");
  return lines.flatMap((line) => (line.startsWith("{") && line.endsWith("}") ? [JSON.parse(line) as never] : []));
}

needs({ namespaces: true, commands: ["bird", "bgpd"] }).describe("two speakers with BFD profiles, BIRD and FRR", () => {
  let lab: Lab;
  let birdNode: LabNode;
  let bird: Daemon;
  let frr: Daemon;
  let speakers: SpeakerProcess[];
  let restart: (speaker: SpeakerProcess) => SpeakerProcess;

  const allUp = (speaker: SpeakerProcess): Promise<unknown> =>
    until(
      () => {
        const sessions = bfdOf(speaker);
        const peers = speaker.status()?.peers ?? [];
        const isFast = ({ toldUp, detectionTimeMs }: BfdStatus): boolean => toldUp && detectionTimeMs === 300;
        return sessions.length === 2 && sessions.every(isFast) && peers.every(({ state }) => state === "Established");
      },
      { ...LIMIT, what: `both sessions of ${speaker.name}` },
    ).catch(() => {
      // What it has told says more than that time was up.
      throw new Error(`${speaker.name}: ${JSON.stringify(bfdOf(speaker))} ${speaker.program.output()}`);
    });
  const nextHops = async (daemon: Daemon, family: "ipv4" | "ipv6"): Promise<readonly string[]> =>
    [...(await daemon.routes(family)).values()].flatMap((route) => route.nextHops);

  beforeAll(async () => {
    lab = createLab();
    birdNode = lab.addNode("bird", [`${BIRD}/24`]);
    const frrNode = lab.addNode("frr", ["192.0.2.2/24", `${FRR}/64`]);
    const neighbors = (family: "ipv4" | "ipv6") =>
      NODES.map(
        (node) => ({ address: node[family], asn: 64500, mode: "passive", families: [family], bfd: BFD }) as const,
      );
    bird = await startBird(lab, birdNode, { asn: 64501, routerId: BIRD, neighbors: neighbors("ipv4") });
    frr = await startFrr(lab, frrNode, { asn: 64502, routerId: "192.0.2.2", neighbors: neighbors("ipv6") });
    const cluster = createCluster(lab);
    cluster.write("10-config.yaml", config);
    speakers = NODES.map(({ name, ipv4, ipv6 }) => cluster.start(name, ipv4, ipv6));
    restart = (speaker) => cluster.restart(speaker);
  });
  afterAll(async () => {
    await lab.close();
  });

  test("a session for each peer with a profile, with the numbers of the profile", async () => {
    for (const speaker of speakers) await allUp(speaker);
    await until(async () => (await nextHops(bird, "ipv4")).length > 0, { ...LIMIT, what: "the route in BIRD" });
    await until(async () => (await nextHops(frr, "ipv6")).length > 0, { ...LIMIT, what: "the route in FRR" });
  });

  test("the cable of a router is cut: its session falls in three intervals, and only its", async () => {
    const cutAt = Date.now();
    lab.setLink(birdNode, false);
    for (const speaker of speakers) {
      const down = await until(
        () =>
          told(speaker).find(
            ({ type, peer, state, t }) => type === "peer" && peer === "bird" && state === "down" && t >= cutAt,
          ),
        { ...LIMIT, what: "the fall" },
      );
      expect(down.t - cutAt).toBeLessThan(BFD.intervalMs * BFD.multiplier + 150);
      expect(told(speaker).filter(({ type, peer, t }) => type !== "routes" && peer === "frr" && t >= cutAt)).toEqual(
        [],
      );
    }
    await until(async () => (await nextHops(bird, "ipv4")).length === 0, {
      timeoutMs: 1000,
      everyMs: 20,
      what: "BIRD without the routes",
    });
    lab.setLink(birdNode, true);
    for (const speaker of speakers) await allUp(speaker);
  });

  test("a speaker that is cut off loses its routes in the routers; the other's stay", async () => {
    const [a] = speakers;
    lab.setLink(a!.node, false);
    await until(
      async () => {
        const left = [...(await nextHops(bird, "ipv4")), ...(await nextHops(frr, "ipv6"))];
        return !left.includes(NODES[0]!.ipv4) && !left.includes(NODES[0]!.ipv6);
      },
      { timeoutMs: 2500, everyMs: 20, what: "the routes leaving" },
    );
    lab.setLink(a!.node, true);
    await allUp(a!);
  });

  test("a speaker that restarts flaps no session of another", async () => {
    const [a, b] = speakers;
    const before = bfdOf(b!).map(({ counters }) => counters.downs);
    await a!.program.stop();
    expect(a!.program.output()).toContain('"type":"stopped"');
    const again = restart(a!);
    speakers = [again, b!];
    await allUp(again);
    await allUp(b!);
    expect(bfdOf(b!).map(({ counters }) => counters.downs)).toEqual(before);
  });
});
