import { parseIp } from "@vipkit/net";
import { encodeMessage, type Capability } from "@vipkit/bgp";
import { until } from "@vipkit/test-support";
import { expect } from "vitest";
import { openRawSession, type RawSession } from "../support/raw-session.js";
import type { Feature } from "./features.js";
import { established, forgets, knows, LIMIT, type Stage } from "./stage.js";
import { createHeard, OUR_ASN, OUR_IPV4, OUR_IPV6, route, THEIR_IPV4 } from "./table.js";

const CONTEXT = { as4: true, addPath: { receive: [], send: [] }, extendedMessage: false, extendedNextHop: [] };

const CAPABILITIES: readonly Capability[] = [
  { type: "multiprotocol", family: { afi: 1, safi: 1 } },
  { type: "four-octet-as", asn: OUR_ASN },
];

/** A session of the codec alone: says what our speaker has no reason to say. */
async function rawSession({ table }: Stage): Promise<RawSession> {
  const open = (): RawSession =>
    openRawSession({
      host: table.host,
      remote: THEIR_IPV4,
      source: OUR_IPV4,
      asn: OUR_ASN,
      capabilities: CAPABILITIES,
    });
  let session = open();
  await until(
    () => {
      if (session.closed) session = open();
      return session.established;
    },
    { ...LIMIT, what: "a raw session" },
  );
  return session;
}

