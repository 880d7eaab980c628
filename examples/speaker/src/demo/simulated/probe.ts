import { isIpv4, parseIp, parseMac, type FrameLink, type Mac } from "@vipkit/net";
import { ask, claimIn, type Asker } from "../ask.js";
import { createProbe, PROBE_INTERVAL_MS } from "../probe.js";
import type { ProbeReport } from "../stage.js";
import { decodeEcho, encodeEcho } from "./echo-frame.js";

/** Answers questions for these addresses that come to the link's own MAC, as a node with kube-proxy does. */
export function answerProbes(link: FrameLink, addresses: readonly string[]): void {
  const served = new Set(addresses.map(parseIp));
  link.onFrame((frame) => {
    const echo = decodeEcho(frame);
    if (echo?.question !== true || echo.to.mac !== link.mac || !served.has(echo.to.ip)) return;
    link.send(encodeEcho({ from: echo.to, to: echo.from, question: false, number: echo.number }));
  });
}

/**
 * A client that talks to the address: it resolves it once, then believes every announcement, as Linux does for an entry that it
 * has.
 */
export function startSimProbe(asker: Asker, address: string): { stop(): ProbeReport } {
  const { link, clock } = asker;
  const ip = parseIp(address);
  const own = { mac: link.mac, ip: isIpv4(ip) ? asker.ipv4 : asker.ipv6 };
  const probe = createProbe();
  let neighbour: Mac | undefined;
  let cancel = (): void => undefined;
  const unsubscribe = link.onFrame((frame) => {
    const claimed = claimIn(frame, ip);
    if (claimed !== undefined) neighbour = claimed;
    const echo = decodeEcho(frame);
    if (echo?.question === false && echo.from.ip === ip) probe.answered(echo.number);
  });
  const put = (): void => {
    if (neighbour !== undefined) {
      const number = probe.asked(clock.now());
      link.send(encodeEcho({ from: own, to: { mac: neighbour, ip }, question: true, number }));
    }
    cancel = clock.after(PROBE_INTERVAL_MS, put);
  };
  void ask(asker, address).then(
    (mac) => (neighbour = parseMac(mac)),
    () => undefined,
  );
  put();
  return {
    stop: () => {
      cancel();
      unsubscribe();
      return probe.report();
    },
  };
}
