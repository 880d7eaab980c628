import { ACCEPT, branch, load, OP, REJECT, type FilterProgram } from "./filter-program.js";

/** Offsets from here on count from the network header (SKF_NET_OFF of linux/filter.h), as unsigned 32 bits. */
const NETWORK_HEADER = 0xfff0_0000;
const TTL_AT = 8;
const HOP_LIMIT_AT = 7;

/**
 * For a UDP socket: only datagrams that have come with at least this TTL or hop limit. The kernel has socket options of that
 * name, and heeds them for TCP only.
 */
export function ttlFilter(family: "ipv4" | "ipv6", minTtl: number): FilterProgram {
  const at = NETWORK_HEADER + (family === "ipv4" ? TTL_AT : HOP_LIMIT_AT);
  return [load(OP.loadByte, at), branch(OP.jumpIfAtLeast, minTtl, 0, 1), ACCEPT, REJECT];
}
