import { spawnSync } from "node:child_process";
import { decodeArpFrame, encodeArpAnnouncement, encodeArpFrame, type ArpFrame } from "@vipkit/arp";
import { openLink, type LinuxFrameLink } from "@vipkit/link/node";
import { encodeNdpAnnouncement } from "@vipkit/ndp";
import { BROADCAST_MAC, formatIp, formatMac, parseIpv4, parseIpv6, vlanTags } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";
import { neighbour, resolve } from "./resolve.js";
import { speakOn, type BothSpeakers } from "./speakers.js";

const VIP4 = "192.0.2.10";
const VIP6 = "2001:db8::10";

needs({ namespaces: true }).describe("speakers on real interfaces", () => {
  let lab: Lab;
  let client: LabNode;
  let node: LabNode;
  const open: BothSpeakers[] = [];
  const links: LinuxFrameLink[] = [];

  beforeEach(() => {
    lab = createLab();
    client = lab.addNode("client", ["192.0.2.99/24", "2001:db8::99/64"]);
    node = lab.addNode("node", []);
  });
  afterEach(async () => {
    for (const speakers of open.splice(0)) speakers.close();
    for (const link of links.splice(0)) link.close();
    await lab.close();
  });

  const speak = async (...args: Parameters<typeof speakOn>): Promise<BothSpeakers> => {
    const speakers = await speakOn(...args);
    open.push(speakers);
    return speakers;
  };
  const entry = (vip: string): string => neighbour(client, vip);
  const resolves = (vip: string, mac: string): Promise<void> => resolve(client, vip, mac);
  const seed = (vip: string): void => {
    client.run("ip", "neigh", "replace", vip, "lladdr", "02:00:00:00:0d:0d", "nud", "reachable", "dev", "eth0");
  };

  test("a client resolves owned addresses, and nothing else", async () => {
    const speakers = await speak(node);
    speakers.own(VIP4, VIP6);
    const mac = formatMac(speakers.link.mac);
    await resolves(VIP4, mac);
    await resolves(VIP6, mac);
    spawnSync("ip", ["netns", "exec", client.namespace, "ping", "-c", "1", "-W", "1", "-n", "192.0.2.11"]);
    expect(entry("192.0.2.11")).not.toContain(mac);
  });

  test("duplicate address detection for an owned IPv6 address fails", async () => {
    const speakers = await speak(node);
    speakers.own(VIP6);
    client.run("sysctl", "-q", "-w", "net.ipv6.conf.all.accept_dad=1", "net.ipv6.conf.eth0.accept_dad=1");
    client.run("ip", "addr", "add", `${VIP6}/64`, "dev", "eth0");
    const show = (): string => client.run("ip", "-6", "addr", "show", "dev", "eth0");
    await until(() => show().includes("dadfailed"), { what: "the refused address" });
    // Another one, which nobody owns, is taken.
    client.run("ip", "addr", "add", "2001:db8::77/64", "dev", "eth0");
    await until(() => /2001:db8::77\/64 scope global\s*$/m.test(show()), { what: "the free address" });
  });

  test("an ARP probe for an owned address is answered", async () => {
    const speakers = await speak(node);
    speakers.own(VIP4);
    const link = await openLink("eth0", { namespace: client.namespace });
    links.push(link);
    const answers: ArpFrame[] = [];
    link.onFrame((frame) => answers.push(decodeArpFrame(frame)), { arp: [parseIpv4(VIP4)] });
    await until(() => link.up, { what: "the client's link" });
    for (const frame of encodeArpAnnouncement({ address: parseIpv4(VIP4), mac: link.mac, form: "probe" })) {
      link.send(frame);
    }
    const answer = await until(() => answers.find(({ kind }) => kind === "reply"), { what: "the answer" });
    expect(answer.arp).toMatchObject({ sha: speakers.link.mac, tha: link.mac, tpa: 0 });
  });

  test("a VLAN is spoken in with tags, beside the untagged network", async () => {
    const tagged = await speak(node, "eth0", { vlan: 7 });
    const plain = await speak(node);
    tagged.own(VIP4);
    plain.own("192.0.2.11");
    const link = await openLink("eth0", { namespace: client.namespace });
    links.push(link);
    await until(() => link.up, { what: "the client's link" });
    const answers: ArpFrame[] = [];
    link.onFrame((frame) => answers.push(decodeArpFrame(frame)), { arp: [VIP4, "192.0.2.11"].map(parseIpv4) });
    const ask = (vip: string, vlan: number | undefined): void => {
      const eth = { dst: BROADCAST_MAC, src: link.mac, tags: vlanTags(vlan) };
      const arp = { op: 1, sha: link.mac, spa: parseIpv4("192.0.2.99"), tha: 0, tpa: parseIpv4(vip) };
      link.send(encodeArpFrame({ eth, arp }));
    };
    ask(VIP4, undefined);
    ask(VIP4, 8);
    ask("192.0.2.11", 7);
    ask(VIP4, 7);
    ask("192.0.2.11", undefined);
    const toUs = (): ArpFrame[] => answers.filter(({ arp, kind }) => kind === "reply" && arp.tha === link.mac);
    await until(() => toUs().length === 2, { what: "the two answers" });
    const seen = toUs().map(({ arp, eth }) => [formatIp(arp.spa), eth.tags.map(({ vid }) => vid)]);
    expect(seen).toEqual([
      [VIP4, [7]],
      ["192.0.2.11", []],
    ]);
  });

  test("a bridge with the interface as a member", async () => {
    node.run("ip", "link", "add", "br1", "type", "bridge");
    node.run("ip", "link", "set", "eth0", "master", "br1");
    node.run("ip", "link", "set", "br1", "up");
    const speakers = await speak(node, "br1");
    speakers.own(VIP4, VIP6);
    const mac = formatMac(speakers.link.mac);
    await resolves(VIP4, mac);
    await resolves(VIP6, mac);
  });

  test("an interface that comes late", async () => {
    const waiting = speak(node, "late0", {}, 5000);
    node.run("ip", "link", "add", "late0", "type", "veth", "peer", "name", "late1");
    node.run("ip", "link", "set", "late1", "up");
    node.run("ip", "link", "set", "late0", "up");
    const speakers = await waiting;
    speakers.own(VIP4, VIP6);
    await until(() => speakers.link.counters().sent > 0, { what: "the announcements" });
    // The other end belongs to the same kernel, which asks there.
    node.run("ip", "addr", "add", "192.0.2.98/24", "dev", "late1");
    spawnSync("ip", ["netns", "exec", node.namespace, "ping", "-c", "1", "-W", "1", "-n", "-I", "late1", VIP4]);
    const shown = (): string => node.run("ip", "neigh", "show", VIP4, "dev", "late1");
    await until(() => shown().includes(formatMac(speakers.link.mac)), { what: "the address resolved" });
  });

  test("a cable pulled and plugged in again: everything is announced anew", async () => {
    const speakers = await speak(node);
    speakers.own(VIP4, VIP6);
    const mac = formatMac(speakers.link.mac);
    lab.setLink(node, false);
    await until(() => !speakers.link.up, { what: "the link down" });
    seed(VIP4);
    seed(VIP6);
    lab.setLink(node, true);
    await until(() => entry(VIP4).includes(mac) && entry(VIP6).includes(mac), { what: "the entries moved" });
  });

  test("a new MAC address: everything is announced anew, with the new one", async () => {
    const speakers = await speak(node);
    speakers.own(VIP4, VIP6);
    seed(VIP4);
    seed(VIP6);
    const mac = "02:00:00:00:aa:01";
    node.run("ip", "link", "set", "eth0", "address", mac);
    await until(() => entry(VIP4).includes(mac) && entry(VIP6).includes(mac), { what: "the entries moved" });
    await resolves(VIP4, mac);
    await resolves(VIP6, mac);
  });

  test("an address of somebody else's kernel is a conflict", async () => {
    const speakers = await speak(node);
    speakers.own(VIP4, VIP6);
    const events: string[] = [];
    speakers.arp.onEvent((event) => event.type === "conflict" && events.push("arp"));
    speakers.ndp.onEvent((event) => event.type === "conflict" && events.push("ndp"));
    // A kernel that asks speaks as the address it asks from.
    client.run("ip", "addr", "add", `${VIP4}/24`, "dev", "eth0");
    const ping = ["ping", "-c", "1", "-W", "1", "-n", "-I", VIP4, "192.0.2.77"];
    spawnSync("ip", ["netns", "exec", client.namespace, ...ping]);
    const link = await openLink("eth0", { namespace: client.namespace });
    links.push(link);
    await until(() => link.up, { what: "the client's link" });
    link.send(encodeNdpAnnouncement({ address: parseIpv6(VIP6), mac: link.mac }));
    await until(() => events.includes("arp") && events.includes("ndp"), { what: "both conflicts" });
  });
});
