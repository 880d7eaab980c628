/**
 * Who may import whom. This table is the only place where it is written down: lint enforces it, the house tests compare it
 * with every package.json, and ARCHITECTURE.md draws it.
 */

/** The npm scope of every package; `npm run rename-scope` changes it everywhere. */
export const scope = "@vipkit";

/**
 * `imports`: vipkit packages that any file of the package may import.
 * `nodeImports`: those that only files under its node/ may import, as optional peers.
 * `external`: third-party packages; `nodeExternal`: those that only files under its node/ may import.
 */
export const arrows = {
  net: { imports: [], external: ["ip-address"] },
  allocator: { imports: ["net"] },
  arp: { imports: ["net"], nodeImports: ["link"] },
  ndp: { imports: ["net"], nodeImports: ["link"] },
  bgp: { imports: ["net"], nodeImports: ["link"] },
  bfd: { imports: ["net"] },
  leader: { imports: ["net"], external: ["@noble/hashes"] },
  link: { imports: ["net"], nodeExternal: ["koffi", "buffer-layout"] },
  sim: { imports: ["net"] },
  "k8s-adapter": {
    imports: ["net", "allocator", "arp", "ndp", "bgp", "bfd", "leader"],
    external: ["ipaddr.js", "yaml"],
  },
};

/** Inside a package a folder may import the folders before it and never those after it. */
export const layers = ["wire", "machine", "node"];

/** What only some folders outside the packages may import, and why nobody else may. */
export const nativeOnly = { koffi: "native code lives in packages/link" };

/** Third-party packages that the tests of any package may import: independent oracles and the test tools. */
export const testExternal = ["vitest", "fast-check", "buffer-layout", "ipaddr.js", "ip-address", "yaml"];
