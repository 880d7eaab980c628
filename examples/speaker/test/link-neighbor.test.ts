import { ALL_NODES, encodeNdpFrame } from "@vipkit/ndp";
import { formatIp, ipv6ToWords, multicastMac, parseIp, type FrameLink, type Ipv6, type Mac } from "@vipkit/net";
import { createWorld, type SimHost, type World } from "@vipkit/sim";
import { beforeEach, describe, expect, test } from "vitest";
import { watchLinkNeighbor, type LinkNeighborWatch } from "../src/link-neighbor.js";

const MAC = 0x0200_0000_0002;

describe("the router at the other end of a link", () => {
  let world: World;
  let ours: SimHost;
  let link: FrameLink;
  let changes: string[];
  let watch: LinkNeighborWatch;
  let inUse: boolean;
  beforeEach(async () => {
    world = createWorld({ seed: 1 });
    ours = world.addHost({ name: "a", mac: 0x0200_0000_0001, addresses: [parseIp("fe80::1")] });
    const theirs = world.addHost({ name: "b", mac: MAC, addresses: [parseIp("fe80::2")] });
    link = await theirs.openLink("eth0");
    changes = [];
    inUse = true;
    watch = watchLinkNeighbor({
      host: ours,
      interface: "eth0",
      changed: () =>
        changes.push(!watch.up || watch.neighbor === undefined ? `${watch.up}` : formatIp(watch.neighbor.ip)),
      failed: () => undefined,
      isInUse: () => inUse,
    });
    await world.advance(10);
  });

  const advertise = async (source: string, mac: Mac = MAC): Promise<void> => {
    link.send(
      encodeNdpFrame({
        eth: { dst: multicastMac(ALL_NODES.d), src: mac },
        ip: { src: ipv6ToWords(parseIp(source) as Ipv6), dst: ALL_NODES },
        message: {
          ...{ name: "ra", curHopLimit: 64, managed: false, other: false, homeAgent: false, preference: "medium" },
          ...{ routerLifetimeSeconds: 30, reachableTimeMs: 0, retransTimerMs: 0, options: [] },
        },
      }),
    );
    await world.advance(10);
  };

  test("is learnt from its advertisement, and followed to a new address", async () => {
    expect(watch.neighbor).toBeUndefined();
    await advertise("fe80::2");
    expect(watch.neighbor).toEqual({ ip: parseIp("fe80::2"), source: parseIp("fe80::1") });
    await advertise("fe80::22");
    await advertise("fe80::22", 0x0200_0000_0022);
    expect(changes).toEqual(["true", "fe80::2", "fe80::22"]);
  });

  test("is not replaced by somebody else while a session is up and it has not gone silent", async () => {
    await advertise("fe80::2");
    await advertise("fe80::66", 0x0200_0000_0066);
    expect(changes.at(-1)).toBe("fe80::2");
    await world.advance(36_000);
    await advertise("fe80::66", 0x0200_0000_0066);
    expect(changes.at(-1)).toBe("fe80::66");
    inUse = false;
    await advertise("fe80::77", 0x0200_0000_0077);
    expect(changes.at(-1)).toBe("fe80::77");
  });

  test("is no address that is not link-local", async () => {
    await advertise("2001:db8::2");
    expect(watch.neighbor).toBeUndefined();
  });

  test("hears of us every ten seconds, as no default router", async () => {
    const heard: number[] = [];
    // ICMPv6 type and router lifetime, behind 14 octets of Ethernet and 40 of IPv6.
    link.onFrame((frame) => heard.push(frame[54]!, frame[60]! * 256 + frame[61]!));
    await advertise("fe80::2");
    await world.advance(25_000);
    expect(heard).toEqual([134, 0, 134, 0, 134, 0]);
    watch.close();
    await world.advance(25_000);
    expect(heard).toHaveLength(6);
  });

  test("is remembered while the cable is out", async () => {
    await advertise("fe80::2");
    ours.setLinkUp(false);
    await world.advance(10);
    expect([watch.up, watch.neighbor?.ip]).toEqual([false, parseIp("fe80::2")]);
    ours.setLinkUp(true);
    await world.advance(10);
    expect(changes).toEqual(["true", "fe80::2", "false", "fe80::2"]);
  });
});
