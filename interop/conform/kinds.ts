/** Answers one line of input. What it throws becomes the line's error. */
export type Answer = (input: Record<string, unknown>) => unknown;

/**
 * Every kind of `npm run conform -- KIND`, each in its own file under kinds/, loaded when asked for:
 * `arp: async () => (await import("./kinds/arp.js")).answer`.
 */
export const kinds: Readonly<Record<string, (() => Promise<Answer>) | undefined>> = {
  allocator: async () => (await import("./kinds/allocator.js")).answer,
  range: async () => (await import("./kinds/range.js")).answer,
  "pool-scope": async () => (await import("./kinds/pool-scope.js")).answer,
  gossip: async () => (await import("./kinds/gossip.js")).answer,
  "gossip-key": async () => (await import("./kinds/gossip-key.js")).answer,
  "l2-ranking": async () => (await import("./kinds/l2-ranking.js")).answer,
  bgp: async () => (await import("./kinds/bgp.js")).answer,
  "bgp-receive": async () => (await import("./kinds/bgp-receive.js")).answer,
  ethernet: async () => (await import("./kinds/ethernet.js")).answer,
  arp: async () => (await import("./kinds/arp.js")).answer,
  ndp: async () => (await import("./kinds/ndp.js")).answer,
  responder: async () => (await import("./kinds/responder.js")).answer,
  announcer: async () => (await import("./kinds/announcer.js")).answer,
  converge: async () => (await import("./kinds/converge.js")).answer,
  config: async () => (await import("./kinds/config.js")).answer,
  community: async () => (await import("./kinds/community.js")).answer,
  "ip-family": async () => (await import("./kinds/ip-family.js")).answer,
  legacy: async () => (await import("./kinds/legacy.js")).answer,
  "l2-preferred": async () => (await import("./kinds/l2-preferred.js")).answer,
  "l2-interfaces": async () => (await import("./kinds/l2-interfaces.js")).answer,
  "l2-election": async () => (await import("./kinds/l2-election.js")).answer,
  "bgp-announce": async () => (await import("./kinds/bgp-announce.js")).answer,
  "bgp-localpref": async () => (await import("./kinds/bgp-localpref.js")).answer,
  "bgp-advertise": async () => (await import("./kinds/bgp-advertise.js")).answer,
};
