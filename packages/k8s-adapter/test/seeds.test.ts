import { formatPrefix } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { readConfig, readDocuments } from "../src/index.js";
import { file, play, serviceYaml, vector } from "./support.js";

const seed = (name: string): ReturnType<typeof vector> => vector(`seeds/${name}.yaml`);

describe("configuration examples of published documents", () => {
  test("ingress guide, layer 2: Services get addresses of the range in order, one node answers", () => {
    const { addresses, announcements } = play([seed("ingress-layer2"), serviceYaml("a"), serviceYaml("b")]);
    expect(addresses).toEqual({ "default/a": ["192.168.143.230"], "default/b": ["192.168.143.231"] });
    expect(
      announcements.layer2.map(({ address, owner, reason }) => ({ address, owned: owner !== undefined, reason })),
    ).toHaveLength(2);
    for (const { owner, mine, allInterfaces, candidates } of announcements.layer2) {
      expect(mine).toBe(owner === "node-a");
      expect(allInterfaces).toBe(mine);
      expect([...candidates].sort()).toEqual(["node-a", "node-b", "node-c"]);
    }
    expect(announcements.bgp.size).toBe(0);
  });

  test("ingress guide, layer 2: the range has 21 addresses, the 22nd Service waits", () => {
    const services = Array.from({ length: 22 }, (_, index) => serviceYaml(`s${String(index).padStart(2, "0")}`));
    const { addresses, allocation } = play([seed("ingress-layer2"), ...services]);
    expect(addresses["default/s20"]).toEqual(["192.168.143.250"]);
    expect(addresses["default/s21"]).toEqual([]);
    expect(allocation.verdicts.at(-1)).toMatchObject({ outcome: "unassigned", reason: "allocation_failed" });
  });

  test("ingress guide, BGP: a peer of another AS, .0 is skipped, the host route goes to the router", () => {
    const { addresses, announcements, config } = play([seed("ingress-bgp"), serviceYaml("a")]);
    expect(addresses).toEqual({ "default/a": ["192.168.10.1"] });
    expect(config.peers.get("peer1")).toMatchObject({ myAsn: 64500, peerAsn: 64501, port: 179, holdTimeSeconds: 90 });
    const routes = announcements.bgp.get("peer1")?.map((route) => ({ ...route, prefix: formatPrefix(route.prefix) }));
    expect(routes).toEqual([{ prefix: "192.168.10.1/32" }]);
    expect(announcements.layer2).toEqual([]);
  });

  test("ingress guide, requested pool: only the Service of type LoadBalancer gets an address, out of that pool", () => {
    const pools = file(`
apiVersion: v1
kind: ConfigMap
metadata: { namespace: metallb-system, name: config }
data:
  config: |
    address-pools:
    - { name: default, protocol: layer2, addresses: [192.0.2.0/28] }
    - { name: production-public-ips, protocol: layer2, addresses: [198.51.100.0/28] }
`);
    const { addresses } = play([pools, seed("ingress-services")]);
    expect(addresses).toEqual({ "default/nginx-without-type": [], "default/nginx": ["198.51.100.0"] });
  });

  test("ingress guide, requested pool that does not exist: no address, and a warning says why", () => {
    const { allocation, addresses } = play([seed("ingress-layer2"), seed("ingress-services")]);
    expect(addresses["default/nginx"]).toEqual([]);
    const verdict = allocation.verdicts.find(({ key }) => key === "default/nginx");
    expect(verdict?.events).toContainEqual(expect.objectContaining({ type: "Warning", reason: "AllocationFailed" }));
  });

  test("ingress guide, requested address: given if the pools have it and nobody else, else a warning", () => {
    const asking = (name: string, ip: string): ReturnType<typeof serviceYaml> =>
      serviceYaml(name, { spec: { loadBalancerIP: ip } });
    const services = [asking("a", "192.168.143.240"), asking("b", "192.168.143.240"), asking("c", "192.168.143.9")];
    const { addresses, allocation } = play([seed("ingress-layer2"), ...services]);
    expect(addresses).toEqual({ "default/a": ["192.168.143.240"], "default/b": [], "default/c": [] });
    for (const verdict of allocation.verdicts.slice(1)) {
      expect(verdict.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual(["Warning AllocationFailed"]);
    }
  });

  test("blog, layer 2: a comment inside the list is no address", () => {
    const { addresses } = play([seed("blog-layer2"), serviceYaml("a")]);
    expect(addresses).toEqual({ "default/a": ["192.168.1.240"] });
  });

  test("blog, shared address: Services with the same key and other ports have it together", () => {
    const shared = { "metallb.universe.tf/allow-shared-ip": "my-shared-ip" };
    const second = serviceYaml("second", {
      annotations: shared,
      spec: { loadBalancerIP: "192.168.1.240", ports: [{ port: 443 }] },
    });
    const clash = serviceYaml("third", {
      annotations: shared,
      spec: { loadBalancerIP: "192.168.1.240", ports: [{ port: 80 }] },
    });
    const { addresses, announcements } = play([seed("blog-layer2"), seed("blog-shared"), second, clash]);
    expect(addresses).toEqual({
      "default/gateway": ["192.168.1.240"],
      "default/second": ["192.168.1.240"],
      "default/third": [],
    });
    expect(announcements.layer2).toMatchObject([
      { address: "192.168.1.240", services: ["default/gateway", "default/second"] },
    ]);
  });

  test("article on the objects: pool and advertisement as objects, the controller's Service gets the one address", () => {
    const { addresses, announcements, allocation } = play([seed("helm-objects"), serviceYaml("late")]);
    expect(addresses).toEqual({ "default/late": ["192.0.2.10"], "ingress-nginx/ingress-nginx-controller": [] });
    const alone = play([seed("helm-objects")]);
    expect(alone.addresses).toEqual({ "ingress-nginx/ingress-nginx-controller": ["192.0.2.10"] });
    expect(alone.announcements.layer2).toMatchObject([{ address: "192.0.2.10" }]);
    expect(allocation.released).toEqual([]);
    expect(announcements.bgp.size).toBe(0);
  });

  test("annotated example: every option of peer, pool, advertisement and alias is in force", () => {
    const asking = serviceYaml("a", { annotations: { "metallb.universe.tf/address-pool": "my-ip-space" } });
    const files = [seed("annotated-bgp"), asking, serviceYaml("b")];
    const there = play(files, {
      node: "prod-01",
      members: ["prod-01"],
      nodeLabels: { "beta.kubernetes.io/arch": "arm" },
    });
    expect(there.addresses).toEqual({ "default/a": ["198.51.100.1"], "default/b": [] });
    const peer = there.config.peers.get("peer1");
    expect(peer).toMatchObject({
      peerAsn: 64512,
      myAsn: 64512,
      port: 179,
      holdTimeSeconds: 120,
      keepaliveTimeSeconds: 40,
      routerId: 0x01020304,
    });
    expect(peer?.password).toBe("yourPassword");
    expect(JSON.stringify({ ...peer, address: 0 })).not.toContain("yourPassword");
    expect(there.config.pools.get("my-ip-space")).toMatchObject({ autoAssign: false, avoidBuggyIPs: true });
    expect(there.announcements.bgp.get("peer1")).toEqual([
      { prefix: { ip: 0xc6336401, length: 32 }, localPref: 100, communities: [64512 * 65536 + 1, 0xffffff01] },
    ]);
    const elsewhere = play(files, {
      node: "prod-01",
      members: ["prod-01"],
      nodeLabels: { "beta.kubernetes.io/arch": "s390x" },
    });
    expect(elsewhere.announcements.bgp.size).toBe(0);
    expect(play(files, { node: "node-a" }).announcements.bgp.size).toBe(0);
  });

  test("slides, layer 2: a wide range without .0 and .255", () => {
    const services = Array.from({ length: 300 }, (_, index) => serviceYaml(`s${String(index).padStart(3, "0")}`));
    const { addresses } = play([seed("slides-layer2"), ...services]);
    const all = Object.values(addresses).flat();
    expect(all[0]).toBe("16.186.72.2");
    expect(all[252]).toBe("16.186.72.254");
    expect(all[253]).toBe("16.186.73.1");
    expect(all.filter((address) => /\.(?:0|255)$/.test(address))).toEqual([]);
  });

  test("slides, BGP: host bits of the prefix are cleared", () => {
    const { addresses, config } = play([seed("slides-bgp"), serviceYaml("a")]);
    expect(config.pools.get("default")?.prefixes.map(formatPrefix)).toEqual(["192.168.122.0/24"]);
    expect(addresses).toEqual({ "default/a": ["192.168.122.1"] });
  });

  test("the ConfigMap and an object file come in one text of several documents", () => {
    const both = `${seed("blog-layer2").text}---\n${seed("blog-shared").text}---\n${seed("helm-objects").text}`;
    const { addresses } = play([file(both)]);
    expect(addresses).toMatchObject({ "default/gateway": ["192.168.1.240"] });
  });

  test("no example has a mistake in it, beside what vipkit does not use", () => {
    const names = [
      "ingress-layer2",
      "ingress-bgp",
      "ingress-services",
      "blog-layer2",
      "blog-shared",
      "helm-objects",
      "annotated-bgp",
      "slides-layer2",
      "slides-bgp",
    ];
    for (const name of names) {
      const { objects, mistakes } = readDocuments([seed(name)]);
      expect(mistakes.filter(({ code }) => code !== "kind_ignored")).toEqual([]);
      expect(readConfig(objects).mistakes).toEqual([]);
    }
  });
});
