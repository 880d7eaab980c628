import { openLink, type LinuxFrameLink } from "@vipkit/link/node";
import { encodeNdpFrame } from "@vipkit/ndp";
import { formatIp, ipv6ToWords, multicastMac, parseIpv6, solicitedNodeGroup } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLab, type Lab } from "../support/namespace.js";
import { speakOn, type BothSpeakers } from "./speakers.js";

const VIP = "2001:db8::10";
const OTHER = "2001:db8::77";

needs({ namespaces: true }).describe("conflicts, through the kernel's filter", () => {
  let lab: Lab;
  let speakers: BothSpeakers;
  let rival: LinuxFrameLink;
  const events: string[] = [];

  beforeEach(async () => {
    lab = createLab();
    const [station, node] = [lab.addNode("rival", []), lab.addNode("node", [])];
    speakers = await speakOn(node);
    speakers.ndp.onEvent((event) => event.type === "conflict" && events.push(formatIp(event.ip)));
    rival = await openLink("eth0", { namespace: station.namespace });
    await until(() => rival.up && speakers.link.up, { what: "both links" });
  });
  afterEach(async () => {
    speakers.close();
    rival.close();
    await lab.close();
  });

  /** A solicitation for `OTHER`, which nobody owns. */
  const askFrom = (source: string): void => {
    const target = parseIpv6(OTHER);
    const dst = ipv6ToWords(solicitedNodeGroup(target));
    rival.send(
      encodeNdpFrame({
        eth: { dst: multicastMac(dst.d), src: rival.mac },
        ip: { src: ipv6ToWords(parseIpv6(source)), dst },
        message: { name: "ns", target: ipv6ToWords(target), options: [] },
      }),
    );
  };

  test("a solicitation from an owned address is heard, and those from others wake nobody", async () => {
    speakers.own(VIP);
    await until(() => speakers.link.counters().sent > 0, { what: "the announcement" });
    const { received } = speakers.link.counters();
    for (let i = 0; i < 50; i += 1) askFrom("2001:db8::98");
    askFrom(VIP);
    await until(() => events.length > 0, { what: "the conflict" });
    expect(events).toEqual([VIP]);
    expect(speakers.link.counters().received).toBe(received + 1);
  });
});
