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
});