/** What daemons make of routes. */
export const ROUTE_FEATURES: readonly Feature[] = [
  {
    name: "routes",
    title: "routes of both families, announced and withdrawn",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const heard = createHeard();
      const peer = stage.start({}, heard.onUpdate);
      peer.advertise([
        route("10.1.0.1/32", { asPathPrepend: [OUR_ASN, OUR_ASN] }),
        route("10.1.1.1/32"),
        route("2001:db8:1::1/128"),
      ]);
      await established(peer, daemon);
      const shown = await knows(daemon, "ipv4", "10.1.0.1/32");
      expect(shown.asPath).toEqual([OUR_ASN, OUR_ASN, OUR_ASN]);
      expect(shown.nextHops).toContain(OUR_IPV4);
      expect((await knows(daemon, "ipv6", "2001:db8:1::1/128")).nextHops).toContain(OUR_IPV6);
      await until(() => heard.prefixes.has("10.200.0.0/24"), { ...LIMIT, what: "the daemon's own route" });
      peer.advertise([route("10.1.1.1/32")]);
      await forgets(daemon, "ipv4", "10.1.0.1/32");
      await forgets(daemon, "ipv6", "2001:db8:1::1/128");
      expect((await daemon.routes("ipv4")).has("10.1.1.1/32")).toBe(true);
      expect(peer.snapshot().counters.established).toBe(1);
    },
  },
  {
    name: "attributes",
    title: "communities, large communities and MED",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const peer = stage.start();
      const more = {
        communities: [65001 * 65536 + 7, 65001 * 65536 + 8],
        largeCommunities: [
          { global: 65001, local1: 1, local2: 2 },
          { global: 4_200_000_001, local1: 3, local2: 4_294_967_295 },
        ],
        med: 50,
      };
      peer.advertise([route("10.1.0.1/32", more), route("2001:db8:1::1/128", more)]);
      await established(peer, daemon);
      for (const shown of [
        await knows(daemon, "ipv4", "10.1.0.1/32"),
        await knows(daemon, "ipv6", "2001:db8:1::1/128"),
      ]) {
        expect(shown.communities).toEqual(["65001:7", "65001:8"]);
        expect(shown.largeCommunities).toEqual(["65001:1:2", "4200000001:3:4294967295"]);
        expect(shown.med).toBe(50);
      }
      // A change of attributes replaces the route, and the session stays.
      peer.announce([route("10.1.0.1/32", { med: 51 })]);
      await until(async () => (await daemon.routes("ipv4")).get("10.1.0.1/32")?.med === 51, LIMIT);
      expect((await daemon.routes("ipv4")).get("10.1.0.1/32")?.communities).toEqual([]);
      expect(peer.snapshot().counters.established).toBe(1);
    },
  },
  {
    name: "local-pref",
    title: "an internal peer: local preference, empty path",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" }, { asn: OUR_ASN });
      const peer = stage.start({ peerAsn: OUR_ASN });
      peer.advertise([route("10.1.0.1/32", { localPref: 321 })]);
      await established(peer, daemon);
      const shown = await knows(daemon, "ipv4", "10.1.0.1/32");
      expect(shown.localPref).toBe(321);
      expect(shown.asPath).toEqual([]);
    },
  },
  {
    name: "aggregate",
    title: "aggregates in the place of host routes",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const peer = stage.start();
      const aggregates = ["10.1.0.0/24", "10.1.1.64/26", "10.1.1.128/25"];
      peer.advertise([...aggregates, "2001:db8:1::/64", "2001:db8:2::4000/114"].map((one) => route(one)));
      await established(peer, daemon);
      for (const one of aggregates) expect((await knows(daemon, "ipv4", one)).nextHops).toContain(OUR_IPV4);
      await knows(daemon, "ipv6", "2001:db8:1::/64");
      await knows(daemon, "ipv6", "2001:db8:2::4000/114");
      // Another length of the same address is another route.
      peer.advertise([route("10.1.0.0/26"), route("10.1.1.64/26")]);
      await knows(daemon, "ipv4", "10.1.0.0/26");
      await forgets(daemon, "ipv4", "10.1.0.0/24");
      expect((await daemon.routes("ipv4")).has("10.1.1.64/26")).toBe(true);
    },
  },
  {
    name: "aggregator",
    title: "AGGREGATOR and ATOMIC_AGGREGATE of the codec",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const session = await rawSession(stage);
      const aggregator = { type: "aggregator", asn: 4_200_000_001, ip: Number(parseIp("192.0.2.5")) } as const;
      session.send(
        encodeMessage(
          {
            type: "update",
            withdrawn: [],
            attributes: [
              { type: "origin", value: 0 },
              { type: "as-path", segments: [{ type: 2, asns: [OUR_ASN] }] },
              { type: "next-hop", ip: Number(parseIp(OUR_IPV4)) },
              { type: "atomic-aggregate" },
              aggregator,
            ],
            nlri: [{ ip: Number(parseIp("10.9.0.0")), length: 24 }],
          },
          CONTEXT,
        ),
      );
      const shown = await knows(daemon, "ipv4", "10.9.0.0/24");
      expect(shown.aggregator).toBe("4200000001 192.0.2.5");
      expect(shown.atomicAggregate).toBe(true);
      session.close();
    },
  },
  {
    name: "refresh",
    title: "ROUTE-REFRESH (RFC 2918)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const peer = stage.start();
      peer.advertise([route("10.1.0.1/32")]);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
      const before = peer.snapshot().counters.messagesOut.update!;
      await daemon.refresh(OUR_IPV4);
      const counted = (): boolean => (peer.snapshot().counters.messagesIn["route-refresh"] ?? 0) >= 1;
      await until(counted, { ...LIMIT, what: "ROUTE-REFRESH" });
      await until(() => peer.snapshot().counters.messagesOut.update! > before, LIMIT);
      await knows(daemon, "ipv4", "10.1.0.1/32");
      expect(peer.snapshot().counters.established).toBe(1);
    },
  },
  {
    name: "enhanced-refresh",
    title: "enhanced refresh: begin and end are marked (RFC 7313)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", enhancedRefresh: true });
      const peer = stage.start();
      peer.advertise([route("10.1.0.1/32"), route("2001:db8:1::1/128")]);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
      expect(peer.snapshot().session?.enhancedRouteRefresh).toBe(true);
      const marks = (): number => peer.snapshot().counters.messagesOut["route-refresh"] ?? 0;
      expect(marks()).toBe(0);
      await daemon.refresh(OUR_IPV4);
      // Both families are asked for, and each answer has two marks.
      await until(() => marks() === 4, { ...LIMIT, what: "the marks" });
      // What the daemon has not heard between the marks it would drop now.
      await knows(daemon, "ipv4", "10.1.0.1/32");
      await knows(daemon, "ipv6", "2001:db8:1::1/128");
      expect(peer.snapshot().counters.established).toBe(1);
    },
  },
  {
    name: "add-path",
    title: "several paths of one prefix (RFC 7911)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", addPath: true });
      const peer = stage.start({ addPath: true });
      peer.advertise([
        route("10.1.0.1/32", { pathId: 1, med: 11 }),
        route("10.1.0.1/32", { pathId: 2, med: 12 }),
        route("2001:db8:1::1/128", { pathId: 7 }),
      ]);
      await established(peer, daemon);
      expect(peer.snapshot().session?.addPathSend).toBe(true);
      const meds = async (): Promise<string> => {
        const paths = (await daemon.paths("ipv4")).filter(({ prefix }) => prefix === "10.1.0.1/32");
        return paths
          .map(({ med }) => med)
          .sort()
          .join();
      };
      await until(async () => (await meds()) === "11,12", { ...LIMIT, what: "both paths" });
      await knows(daemon, "ipv6", "2001:db8:1::1/128");
      peer.advertise([route("10.1.0.1/32", { pathId: 2, med: 12 })]);
      await until(async () => (await meds()) === "12", { ...LIMIT, what: "the path that is left" });
    },
  },
];
