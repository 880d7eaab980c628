import { formatIp, parseIp } from "@vipkit/net";
import { createAllocator, type Allocator, type Claim, type Outcome, type PoolConfig } from "../src/index.js";

/** A pool from its name and its address entries. */
export function pool(name: string, addresses: readonly string[], more: Partial<PoolConfig> = {}): PoolConfig {
  return { name, addresses, ...more };
}

export function allocatorOf(...pools: readonly PoolConfig[]): Allocator {
  return createAllocator({ pools });
}

/** The addresses as text, or the code of the refusal. */
export function textOf(outcome: Outcome): string {
  return outcome.ok ? outcome.lease.ips.map(formatIp).join(" ") : outcome.refusal.code;
}

export type Wish = Omit<Partial<Claim>, "owner" | "addresses">;

export function claim(allocator: Allocator, owner: string, wish: Wish = {}, now?: number): string {
  return textOf(allocator.claim({ owner, ...wish }, now));
}

/** Explicit addresses, separated by blanks. */
export function assign(allocator: Allocator, owner: string, ips: string, wish: Wish = {}, now?: number): string {
  return textOf(allocator.assign({ owner, ...wish, addresses: ips.split(" ").map(parseIp) }, now));
}

export function held(allocator: Allocator, owner: string): string {
  return allocator.leaseOf(owner)?.ips.map(formatIp).join(" ") ?? "nothing";
}
