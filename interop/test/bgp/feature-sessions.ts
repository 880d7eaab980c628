import { parseIp } from "@vipkit/net";
import { until } from "@vipkit/test-support";
import { expect } from "vitest";
import type { Feature } from "./features.js";
import { established, forgets, knows, LIMIT } from "./stage.js";
import { OUR_ASN, OUR_IPV4, OUR_IPV6, route, THEIR_IPV6 } from "./table.js";

/** Larger than two octets. */
const LARGE_ASN = 4_200_000_001;
const LOCAL_AS = 65010;

/** How sessions come up. */
export const SESSION_FEATURES: readonly Feature[] = [
  {
    name: "dial",
    title: "we dial",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const peer = stage.start();
      await established(peer, daemon);
      expect(peer.snapshot().session?.side).toBe("out");
      await until(async () => (await daemon.state(OUR_IPV4)) === "established", LIMIT);
    },
  },
  {
    name: "listen",
    title: "the daemon dials",
    run: async (stage) => {
      const { listener, peer } = await stage.listen();
      peer.advertise([route("10.1.0.1/32")]);
      const daemon = await stage.seat({ mode: "active" });
      await established(peer, daemon);
      expect(peer.snapshot().session?.side).toBe("in");
      await knows(daemon, "ipv4", "10.1.0.1/32");
      await listener.close("bye");
      await forgets(daemon, "ipv4", "10.1.0.1/32");
    },
  },
  {
    name: "ipv6-transport",
    title: "a session over IPv6",
    run: async (stage) => {
      const daemon = await stage.seat({ address: OUR_IPV6, mode: "passive" });
      const remote = { ip: parseIp(THEIR_IPV6), port: 179 };
      const peer = stage.start({ remote, source: parseIp(OUR_IPV6), families: ["ipv6"] });
      peer.advertise([route("2001:db8:1::1/128")]);
      await established(peer, daemon, OUR_IPV6);
      expect((await knows(daemon, "ipv6", "2001:db8:1::1/128")).nextHops).toContain(OUR_IPV6);
    },
  },
  {
    name: "two-octet-us",
    title: "we know two-octet AS numbers only",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const peer = stage.start({ fourOctetAs: false });
      peer.advertise([route("10.1.0.1/32", { asPathPrepend: [LARGE_ASN] })]);
      await established(peer, daemon);
      expect(peer.snapshot().session?.fourOctetAs).toBe(false);
      // The daemon puts the path together from AS_PATH and AS4_PATH (RFC 6793 section 4.2.3).
      expect((await knows(daemon, "ipv4", "10.1.0.1/32")).asPath).toEqual([OUR_ASN, LARGE_ASN]);
    },
  },
  {
    name: "two-octet-them",
    title: "the daemon knows two-octet AS numbers only",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", twoOctetAs: true });
      const peer = stage.start();
      peer.advertise([route("10.1.0.1/32", { asPathPrepend: [LARGE_ASN] })]);
      await established(peer, daemon);
      expect(peer.snapshot().session?.fourOctetAs).toBe(false);
      expect(peer.snapshot().capabilities.remote).not.toContain("four-octet-as");
      const { asPath } = await knows(daemon, "ipv4", "10.1.0.1/32");
      // AS_TRANS, or the number itself where the daemon shows AS4_PATH all the same.
      expect([23456, LARGE_ASN]).toContain(asPath?.[1]);
      expect(asPath?.[0]).toBe(OUR_ASN);
      expect(asPath).toHaveLength(2);
    },
  },
  {
    name: "local-as",
    title: "local-as: another number than our own",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", asn: LOCAL_AS });
      const peer = stage.start({ localAs: LOCAL_AS });
      peer.advertise([route("10.1.0.1/32")]);
      await established(peer, daemon);
      expect((await knows(daemon, "ipv4", "10.1.0.1/32")).asPath).toEqual([LOCAL_AS]);
    },
  },
  {
    name: "device",
    title: "bound to an interface",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const astray = stage.start({ device: "lo" });
      await until(() => astray.snapshot().lastError !== undefined, LIMIT);
      expect(astray.snapshot().counters.established).toBe(0);
      await astray.stop();
      const peer = stage.start({ device: "eth0" });
      peer.advertise([route("10.1.0.1/32")]);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
    },
  },
  {
    name: "roles",
    title: "roles that fit and roles that do not (RFC 9234)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", role: "provider" });
      const wrong = stage.start({ role: "provider" });
      await until(() => wrong.snapshot().lastNotification !== undefined, LIMIT);
      expect(wrong.snapshot().lastNotification).toMatchObject({
        code: 2,
        subcode: 11,
        name: "OPEN Message Error: Role Mismatch",
      });
      await wrong.stop();
      const right = stage.start({ role: "customer", strictRole: true });
      right.advertise([route("10.1.0.1/32")]);
      await established(right, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
    },
  },
];
