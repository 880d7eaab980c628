import { parseIp } from "@vipkit/net";
import { until } from "@vipkit/test-support";
import { expect } from "vitest";
import type { Feature } from "./features.js";
import { established, knows, LIMIT, type Stage } from "./stage.js";
import { OUR_IPV4, OUR_IPV6, route, THEIR_IPV6 } from "./table.js";

/** Segments that our kernel has dropped because of their signature. */
function drops({ table }: Stage): number {
  return Number(/TcpExtTCPMD5Failure\s+(\d+)/.exec(table.us.run("nstat", "-asz"))?.[1]);
}

/** Who may speak at all. */
export const KEY_FEATURES: readonly Feature[] = [
  {
    name: "md5-dial",
    title: "TCP-MD5 where we dial: right key, wrong key",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", password: "rightkey" });
      const wrong = stage.start({ password: "wrongkey" });
      await until(() => wrong.snapshot().lastError !== undefined, LIMIT);
      expect(wrong.snapshot().lastError).toContain("TCP-MD5");
      expect(wrong.snapshot().counters.established).toBe(0);
      expect(JSON.stringify(wrong.snapshot())).not.toContain("wrongkey");
      await wrong.stop();
      const right = stage.start({ password: "rightkey" });
      right.advertise([route("10.1.0.1/32")]);
      await established(right, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
    },
  },
  {
    name: "md5-listen",
    title: "TCP-MD5 where we listen: right key, wrong key",
    run: async (stage) => {
      const wrong = await stage.listen({ password: "wrongkey" });
      const daemon = await stage.seat({ mode: "active", password: "rightkey" });
      await until(() => drops(stage) > 0, { ...LIMIT, what: "segments that the kernel drops" });
      expect(wrong.peer.snapshot().counters.established).toBe(0);
      await wrong.listener.close();
      const right = await stage.listen({ password: "rightkey" });
      await established(right.peer, daemon, OUR_IPV4);
    },
  },
  {
    name: "md5-ipv6",
    title: "TCP-MD5 over IPv6",
    run: async (stage) => {
      const daemon = await stage.seat({ address: OUR_IPV6, mode: "passive", password: "rightkey" });
      const over6 = { remote: { ip: parseIp(THEIR_IPV6), port: 179 }, source: parseIp(OUR_IPV6) };
      const wrong = stage.start({ ...over6, families: ["ipv6"], password: "wrongkey" });
      await until(() => wrong.snapshot().lastError !== undefined, LIMIT);
      expect(wrong.snapshot().counters.established).toBe(0);
      await wrong.stop();
      const right = stage.start({ ...over6, families: ["ipv6"], password: "rightkey" });
      await established(right, daemon, OUR_IPV6);
    },
  },
  {
    name: "gtsm-dial",
    title: "GTSM where we dial: hop limit 255 both ways (RFC 5082)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", gtsm: true });
      const peer = stage.start({ ttlSecurity: 1 });
      peer.advertise([route("10.1.0.1/32")]);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
    },
  },
  {
    name: "gtsm-refusal",
    title: "GTSM: a router does not hear hop limit 64",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", gtsm: true });
      // Without GTSM our packets start with 64.
      const far = stage.start();
      far.advertise([route("10.1.0.1/32")]);
      const isDecided = (): boolean => {
        const { state, sinceMsAgo, lastError } = far.snapshot();
        // Some daemons take the connection, and what is in it by then, before they look: what follows is not heard.
        return lastError !== undefined || ((state === "Established" || state === "OpenConfirm") && sinceMsAgo > 1000);
      };
      await until(isDecided, LIMIT);
      expect([...(await daemon.routes("ipv4")).keys()]).not.toContain("10.1.0.1/32");
    },
  },
  {
    name: "gtsm-listen",
    title: "GTSM where the daemon dials",
    run: async (stage) => {
      const { peer } = await stage.listen({ ttlSecurity: 1 });
      peer.advertise([route("10.1.0.1/32")]);
      const daemon = await stage.seat({ mode: "active", gtsm: true });
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
    },
  },
];
