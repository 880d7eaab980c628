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
};
