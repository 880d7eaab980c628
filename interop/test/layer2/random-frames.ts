import { encodeArpFrame } from "@vipkit/arp";
import { encodeNdpFrame, type NdpMessage, type NdpOption } from "@vipkit/ndp";
import { BROADCAST_MAC, ipv6Checksum, typeOffset, vlanTags, type Ipv6Words } from "@vipkit/net";

/** Numbers from a seed (mulberry32): the same frames for the same seed on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export interface Dice {
  below(limit: number): number;
  mac(): number;
  ipv6(): Ipv6Words;
  bytes(length: number): Uint8Array;
  oneOf<T>(values: readonly T[]): T;
}

export function dice(random: () => number): Dice {
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    below,
    mac: () => 0x0200_0000_0000 + below(0x1_0000_0000),
    ipv6: () => ({ a: 0x2001_0db8, b: below(2 ** 32) | 0, c: below(2 ** 32) | 0, d: below(2 ** 32) | 0 }),
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    oneOf: (values) => values[below(values.length)]!,
  };
}

function randomOption(roll: Dice): NdpOption {
  const makers: readonly (() => NdpOption)[] = [
    () => ({ name: "sourceLinkLayer", mac: roll.mac() }),
    () => ({ name: "targetLinkLayer", mac: roll.mac() }),
    () => ({ name: "mtu", mtu: roll.below(9000) }),
    () => ({ name: "nonce", nonce: roll.bytes(roll.oneOf([6, 14])) }),
    () => ({ name: "redirectedHeader", bytes: roll.bytes(16) }),
    () => ({
      name: "prefixInformation",
      prefix: roll.ipv6(),
      prefixLength: roll.below(129),
      onLink: roll.below(2) === 1,
      autonomous: roll.below(2) === 1,
      routerAddress: roll.below(2) === 1,
      validLifetimeSeconds: roll.below(2 ** 32),
      preferredLifetimeSeconds: roll.below(2 ** 32),
    }),
    () => ({
      name: "routeInformation",
      prefix: roll.ipv6(),
      prefixLength: 65 + roll.below(64),
      preference: roll.oneOf(["low", "medium", "high"] as const),
      lifetimeSeconds: roll.below(2 ** 32),
    }),
    () => ({ name: "rdnss", lifetimeSeconds: roll.below(2 ** 32), servers: [roll.ipv6(), roll.ipv6()] }),
    () => ({ name: "dnssl", lifetimeSeconds: 600, domains: ["example.net", "lab.example"] }),
    () => ({ name: "captivePortal", uri: "https://portal.example/" }),
    () => ({ name: "pref64", prefix: roll.ipv6(), prefixLength: roll.oneOf([96, 64, 32]), lifetimeSeconds: 1800 }),
    () => ({ name: "unknown", type: 200, bytes: roll.bytes(6) }),
  ];
  return roll.oneOf(makers)();
}

function randomMessage(roll: Dice): NdpMessage {
  const options = Array.from({ length: roll.below(4) }, () => randomOption(roll));
  switch (roll.below(5)) {
    case 0:
      return { name: "rs", options };
    case 1:
      return {
        name: "ra",
        curHopLimit: roll.below(256),
        managed: roll.below(2) === 1,
        other: roll.below(2) === 1,
        homeAgent: roll.below(2) === 1,
        preference: roll.oneOf(["low", "medium", "high", "reserved"] as const),
        routerLifetimeSeconds: roll.below(2 ** 16),
        reachableTimeMs: roll.below(2 ** 32),
        retransTimerMs: roll.below(2 ** 32),
        options,
      };
    case 2:
      return { name: "ns", target: roll.ipv6(), options };
    case 3: {
      const [router, solicited, override] = [roll.below(2) === 1, roll.below(2) === 1, roll.below(2) === 1];
      return { name: "na", target: roll.ipv6(), router, solicited, override, options };
    }
    default: {
      const target = roll.ipv6();
      return { name: "redirect", target, destination: target, options };
    }
  }
}

function randomTags(roll: Dice): ReturnType<typeof vlanTags> {
  return vlanTags(roll.below(4) === 0 ? roll.below(4095) : undefined);
}

export function randomArpFrame(roll: Dice): Uint8Array {
  const sha = roll.mac();
  const spa = roll.below(2 ** 32);
  return encodeArpFrame({
    eth: { dst: roll.oneOf([BROADCAST_MAC, roll.mac()]), src: sha, tags: randomTags(roll) },
    arp: { op: 1 + roll.below(3), sha, spa, tha: roll.mac(), tpa: roll.oneOf([spa, roll.below(2 ** 32)]) },
  });
}

export function randomNdpFrame(roll: Dice): Uint8Array {
  return encodeNdpFrame({
    eth: { dst: roll.mac(), src: roll.mac(), tags: randomTags(roll) },
    ip: { src: { ...roll.ipv6(), a: 0xfe80_0000 | 0, b: 0 }, dst: roll.ipv6() },
    message: randomMessage(roll),
  });
}

/** Puts the right checksum into an ICMPv6 packet, where there is room for one. */
export function repairChecksum(frame: Uint8Array): void {
  const ip = typeOffset(frame) + 2;
  const icmp = ip + 40;
  if (ip < 14 || frame.length < icmp + 4) return;
  const end = icmp + ((frame[ip + 4]! << 8) | frame[ip + 5]!);
  if (end > frame.length || end < icmp + 4) return;
  frame[icmp + 2] = frame[icmp + 3] = 0;
  const checksum = ipv6Checksum(frame, ip, icmp, end, 58);
  frame[icmp + 2] = checksum >>> 8;
  frame[icmp + 3] = checksum;
}

/** A frame with something wrong: octets changed, cut off or added; sometimes with the checksum made right again. */
export function mutate(frame: Uint8Array, roll: Dice): Uint8Array {
  const kind = roll.below(8);
  if (kind === 0) return frame.slice(0, 12 + roll.below(frame.length - 12));
  const changed = new Uint8Array(frame.length + (kind === 1 ? roll.below(20) : 0));
  changed.set(frame);
  for (let i = roll.below(3); i >= 0; i -= 1) {
    const at = 12 + roll.below(frame.length - 12);
    changed[at] = roll.oneOf([0, 1, 8, 255, roll.below(256)]);
  }
  if (roll.below(4) > 0) repairChecksum(changed);
  return changed;
}
