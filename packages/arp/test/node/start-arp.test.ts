import { describe, expect, test } from "vitest";
import { manualClock, memoryLink } from "@vipkit/test-support";
import { parseIpv4, parseMac, BROADCAST_MAC } from "@vipkit/net";
import { decodeArpFrame, encodeArpFrame } from "../../src/index.js";
import { startArp, type ArpEvent, type ArpOptions } from "../../src/node/index.js";

const MAC = parseMac("02:00:00:00:00:01");
const OTHER = parseMac("02:00:00:00:00:02");
const VIP = parseIpv4("192.0.2.10");
const CLIENT = parseIpv4("192.0.2.99");

function setUp(options: Partial<ArpOptions> = {}) {
  const clock = manualClock();
  const link = memoryLink(MAC);
  const events: ArpEvent[] = [];
  const speaker = startArp({ link, clock, random: () => 0.5, ...options });
  speaker.onEvent((event) => events.push(event));
  return { clock, link, speaker, events };
}

function request(spa: number, tpa: number, sha = OTHER): Uint8Array {
  return encodeArpFrame({ eth: { dst: BROADCAST_MAC, src: sha }, arp: { op: 1, sha, spa, tha: 0, tpa } });
}

describe("startArp", () => {
  test("announces at once, in a row of five, and every minute afterwards", () => {
    const { clock, link, speaker, events } = setUp();
    speaker.own([VIP]);
    expect(link.takeSent().map((frame) => decodeArpFrame(frame).arp.op)).toEqual([1, 2]);
    expect(events).toEqual([{ type: "announced", ip: VIP }]);
    clock.advance(4400);
    expect(link.takeSent()).toHaveLength(8);
    clock.advance(50_000);
    expect(link.takeSent()).toHaveLength(0);
    clock.advance(10_000);
    expect(link.takeSent()).toHaveLength(2);
  });

  test("answers for what it owns and falls silent at once", () => {
    const { clock, link, speaker } = setUp();
    speaker.own([VIP]);
    link.takeSent();
    link.deliver(request(CLIENT, VIP));
    const [answer] = link.takeSent();
    expect(decodeArpFrame(answer!).arp).toEqual({ op: 2, sha: MAC, spa: VIP, tha: OTHER, tpa: CLIENT });
    speaker.own([]);
    link.deliver(request(CLIENT, VIP));
    clock.advance(100_000);
    expect(link.takeSent()).toEqual([]);
    expect(speaker.snapshot().counters.dropped.not_owned).toBe(1);
  });

  test("conflicts are defended, told and counted; the policy may be to give up", () => {
    const { clock, link, speaker, events } = setUp();
    speaker.own([VIP]);
    clock.advance(20_000);
    link.takeSent();
    const claim = request(VIP, CLIENT);
    link.deliver(claim);
    link.deliver(claim);
    expect(link.takeSent()).toHaveLength(2);
    expect(events.filter(({ type }) => type === "conflict")).toEqual([
      { type: "conflict", ip: VIP, mac: OTHER, link: "test0", vlan: undefined, count: 1, action: "defended" },
    ]);
    clock.advance(1000);
    link.deliver(claim);
    expect(events.at(-1)).toMatchObject({ count: 3, action: "kept" });
    expect(speaker.snapshot().addresses[0]).toMatchObject({ conflicts: 3, lastConflict: { agoMs: 0 } });

    const timid = setUp({ conflict: "giveUp" });
    timid.speaker.own([VIP]);
    timid.link.takeSent();
    timid.link.deliver(claim);
    timid.link.deliver(request(CLIENT, VIP));
    timid.clock.advance(100_000);
    expect(timid.link.takeSent()).toEqual([]);
    expect(timid.speaker.snapshot().addresses).toMatchObject([{ state: "gaveUp" }]);
  });

  test("a link that was down, and a new MAC, announce everything again", () => {
    const { clock, link, speaker } = setUp();
    speaker.own([VIP]);
    clock.advance(10_000);
    link.takeSent();
    link.up = false;
    link.changed();
    clock.advance(100_000);
    expect(link.takeSent()).toEqual([]);
    link.up = true;
    link.changed();
    expect(link.takeSent()).toHaveLength(2);
    clock.advance(10_000);
    link.takeSent();
    link.mac = OTHER + 8;
    link.changed();
    expect(link.takeSent().map((frame) => decodeArpFrame(frame).arp.sha)).toEqual([OTHER + 8, OTHER + 8]);
    link.deliver(request(CLIENT, VIP));
    expect(decodeArpFrame(link.takeSent()[0]!).arp.sha).toBe(OTHER + 8);
  });

  test("a link that has moved announces everything again, though it shows nothing new", () => {
    const { clock, link, speaker } = setUp();
    speaker.own([VIP]);
    clock.advance(100_000);
    link.takeSent();
    link.changed("state");
    expect(link.takeSent()).toEqual([]);
    link.changed("moved");
    expect(link.takeSent()).toHaveLength(2);
  });

  test("probing takes a free address after seconds and refuses a used one", () => {
    const { clock, link, speaker, events } = setUp({ probe: true });
    speaker.own([VIP, VIP + 1]);
    clock.advance(600);
    expect(link.takeSent().map((frame) => decodeArpFrame(frame).kind)).toEqual(["probe", "probe"]);
    link.deliver(request(VIP, CLIENT));
    clock.advance(10_000);
    expect(events.map(({ type, ip }) => [type, ip])).toEqual([
      ["refused", VIP],
      ["announced", VIP + 1],
    ]);
    expect(speaker.snapshot().addresses.map(({ state }) => state)).toEqual(["refused", "owned"]);
  });

  test("clients that asked lately get a word of their own at a takeover", () => {
    const { clock, link, speaker } = setUp();
    speaker.watch([VIP]);
    link.deliver(request(CLIENT, VIP));
    expect(link.takeSent()).toEqual([]);
    clock.advance(1000);
    speaker.own([VIP]);
    const [, , word] = link.takeSent().map((frame) => decodeArpFrame(frame));
    expect(word).toMatchObject({ eth: { dst: OTHER }, arp: { op: 2, sha: MAC, spa: VIP, tha: MAC, tpa: VIP } });
  });

  test("tells the link what it has use for, survives a full queue, and closes for good", () => {
    const { clock, link, speaker } = setUp();
    speaker.own([VIP, VIP + 1]);
    expect(link.interests).toEqual([{ arp: [VIP, VIP + 1] }]);
    link.failing = true;
    speaker.reannounce();
    expect(speaker.snapshot().counters.sendErrors).toBeGreaterThan(0);
    link.failing = false;
    link.takeSent();
    speaker.close();
    speaker.close();
    speaker.own([VIP]);
    speaker.reannounce();
    clock.advance(200_000);
    link.deliver(request(CLIENT, VIP));
    expect(link.takeSent()).toEqual([]);
    expect(link.subscribers).toBe(0);
    expect(JSON.parse(JSON.stringify(speaker.snapshot()))).toMatchObject({ link: "test0" });
  });
});
