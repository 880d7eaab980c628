import { formatPrefix } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { decideAnnouncements, readCluster, readDocuments, serviceFrom, type Announcements } from "../../src/index.js";
import { configOf, file } from "../support.js";

const CONFIG = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: both }
spec: { addresses: [192.0.2.0/24, "2001:db8::/64"] }
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: { name: l2 }
spec: { interfaces: [eth1, eth0] }
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: { name: hosts }
spec: { communities: ["64512:1", "large:1:2:3"], localPref: 50, asPathPrepend: 2 }
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: { name: nets }
spec: { aggregationLength: 24, aggregationLengthV6: 64, peers: [inside] }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: inside }
spec: { myASN: 64512, peerASN: 64512, peerAddress: 10.0.0.1 }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: outside }
spec: { myASN: 64512, peerASN: 64513, peerAddress: "fd00::1" }
`;

interface Facts {
  readonly objects?: string;
  readonly services?: readonly {
    name: string;
    ips: readonly string[];
    local?: boolean;
    annotations?: Record<string, string>;
  }[];
  readonly node?: string;
  readonly members?: readonly string[];
  readonly mayAct?: boolean;
}

function decide({
  objects = "",
  services = [{ name: "s", ips: ["192.0.2.1", "2001:db8::1"] }],
  node = "a",
  members = ["a", "b", "c"],
  mayAct = true,
}: Facts): Announcements {
  const read = readDocuments([file(objects)]);
  expect(read.mistakes).toEqual([]);
  const cluster = readCluster(read.objects);
  const stored = services.map(({ name, ips, local = false, annotations = {} }) =>
    serviceFrom({
      metadata: { name, namespace: "ns", annotations },
      spec: { type: "LoadBalancer", externalTrafficPolicy: local ? "Local" : "Cluster" },
      status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
    }),
  );
  return decideAnnouncements({
    ...cluster,
    config: configOf(file(CONFIG + (objects === "" ? "" : `---\n${objects}`))),
    services: stored,
    node,
    members,
    mayAct,
  });
}

const slice = (service: string, ...endpoints: readonly object[]): string =>
  JSON.stringify({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${service}-x`, namespace: "ns", labels: { "kubernetes.io/service-name": service } },
    endpoints: endpoints.map((endpoint) => ({ addresses: ["10.1.0.1"], ...endpoint })),
  });

describe("layer 2", () => {
  test("one owner for both addresses of a Service, on the interfaces named, whoever asks", () => {
    const views = ["a", "b", "c"].map((node) => decide({ node }).layer2);
    for (const view of views)
      expect(view.map(({ owner }) => owner)).toEqual([views[0]![0]!.owner, views[0]![0]!.owner]);
    const mine = views.flat().filter((address) => address.mine);
    expect(mine.map(({ address, interfaces }) => [address, interfaces])).toEqual([
      ["192.0.2.1", ["eth0", "eth1"]],
      ["2001:db8::1", ["eth0", "eth1"]],
    ]);
  });

  test("no EndpointSlice at all: served everywhere; the first one for another Service: not served", () => {
    expect(decide({}).layer2[0]!.owner).toBeDefined();
    const { layer2, services } = decide({ objects: slice("other", { nodeName: "a" }) });
    expect(layer2[0]).toMatchObject({ owner: undefined, mine: false, reason: "no_endpoints" });
    expect(services[0]).toMatchObject({
      layer2: { reason: "no_endpoints" },
      bgp: { announces: false, reason: "no_endpoints" },
    });
  });

  test("policy Local: only nodes with an endpoint that serves, also one that is about to end", () => {
    const objects = slice(
      "s",
      { nodeName: "b", conditions: { ready: false, serving: true } },
      { nodeName: "c", conditions: { ready: false } },
    );
    const { layer2 } = decide({ objects, services: [{ name: "s", ips: ["192.0.2.1"], local: true }], node: "c" });
    expect(layer2[0]).toMatchObject({ owner: "b", candidates: ["b"], reason: "no_local_endpoint" });
  });

  test("Services on one address have one owner, though each by itself would elect another", () => {
    const objects = [slice("s", { nodeName: "a" }), slice("t", { nodeName: "b" })].join("\n---\n");
    const shared = ["s", "t"].map((name) => ({
      name,
      ips: ["192.0.2.1"],
      local: true,
      annotations: { "metallb.io/allow-shared-ip": "k" },
    }));
    for (const node of ["a", "b", "c"]) {
      const { layer2 } = decide({ objects, services: shared, node });
      expect(layer2).toHaveLength(1);
      expect(layer2[0]).toMatchObject({ owner: "a", mine: node === "a", services: ["ns/s", "ns/t"] });
    }
  });

  test("a guard that says no keeps the owner from answering, and says so", () => {
    const { owner } = decide({}).layer2[0]!;
    const { layer2 } = decide({ node: owner!, mayAct: false });
    expect(layer2[0]).toMatchObject({ owner, mine: false, reason: "guard" });
  });

  test("nodes without network and excluded nodes are no candidates, and each node's reason is told", () => {
    const objects = `
{ apiVersion: v1, kind: Node, metadata: { name: a }, status: { conditions: [{ type: NetworkUnavailable, status: "True" }] } }
---
{ apiVersion: v1, kind: Node, metadata: { name: b, labels: { node.kubernetes.io/exclude-from-external-load-balancers: "" } } }
---
{ apiVersion: v1, kind: Node, metadata: { name: c } }
---
{ apiVersion: v1, kind: Node, metadata: { name: d } }
`;
    const { services } = decide({ objects });
    expect(services[0]!.layer2).toMatchObject({
      owner: "c",
      reasons: { a: "node_network_unavailable", b: "node_excluded", c: "elected", d: "not_a_member" },
    });
  });
});

describe("BGP", () => {
  test("one route for each address and advertisement; prepending only towards other ASs", () => {
    const { bgp, conflicts } = decide({});
    const shown = [...bgp].map(([peer, routes]) => [
      peer,
      routes.map((route) => ({ ...route, prefix: formatPrefix(route.prefix) })),
    ]);
    const communities = {
      communities: [64512 * 65536 + 1],
      largeCommunities: [{ global: 1, local1: 2, local2: 3 }],
      localPref: 50,
    };
    expect(Object.fromEntries(shown)).toEqual({
      inside: [
        { prefix: "192.0.2.1/32", ...communities },
        { prefix: "192.0.2.0/24" },
        { prefix: "2001:db8::1/128", ...communities },
        { prefix: "2001:db8::/64" },
      ],
      outside: [
        { prefix: "192.0.2.1/32", ...communities, asPathPrepend: [64512, 64512] },
        { prefix: "2001:db8::1/128", ...communities, asPathPrepend: [64512, 64512] },
      ],
    });
    expect(conflicts).toEqual([]);
  });

  test("two Services under one aggregate give one route; it goes with the last of them", () => {
    const two = [
      { name: "s", ips: ["192.0.2.1"] },
      { name: "t", ips: ["192.0.2.2"] },
    ];
    const prefixes = (services: Facts["services"]): string[] =>
      decide({ services: services ?? [] })
        .bgp.get("inside")!
        .map(({ prefix }) => formatPrefix(prefix));
    expect(prefixes(two)).toEqual(["192.0.2.1/32", "192.0.2.0/24", "192.0.2.2/32"]);
    expect(prefixes(two.slice(1))).toEqual(["192.0.2.2/32", "192.0.2.0/24"]);
    expect(prefixes([])).toEqual([]);
  });
});
