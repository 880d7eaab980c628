import type { AllocatorPeer } from "./allocator.js";
import { median, nanosecondsPerCall } from "../report.js";

/** The obvious allocator: walk from the first address until one is not in the map. */
export function linearScan(): AllocatorPeer {
  const nanoseconds: Record<string, number> = {};
  for (const [name, held] of [
    ["1k", 1000],
    ["10k", 10_000],
    ["60k", 60_000],
  ] as const) {
    const taken = new Map<number, string>();
    for (let i = 0; i < held; i += 1) taken.set(i, `ns/svc-${i}`);
    const next = (owner: string): number => {
      let ip = 0;
      while (taken.has(ip)) ip += 1;
      taken.set(ip, owner);
      return ip;
    };
    const calls = 20;
    const rounds = nanosecondsPerCall(
      (count) => {
        const got: number[] = [];
        for (let i = 0; i < count; i += 1) got.push(next(`x/${i}`));
        for (const ip of got) taken.delete(ip);
      },
      { calls, rounds: 7, warmUps: 1 },
    );
    nanoseconds[`next-free ${name}`] = median(rounds);
  }
  return { name: "linear scan", version: process.version, nanoseconds };
}
