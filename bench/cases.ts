import type { Bench } from "./report.js";

/** The benchmarks by name, each loaded when it is asked for. */
export const cases: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  allocator: () => import("./cases/allocator.js"),
  net: () => import("./cases/net.js"),
  arp: () => import("./cases/arp.js"),
  ndp: () => import("./cases/ndp.js"),
  responder: () => import("./cases/responder.js"),
  leader: () => import("./cases/leader.js"),
  k8s: () => import("./cases/k8s.js"),
  "bgp-routes": () => import("./cases/bgp-routes.js"),
  "bgp-sessions": () => import("./cases/bgp-sessions.js"),
  bfd: () => import("./cases/bfd.js"),
  "bgp-codec": () => import("./cases/bgp-codec.js"),
};
