import { parseIp, parseIpv4, parseIpv6, parseMac } from "@vipkit/net";
import { createWorld, INTERFACE_NAME, type SimHost } from "@vipkit/sim";
import { startSpeaker, type Speaker } from "../../speaker.js";
import { ask, type Asker } from "../ask.js";
import { CLIENT, FILES, linkLocalOf, NODES, ROUTER, type DemoNode } from "../cluster.js";
import { startRouter } from "../router.js";
import type { RouterRoute, Stage } from "../stage.js";
import { answerProbes, startSimProbe } from "./probe.js";

/** Virtual Ethernet with the delay of a small switch. */
const LATENCY_MS = 0.2;
const STEP_MS = 1;

export function createSimStage(seed: number): Stage {
  const world = createWorld({ seed, latencyMs: LATENCY_MS });
  const addHost = (host: DemoNode): SimHost =>
    world.addHost({
      name: host.name,
      mac: parseMac(host.mac),
      addresses: [parseIp(host.ipv4), parseIp(host.ipv6), parseIp(linkLocalOf(host))],
    });
  const hosts = new Map(NODES.map((node) => [node.name, addHost(node)]));
  const clientHost = addHost(CLIENT);
  const routerHost = addHost(ROUTER);
  const speakers = new Map<string, Speaker>();
  const files = new Map(FILES.map(({ name, text }) => [name, text]));
  let asker: Asker | undefined;
  let routes: readonly RouterRoute[] = [];

  const sources = (): { path: string; text: string }[] => [...files].sort().map(([path, text]) => ({ path, text }));
  /** Lets virtual time pass until a promise has settled. */
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    let done = false;
    void promise.then(
      () => (done = true),
      () => (done = true),
    );
    await world.until(() => done, 60_000);
    return promise;
  };

  return {
    real: [
      "the speakers: the same code as in network namespaces, with every frame, datagram and BGP message that they send",
    ],
    simulated: [
      "the network, the client's neighbour cache and the time (virtual milliseconds)",
      "the router: vipkit's own passive BGP speaker",
      "the death of the node: its power goes",
    ],
    visit: "The simulator stands still now: there is nothing to look at.",
    now: () => world.now,
    start: async (tell) => {
      await settled(startRouter(routerHost, (table) => (routes = table)));
      const link = await clientHost.openLink(INTERFACE_NAME);
      asker = { link, clock: clientHost.clock, ipv4: parseIpv4(CLIENT.ipv4), ipv6: parseIpv6(CLIENT.ipv6) };
      for (const node of NODES) {
        const speaker = await settled(
          startSpeaker({
            host: hosts.get(node.name)!,
            node: node.name,
            gossip: { bind: { ip: parseIp(node.ipv4), port: 7946 }, seeds: [], profile: "fast" },
            since: world.now,
            tell: (event) => tell(node.name, event),
            statusChanged: () => undefined,
          }),
        );
        speakers.set(node.name, speaker);
        speaker.useInterfaces([INTERFACE_NAME]);
        speaker.configure(sources());
      }
    },
    until: async (what, condition, limitMs) => {
      const end = world.now + limitMs;
      while (!(await condition())) {
        if (world.now >= end) throw new Error(`${what}: not within ${limitMs} ms`);
        await world.advance(STEP_MS);
      }
    },
    pause: (durationMs) => world.advance(durationMs),
    serve: async (addresses) => {
      for (const host of hosts.values()) answerProbes(await host.openLink(INTERFACE_NAME), addresses);
    },
    ask: (address) => settled(ask(asker!, address)),
    nodeOf: (mac) => NODES.find((node) => node.mac === mac)?.name,
    routes: () => Promise.resolve(routes),
    probe: (address) => {
      const probe = startSimProbe(asker!, address);
      return () => Promise.resolve(probe.stop());
    },
    writeFile: (name, text) => {
      if (text === undefined) files.delete(name);
      else files.set(name, text);
      for (const speaker of speakers.values()) speaker.configure(sources());
      return Promise.resolve();
    },
    kill: (node) => {
      hosts.get(node)?.powerOff();
      speakers.delete(node);
      return Promise.resolve();
    },
    stopSpeakers: async () => {
      await settled(Promise.all([...speakers.values()].map((speaker) => speaker.stop("the story is over"))));
      speakers.clear();
    },
    close: () => Promise.resolve(),
  };
}
