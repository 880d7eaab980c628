import type { LinuxFrameLink } from "@vipkit/link/node";
import { formatMac } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolve } from "../test/layer2/resolve.js";
import { speakOn, type BothSpeakers } from "../test/layer2/speakers.js";
import { createLab, type Lab, type LabNode } from "../test/support/namespace.js";

const VIP4 = "192.0.2.10";
const VIP6 = "2001:db8::10";

needs({ namespaces: true, linkKinds: ["vlan", "bond"] }).describe("speakers on stacked interfaces", () => {
  let lab: Lab;
  let client: LabNode;
  let node: LabNode;
  const open: BothSpeakers[] = [];

  beforeEach(() => {
    lab = createLab();
    client = lab.addNode("client", ["192.0.2.99/24", "2001:db8::99/64"]);
    node = lab.addNode("node", []);
  });
  afterEach(async () => {
    for (const speakers of open.splice(0)) speakers.close();
    await lab.close();
  });

  const speak = async (...args: Parameters<typeof speakOn>): Promise<BothSpeakers> => {
    const speakers = await speakOn(...args);
    open.push(speakers);
    return speakers;
  };
  const macOf = ({ link }: { readonly link: LinuxFrameLink }): string => formatMac(link.mac);
  const addVlan = (where: LabNode, ...addresses: string[]): void => {
    where.run("ip", "link", "add", "link", "eth0", "name", "eth0.7", "type", "vlan", "id", "7");
    where.run("ip", "link", "set", "eth0.7", "up");
    for (const address of addresses) where.run("ip", "addr", "add", address, "dev", "eth0.7");
  };

  test("a kernel's VLAN interface resolves what a tagged speaker on the interface below owns", async () => {
    addVlan(client, "198.51.100.99/24", "2001:db8:7::99/64");
    const tagged = await speak(node, "eth0", { vlan: 7 });
    tagged.own("198.51.100.10", "2001:db8:7::10");
    await resolve(client, "198.51.100.10", macOf(tagged), "eth0.7");
    await resolve(client, "2001:db8:7::10", macOf(tagged), "eth0.7");
  });

  test("a VLAN interface that comes late, goes, and comes again", async () => {
    addVlan(client, "198.51.100.99/24", "2001:db8:7::99/64");
    const waiting = speak(node, "eth0.7", {}, 10_000);
    addVlan(node);
    const speakers = await waiting;
    speakers.own("198.51.100.11", "2001:db8:7::11");
    await resolve(client, "198.51.100.11", macOf(speakers), "eth0.7");
    await resolve(client, "2001:db8:7::11", macOf(speakers), "eth0.7");
    node.run("ip", "link", "del", "eth0.7");
    await until(() => !speakers.link.up, { what: "the interface gone" });
    addVlan(node);
    await until(() => speakers.link.up, { what: "the interface back" });
    await resolve(client, "198.51.100.11", macOf(speakers), "eth0.7");
    await resolve(client, "2001:db8:7::11", macOf(speakers), "eth0.7");
  });

  test("what is on the VLAN stays off the untagged network, and the other way round", async () => {
    addVlan(client, "198.51.100.99/24");
    addVlan(node);
    const plain = await speak(node);
    const vlan = await speak(node, "eth0.7");
    plain.own(VIP4);
    vlan.own("192.0.2.12", "198.51.100.12");
    await resolve(client, VIP4, macOf(plain));
    await resolve(client, "198.51.100.12", macOf(vlan), "eth0.7");
    await expect(resolve(client, "192.0.2.12", macOf(vlan))).rejects.toThrow("did not come true");
  });

  test("a bond with two members answers through whichever is active", async () => {
    node.run("ip", "link", "add", "bond1", "type", "bond", "mode", "active-backup", "miimon", "50");
    lab.addInterface(node, "eth1");
    for (const member of ["eth0", "eth1"]) {
      node.run("ip", "link", "set", member, "down");
      node.run("ip", "link", "set", member, "master", "bond1");
    }
    node.run("ip", "link", "set", "bond1", "up");
    // One announcement for each address: what comes later is for the other member's sake.
    const speakers = await speak(node, "bond1", { announce: { count: 1, refreshMs: Infinity } });
    speakers.own(VIP4, VIP6);
    await resolve(client, VIP4, macOf(speakers));
    await resolve(client, VIP6, macOf(speakers));
    const active = (): string => node.run("cat", "/sys/class/net/bond1/bonding/active_slave").trim();
    expect(active()).toBe("eth0");
    const { announced } = speakers.arp.snapshot().counters;
    lab.setLink(node, false);
    await until(() => active() === "eth1", { what: "the second member active" });
    await until(() => speakers.arp.snapshot().counters.announced > announced, { what: "the announcement" });
    await resolve(client, VIP4, macOf(speakers));
    await resolve(client, VIP6, macOf(speakers));
  });
});
