import type { DrivenPeerEvent, Peer } from "@vipkit/bgp/node";
import type { PeerSettings } from "@vipkit/k8s-adapter";
import { formatPrefix, parseIp, parsePrefix } from "@vipkit/net";
import { createWorld } from "@vipkit/sim";
import { expect, test } from "vitest";
import { createPeers } from "../src/peers.js";

const SETTINGS: PeerSettings = {
  name: "router",
  myAsn: 65001,
  peerAsn: 65002,
  dynamicAsn: undefined,
  localAsn: 0,
  address: parseIp("192.0.2.2"),
  interface: undefined,
  sourceAddress: undefined,
  port: 179,
  holdTimeSeconds: 3,
  keepaliveTimeSeconds: undefined,
  connectTimeSeconds: undefined,
  routerId: undefined,
  nodeSelectors: [],
  passwordSource: "none",
  passwordRef: undefined,
  bfdProfile: undefined,
  enableGracefulRestart: true,
  ebgpMultiHop: false,
  vrf: undefined,
  disableMP: false,
  dualStackAddressFamily: false,
};

test("sessions whose thread has crashed are started again with the same routes", async () => {
  const world = createWorld({ seed: 1 });
  const host = world.addHost({ name: "a", mac: 0x0200_0000_0001, addresses: [parseIp("192.0.2.1")] });
  const started: { tell: (event: DrivenPeerEvent) => void; routes: string[] }[] = [];
  const peers = createPeers(
    host,
    1,
    () => undefined,
    ({ config }) => {
      const session: (typeof started)[number] = { tell: () => undefined, routes: [] };
      started.push(session);
      const peer: Partial<Peer> = {
        name: config.name,
        onEvent: (listener) => {
          session.tell = listener;
          return () => undefined;
        },
        advertise: (routes) => (session.routes = [...routes].map(({ prefix }) => formatPrefix(prefix))),
        stop: () => Promise.resolve(),
      };
      return peer as Peer;
    },
  );
  const routes = new Map([["router", [{ prefix: parsePrefix("198.51.100.7/32") }]]]);
  peers.update([SETTINGS], routes, new Map());
  expect(started).toHaveLength(1);
  started[0]!.tell({ type: "crashed", reason: "out of luck" });
  await world.advance(2000);
  expect(started.map((session) => session.routes)).toEqual([["198.51.100.7/32"], ["198.51.100.7/32"]]);
  // The end of what is gone already touches nothing.
  started[0]!.tell({ type: "crashed", reason: "once more" });
  await world.advance(2000);
  expect(started).toHaveLength(2);
  await peers.stop("done");
});
