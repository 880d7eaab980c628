import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fromHex, parseIp, parseIpv4, parseMac, solicitedNodeGroup, toHex, type Ipv4, type Ipv6 } from "@vipkit/net";
import { openLink, type LinuxFrameLink, type OpenLinkOptions } from "@vipkit/link/node";
import { needs, until } from "@vipkit/test-support";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";

const VIP = parseIpv4("192.0.2.10");
const REQUEST = "ffffffffffff0200000000010806000108000604000102000000000100000000000000000000";

function ask(tpa: Ipv4, tag = ""): Uint8Array {
  const hex = tpa.toString(16).padStart(8, "0");
  return fromHex(`${REQUEST.slice(0, 24)}${tag}${REQUEST.slice(24)}${hex}`.padEnd(120 + tag.length, "0"));
}

needs({ namespaces: true }).describe("raw links", () => {
  let lab: Lab;
  let a: LabNode;
  let b: LabNode;
  const links: LinuxFrameLink[] = [];

  const open = async (node: LabNode, options: OpenLinkOptions = {}, name = "eth0"): Promise<LinuxFrameLink> => {
    const link = await openLink(name, { namespace: node.namespace, ...options });
    links.push(link);
    return link;
  };
  const hear = (link: LinuxFrameLink, ...interest: Parameters<LinuxFrameLink["onFrame"]>[1][]): string[] => {
    const heard: string[] = [];
    link.onFrame((frame) => heard.push(toHex(frame)), interest[0]);
    return heard;
  };
  const ip = (node: LabNode, ...words: string[]): void => {
    execFileSync("ip", ["-n", node.namespace, ...words], { stdio: "pipe" });
  };

  beforeEach(() => {
    lab = createLab();
    a = lab.addNode("a", []);
    b = lab.addNode("b", []);
  });
  afterEach(async () => {
    for (const link of links.splice(0)) link.close();
    await lab.close();
  });

  test("carry frames as they are, and not their own", async () => {
    const [one, other] = [await open(a), await open(b)];
    const [own, heard] = [hear(one, { arp: [VIP] }), hear(other, { arp: [VIP] })];
    await until(() => one.up && other.up, { what: "both links" });
    one.send(ask(VIP));
    await until(() => heard.length > 0, { what: "the frame" });
    expect(heard).toEqual([toHex(ask(VIP))]);
    expect(own).toEqual([]);
    expect(one.counters()).toMatchObject({ sent: 1, received: 0 });
    expect(other.counters()).toMatchObject({ received: 1, wakeUps: 1 });
  });

  test("wake nobody for what nobody has asked for", async () => {
    const [one, other] = [await open(a), await open(b)];
    const heard = hear(other, { arp: [VIP] });
    await until(() => one.up && other.up, { what: "both links" });
    for (let i = 0; i < 5000; i += 1) one.send(ask(VIP + 1 + (i % 200)));
    one.send(ask(VIP));
    await until(() => heard.length > 0, { what: "the one frame that counts" });
    expect(one.counters()).toMatchObject({ sent: 5001 });
    expect(other.counters()).toMatchObject({ received: 1, wakeUps: 1 });
  });

  test("follow their subscribers: the filter is the union, and changes without a gap", async () => {
    const [one, other] = [await open(a), await open(b)];
    await until(() => one.up && other.up, { what: "both links" });
    const heard: string[] = [];
    const drop = other.onFrame(() => heard.push("old"), { arp: [VIP] });
    other.onFrame(() => heard.push("new"), { arp: [VIP, VIP + 1] });
    drop();
    await Promise.resolve();
    one.send(ask(VIP + 2));
    one.send(ask(VIP + 1));
    one.send(ask(VIP));
    await until(() => heard.length === 2, { what: "two frames" });
    expect(heard).toEqual(["new", "new"]);
    other.onFrame(() => heard.push("all"));
    await Promise.resolve();
    one.send(ask(VIP + 2));
    await until(() => heard.includes("all"), { what: "a frame that nobody has named" });
  });

  test("put VLAN tags back that the kernel has taken out", async () => {
    const [one, other] = [await open(a), await open(b)];
    const heard = hear(other, { arp: [VIP] });
    await until(() => one.up && other.up, { what: "both links" });
    const frames = [ask(VIP, "81006007"), ask(VIP, "88a80063"), ask(VIP, "88a8006381000007"), ask(VIP)];
    for (const frame of frames) one.send(frame);
    await until(() => heard.length === frames.length, { what: "all four frames" });
    expect(heard).toEqual(frames.map(toHex));
  });

  test("survive their interface: down and up, another MAC, gone and back", async () => {
    const link = await open(a);
    await until(() => link.up, { what: "the link" });
    const heard = hear(link, { arp: [VIP] });
    let changes = 0;
    link.onChange(() => (changes += 1));

    ip(a, "link", "set", "eth0", "down");
    await until(() => !link.up, { what: "down" });
    link.send(ask(VIP));
    expect(link.counters().droppedDown).toBe(1);
    ip(a, "link", "set", "eth0", "address", "02:00:00:00:00:77");
    ip(a, "link", "set", "eth0", "up");
    await until(() => link.up && link.mac === parseMac("02:00:00:00:00:77"), { what: "up with another MAC" });

    const other = await open(b);
    await until(() => other.up, { what: "the other link" });
    await until(
      () => {
        other.send(ask(VIP));
        return heard.length > 0;
      },
      { what: "frames after the flap" },
    );

    ip(a, "link", "del", "eth0");
    await until(() => !link.up, { what: "gone" });
    expect(link.index).toBe(0);
    ip(a, "link", "add", "eth0", "type", "veth", "peer", "name", "far", "netns", b.namespace);
    ip(a, "link", "set", "eth0", "up");
    ip(b, "link", "set", "far", "up");
    await until(() => link.up, { what: "back" });
    const far = await open(b, {}, "far");
    await until(() => far.up, { what: "the far end" });
    heard.length = 0;
    await until(
      () => {
        far.send(ask(VIP));
        return heard.length > 0;
      },
      { what: "frames on the new interface" },
    );
    expect(changes).toBeGreaterThanOrEqual(4);
  });

  test("wait for an interface, or say that there is none", async () => {
    await expect(open(a, {}, "late0")).rejects.toMatchObject({ code: "ERR_LINK_NO_INTERFACE" });
    await expect(open(a, { waitMs: 20 }, "late0")).rejects.toMatchObject({ code: "ERR_LINK_NO_INTERFACE" });
    await expect(open(a, {}, "lo")).rejects.toMatchObject({ code: "ERR_LINK_NOT_ETHERNET" });
    const late = open(a, { waitMs: Infinity }, "late0");
    ip(a, "link", "add", "late0", "type", "veth", "peer", "name", "late1");
    const link = await late;
    expect(link.index).toBeGreaterThan(0);
    expect(link.up).toBe(false);
  });

  test("know their link-local address, as soon as it may be used and no longer than it is there", async () => {
    const link = await open(a);
    await until(() => link.linkLocal !== undefined, { what: "a link-local address" });
    ip(a, "addr", "flush", "dev", "eth0", "scope", "link");
    await until(() => link.linkLocal === undefined, { what: "no link-local address" });
    ip(a, "addr", "add", "fe80::77/64", "dev", "eth0", "nodad");
    await until(() => link.linkLocal === parseIp("fe80::77"), { what: "the new one" });
  });

  test("hear ND for their groups, report them by MLD, and count who wants them", async () => {
    const target = parseIp("2001:db8::77") as Ipv6;
    const group = solicitedNodeGroup(target);
    const [one, other] = [await open(a), await open(b)];
    await until(() => one.up && other.up, { what: "both links" });
    const reports: string[] = [];
    other.onFrame((frame) => {
      const hex = toHex(frame);
      // An MLDv2 report to ff02::16 that names the group.
      if (hex.startsWith("333300000016") && hex.includes("ff0200000000000000000001ff000077")) reports.push(hex);
    });
    const groups = (): string => a.run("ip", "maddr", "show", "dev", "eth0");
    one.joinGroup(group);
    one.joinGroup(group);
    expect(groups()).toContain("33:33:ff:00:00:77");
    await until(() => reports.length > 0, { what: "an MLD report" });
    one.leaveGroup(group);
    expect(groups()).toContain("33:33:ff:00:00:77");
    one.leaveGroup(group);
    expect(groups()).not.toContain("33:33:ff:00:00:77");
    expect(one.counters().groupsRefused).toBe(0);
  });

  test("join groups without IPv6 too, and more of them than one socket holds", async () => {
    a.run("sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1");
    const link = await open(a);
    link.joinGroup(solicitedNodeGroup(parseIp("2001:db8::88") as Ipv6));
    expect(a.run("ip", "maddr", "show", "dev", "eth0")).toContain("33:33:ff:00:00:88");
    const other = await open(b);
    for (let i = 1n; i <= 2000n; i += 1n) other.joinGroup(solicitedNodeGroup((0x2001_0db8n << 96n) | i));
    expect(other.counters().groupsRefused).toBe(0);
    expect(b.run("ip", "maddr", "show", "dev", "eth0").match(/33:33:ff:/g)!.length).toBeGreaterThanOrEqual(2000);
  });

  test("queue what the kernel has no room for, within bounds, and lose nothing of it", async () => {
    const [one, other] = [await open(a, { sendQueueFrames: 40 }), await open(b)];
    const heard = hear(other, { arp: [VIP] });
    await until(() => one.up && other.up, { what: "both links" });
    // Takes about 30 frames at once and two each millisecond, and refuses the rest.
    a.run("tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "1mbit", "burst", "2000", "limit", "3000");
    for (let i = 0; i < 200; i += 1) one.send(ask(VIP));
    const { queued, noRoom, droppedQueueFull, sent } = one.counters();
    expect(queued).toBe(40);
    expect(noRoom).toBeGreaterThan(0);
    expect(sent + queued + droppedQueueFull).toBe(200);
    await until(() => heard.length === 200 - droppedQueueFull, { what: "all that were not dropped" });
    expect(one.counters().sent).toBe(heard.length);
  });

  test("drop what cannot be sent, and count why", async () => {
    ip(a, "link", "set", "eth0", "down");
    const link = await open(a);
    for (let i = 0; i < 10; i += 1) link.send(ask(VIP));
    link.send(new Uint8Array(10));
    link.send(new Uint8Array(4000));
    expect(link.counters()).toMatchObject({ droppedDown: 10, droppedSize: 2, sent: 0 });
  });

  test("hear what a bridge takes away, on its port and on the bridge itself", async () => {
    ip(a, "link", "add", "br0", "type", "bridge");
    ip(a, "link", "set", "br0", "up");
    ip(a, "link", "set", "eth0", "master", "br0");
    const [port, bridge, other] = [await open(a), await open(a, {}, "br0"), await open(b)];
    const [onPort, onBridge] = [hear(port, { arp: [VIP] }), hear(bridge, { arp: [VIP] })];
    await until(() => port.up && bridge.up && other.up, { what: "all links" });
    await until(
      () => {
        other.send(ask(VIP));
        return onPort.length > 0 && onBridge.length > 0;
      },
      { what: "the frame on both" },
    );
    ip(a, "link", "set", "eth0", "nomaster");
    expect(port.up).toBe(true);
  });

  test("write what they see and send to a capture that tshark reads", async (context) => {
    if (needs({ commands: ["tshark"] }).reason !== undefined) context.skip("needs the command tshark");
    const file = join(lab.folder("pcap"), "link.pcap");
    const [one, other] = [await open(a, { pcap: file }), await open(b)];
    const heard = hear(one, { arp: [VIP] });
    await until(() => one.up && other.up, { what: "both links" });
    one.send(ask(VIP + 5, "81000007"));
    other.send(ask(VIP));
    await until(() => heard.length === 1, { what: "the frame" });
    one.close();
    const lines = await until(() => {
      const text = execFileSync("tshark", ["-r", file, "-T", "fields", "-e", "vlan.id", "-e", "arp.dst.proto_ipv4"], {
        encoding: "utf8",
        stdio: "pipe",
      });
      return text.split("\n").filter((line) => line !== "").length === 2 && text;
    });
    expect(lines).toBe("7\t192.0.2.15\n\t192.0.2.10\n");
  });

  test("refuse without CAP_NET_RAW, and name it", () => {
    const program = `
      const { openLink } = await import("@vipkit/link/node");
      await openLink("eth0").catch((error) => process.stdout.write(error.code + " " + error.allowed));`;
    const words = ["--import", "tsx", "--conditions=vipkit:source", "--input-type=module", "--eval", program];
    const output = execFileSync(
      "ip",
      ["netns", "exec", a.namespace, "setpriv", "--bounding-set", "-net_raw", process.execPath, ...words],
      { encoding: "utf8", cwd: new URL("../..", import.meta.url), timeout: 30_000 },
    );
    expect(output).toBe("ERR_LINK_PERMISSION CAP_NET_RAW");
  });
});
