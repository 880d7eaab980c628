/** Numbers of the Linux interface, the same on every architecture that `libc()` admits. */

export const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17 } as const;
export const SOCK = { stream: 1, datagram: 2, raw: 3, nonblock: 0x800, closeOnExec: 0x8_0000 } as const;
export const SOL = { ip: 0, socket: 1, tcp: 6, ipv6: 41, packet: 263 } as const;
export const SO = { reuseAddress: 2, error: 4, receiveBuffer: 8, bindToDevice: 25, attachFilter: 26 } as const;
export const IP = { ttl: 2, receiveTtl: 12, minTtl: 21 } as const;
export const IPV6 = {
  unicastHops: 16,
  joinGroup: 20,
  leaveGroup: 21,
  v6Only: 26,
  receiveHopLimit: 51,
  minHopCount: 73,
} as const;
export const TCP = { md5: 14, userTimeout: 18, md5Ext: 32 } as const;
export const PACKET = { addMembership: 1, dropMembership: 2, auxiliary: 8, statistics: 6, ignoreOutgoing: 23 } as const;
export const MEMBERSHIP = { multicast: 0, promiscuous: 1, allMulticast: 2 } as const;
export const MSG = { truncated: 0x20, dontWait: 0x40, noSignal: 0x4000 } as const;
export const MD5_FLAG_PREFIX = 1;
export const ETH_P_ALL = 3;
export const CLONE_NEWNET = 0x4000_0000;
export const SCHED = { roundRobin: 2, resetOnFork: 0x4000_0000 } as const;
export const NETLINK_ROUTE = 0;
/** Links, IPv4 addresses, IPv6 addresses. */
export const RTNETLINK_GROUPS = 0x111;

export const ERRNO = {
  perm: 1,
  noThread: 3,
  io: 5,
  nxio: 6,
  again: 11,
  noMemory: 12,
  access: 13,
  noDevice: 19,
  invalid: 22,
  messageSize: 90,
  addressNotAvailable: 99,
  netDown: 100,
  noBuffers: 105,
  inProgress: 115,
} as const;
