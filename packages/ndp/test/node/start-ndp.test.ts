import { manualClock, memoryLink } from "@vipkit/test-support";
import {
  formatIp,
  formatIpv6,
  ipv6FromWords,
  ipv6ToWords,
  multicastMac,
  parseIpv6,
  parseMac,
  solicitedNodeGroup,
  type Ipv6,
} from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { ALL_NODES, decodeNdpFrame, encodeDadProbe, encodeNdpAnnouncement, encodeNdpFrame } from "../../src/index.js";
import { startNdp, type NdpEvent, type NdpOptions } from "../../src/node/index.js";

const MAC = parseMac("02:00:00:00:00:01");
const OTHER = parseMac("02:00:00:00:00:02");
const VIP = parseIpv6("2001:db8::10");
const CLIENT = parseIpv6("2001:db8::99");

function setUp(options: Partial<NdpOptions> = {}) {
  const clock = manualClock();
  const link = memoryLink(MAC);
  const events: NdpEvent[] = [];
  const speaker = startNdp({ link, clock, random: () => 0.5, ...options });
  speaker.onEvent((event) => events.push(event));
  return { clock, link, speaker, events };
}

function solicitation(target: Ipv6, src = CLIENT, mac = OTHER): Uint8Array {
  const dst = ipv6ToWords(solicitedNodeGroup(target));
  return encodeNdpFrame({
    eth: { dst: multicastMac(dst.d), src: mac },
    ip: { src: ipv6ToWords(src), dst },
    message: { name: "ns", target: ipv6ToWords(target), options: [{ name: "sourceLinkLayer", mac }] },
  });
}

describe("startNdp", () => {
  test("joins the group, announces to all nodes and routers, and leaves again", () => {
    const { clock, link, speaker, events } = setUp();
    speaker.own([VIP]);
    expect([...link.groups.keys()].map(formatIp)).toEqual(["ff02::1:ff00:10"]);
    const sent = link.takeSent().map((frame) => formatIpv6(ipv6FromWords(decodeNdpFrame(frame).ip.dst)));
    expect(sent).toEqual(["ff02::1", "ff02::2"]);
    expect(events).toEqual([{ type: "announced", ip: VIP }]);
    clock.advance(10_000);
    expect(link.takeSent()).toHaveLength(2);
    speaker.own([]);
    expect(link.groups.size).toBe(0);
    clock.advance(200_000);
    expect(link.takeSent()).toEqual([]);
  });

  test("answers a solicitation with everything a client wants to know", () => {
    const { link, speaker } = setUp();
    speaker.own([VIP]);
    link.takeSent();
    link.deliver(solicitation(VIP));
    const answer = decodeNdpFrame(link.takeSent()[0]!);
    expect(answer.eth.dst).toBe(OTHER);
    expect(ipv6FromWords(answer.ip.dst)).toBe(CLIENT);
    expect(ipv6FromWords(answer.ip.src)).toBe(VIP);
    expect(answer.message).toMatchObject({ name: "na", solicited: true, override: true, router: false });
    expect(answer.message.options).toEqual([{ name: "targetLinkLayer", length: 1, mac: MAC }]);
  });

  test("a probe for an owned address is answered to all nodes", () => {
    const { link, speaker } = setUp();
    speaker.own([VIP]);
    link.takeSent();
    link.deliver(encodeDadProbe({ address: VIP, mac: OTHER }));
    const answer = decodeNdpFrame(link.takeSent()[0]!);
    expect(answer.ip.dst).toEqual(ALL_NODES);
    expect(answer.message).toMatchObject({ solicited: false, override: true });
  });

  test("probing: silence makes the address ours, an answer does not", () => {
    const { clock, link, speaker, events } = setUp({ probe: true });
    speaker.own([VIP]);
    clock.advance(600);
    expect(decodeNdpFrame(link.takeSent()[0]!).message.name).toBe("ns");
    clock.advance(1000);
    expect(events).toEqual([{ type: "announced", ip: VIP }]);
    const second = parseIpv6("2001:db8::11");
    speaker.own([VIP, second]);
    clock.advance(600);
    link.deliver(encodeNdpAnnouncement({ address: second, mac: OTHER }));
    expect(events.at(-1)).toEqual({ type: "refused", ip: second, mac: OTHER, link: "test0", vlan: undefined });
    expect(speaker.snapshot().addresses.map(({ state }) => state)).toEqual(["owned", "refused"]);
  });
});
