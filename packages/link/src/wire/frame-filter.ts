import type { FrameInterest, Ipv6 } from "@vipkit/net";
import {
  ACCEPT,
  branch,
  jump,
  load,
  OP,
  REJECT,
  REJECT_ALL,
  type FilterInstruction,
  type FilterProgram,
} from "./filter-program.js";
import { mergeRanges, rangesOf } from "./number-ranges.js";
import { rangeTree } from "./range-tree.js";

/** The most ranges that a program spells out for each family; what is finer is covered by filling the smallest gaps. */
export const DEFAULT_RANGES = 256;
/** The most /96 prefixes whose upper bits are compared; with more of them only the last 32 bits count. */
const MOST_PREFIXES = 16;

const ARP_SENDER = 28;
const ARP_TARGET = 38;
const NEXT_HEADER = 20;
const ND_SOURCE = 22;
const ICMP_TYPE = 54;
const ND_TARGET = 62;

/** Leaves the EtherType in the accumulator and in X how much a tag that is still in the frame shifts everything. */
const ETHER_TYPE: FilterProgram = [
  load(OP.loadX, 0),
  load(OP.loadHalf, 12),
  branch(OP.jumpIfEqual, 0x8100, 2, 0),
  branch(OP.jumpIfEqual, 0x88a8, 1, 0),
  jump(2),
  load(OP.loadX, 4),
  load(OP.loadHalfI, 12),
];

/** RFC 826: sender or target protocol address is one of ours. */
function arpCode(addresses: readonly number[], limit: number): FilterInstruction[] {
  if (addresses.length === 0) return [REJECT];
  const tree = rangeTree(mergeRanges(rangesOf(addresses), limit), ACCEPT);
  return [load(OP.loadWordI, ARP_TARGET), ...tree, load(OP.loadWordI, ARP_SENDER), ...tree, REJECT];
}

function lastWord(ip: Ipv6): number {
  return Number(ip & 0xffff_ffffn);
}

/** The last 32 bits by the 96 before them. */
function byPrefix(targets: readonly Ipv6[]): Map<Ipv6, number[]> {
  const groups = new Map<Ipv6, number[]>();
  for (const ip of targets) {
    const group = groups.get(ip >> 32n);
    if (group === undefined) groups.set(ip >> 32n, [lastWord(ip)]);
    else group.push(lastWord(ip));
  }
  return groups;
}

/** Code that accepts an address at `at` under this /96 and goes on behind itself otherwise. */
function prefixCode(at: number, prefix: Ipv6, words: readonly number[], limit: number): FilterInstruction[] {
  const tree = rangeTree(mergeRanges(rangesOf(words), limit), ACCEPT);
  const code: FilterInstruction[] = [load(OP.loadWordI, at + 12), ...tree];
  for (const upper of [8, 4, 0]) {
    const word = Number((prefix >> BigInt(64 - upper * 8)) & 0xffff_ffffn);
    // Over the jump when the word fits, else behind the tree.
    code.unshift(load(OP.loadWordI, at + upper), branch(OP.jumpIfEqual, word, 1, 0), jump(code.length));
  }
  return code;
}

/** Code that accepts one of the addresses at `at` and goes on behind itself otherwise. */
function ipv6Code(at: number, addresses: readonly Ipv6[], limit: number): FilterInstruction[] {
  const groups = byPrefix(addresses);
  if (groups.size > MOST_PREFIXES) {
    return [load(OP.loadWordI, at + 12), ...rangeTree(mergeRanges(rangesOf(addresses.map(lastWord)), limit), ACCEPT)];
  }
  const each = Math.max(1, Math.floor(limit / groups.size));
  return [...groups].flatMap(([prefix, words]) => prefixCode(at, prefix, words, each));
}

/**
 * RFC 4861: a neighbour solicitation or advertisement whose target is one of ours, or a solicitation that somebody else sends
 * from one of ours.
 */
function ndCode(addresses: readonly Ipv6[], limit: number): FilterInstruction[] {
  if (addresses.length === 0) return [REJECT];
  const bySource = ipv6Code(ND_SOURCE, addresses, limit);
  return [
    load(OP.loadByteI, NEXT_HEADER),
    branch(OP.jumpIfEqual, 58, 1, 0),
    REJECT,
    load(OP.loadByteI, ICMP_TYPE),
    branch(OP.jumpIfEqual, 135, 3, 0),
    branch(OP.jumpIfEqual, 136, 1, 0),
    REJECT,
    jump(bySource.length),
    ...bySource,
    ...ipv6Code(ND_TARGET, addresses, limit),
    REJECT,
  ];
}

/**
 * A classic BPF program that passes the frames somebody has use for: ARP from or for these addresses, ND about them and
 * solicitations from them, untagged, tagged or with one more tag inside. It never drops a frame that was asked for; with
 * more scattered addresses than `limit` ranges can hold it passes some foreign ones too.
 */
export function frameFilter(interests: readonly FrameInterest[], limit: number = DEFAULT_RANGES): FilterProgram {
  const arp = interests.flatMap((interest) => interest.arp ?? []);
  const nd = interests.flatMap((interest) => interest.nd ?? []);
  if (arp.length === 0 && nd.length === 0) return REJECT_ALL;
  const onArp = arpCode(arp, limit);
  return [
    ...ETHER_TYPE,
    branch(OP.jumpIfEqual, 0x0806, 1, 0),
    jump(onArp.length),
    ...onArp,
    branch(OP.jumpIfEqual, 0x86dd, 1, 0),
    REJECT,
    ...ndCode(nd, limit),
  ];
}

/** Passes every frame. */
export const ACCEPT_ALL: FilterProgram = [ACCEPT];
