import { closeSync } from "node:fs";
import type { FilterProgram } from "../wire/filter-program.js";
import { AF, ERRNO, ETH_P_ALL, MEMBERSHIP, PACKET, SO, SOCK, SOL } from "./constants.js";
import { syscallError } from "./errors.js";
import { libc } from "./libc.js";
import { encode, encodeInt, padded, packetMreq, sockaddrLl, sockFilter, sockFprog } from "./structs.js";
import { openThreadSocket } from "./thread-socket.js";

export interface PacketSocketOptions {
  readonly index: number;
  readonly filter: FilterProgram;
  readonly receiveBufferBytes: number | undefined;
  readonly promiscuous: boolean;
  readonly allMulticast: boolean;
}

/** Replaces the filter of a socket in one step. False when the kernel's memory for options (net.core.optmem_max) is too small. */
export function attachFilter(fd: number, program: FilterProgram): boolean {
  const c = libc();
  const code = Buffer.alloc(Math.max(128, program.length * sockFilter.span));
  program.forEach((step, i) => sockFilter.encode(step, code, i * sockFilter.span));
  const filter = Buffer.alloc(8);
  filter.writeBigUInt64LE(c.addressOf(code));
  const fprog = encode(sockFprog, { len: program.length, pad: Buffer.alloc(6), filter });
  const result = c.setsockopt(fd, SOL.socket, SO.attachFilter, fprog, fprog.length);
  const errno = c.errno();
  // `code` is read by the call above through its address alone.
  if (result === 0 && code.length > 0) return true;
  if (errno === ERRNO.noMemory || errno === ERRNO.noBuffers) return false;
  throw syscallError("attach a packet filter", errno);
}

/** Adds or drops a membership of the interface: a group, promiscuous or all-multicast. */
export function setMembership(fd: number, index: number, type: number, join: boolean, mac?: Uint8Array): boolean {
  const request = encode(packetMreq, {
    ifindex: index,
    type,
    alen: mac?.length ?? 0,
    address: padded(mac ?? new Uint8Array(0), 8),
  });
  const option = join ? PACKET.addMembership : PACKET.dropMembership;
  return libc().setsockopt(fd, SOL.packet, option, request, request.length) === 0;
}

function prepare(fd: number, options: PacketSocketOptions): void {
  const c = libc();
  const must = (result: number, what: string): void => {
    if (result !== 0) throw syscallError(what, c.errno());
  };
  must(c.setsockopt(fd, SOL.packet, PACKET.ignoreOutgoing, encodeInt(1), 4), "ignore outgoing frames");
  must(c.setsockopt(fd, SOL.packet, PACKET.auxiliary, encodeInt(1), 4), "ask for VLAN tags");
  if (options.receiveBufferBytes !== undefined) {
    must(
      c.setsockopt(fd, SOL.socket, SO.receiveBuffer, encodeInt(options.receiveBufferBytes), 4),
      "size the receive buffer",
    );
  }
  // Before bind, and with protocol 0 so far: there is no moment in which unwanted frames get in.
  if (!attachFilter(fd, options.filter)) throw syscallError("attach a packet filter", ERRNO.noMemory);
  const address = encode(sockaddrLl, {
    family: AF.packet,
    protocol: ETH_P_ALL,
    ifindex: options.index,
    hatype: 0,
    pkttype: 0,
    halen: 0,
    addr: Buffer.alloc(8),
  });
  must(c.bind(fd, address, address.length), "bind a packet socket");
  if (options.promiscuous) setMembership(fd, options.index, MEMBERSHIP.promiscuous, true);
  if (options.allMulticast) setMembership(fd, options.index, MEMBERSHIP.allMulticast, true);
}

/**
 * Opens a raw socket on an interface of the current network namespace. It sees every EtherType, before VLANs, bonds and
 * bridges take their frames away.
 * @throws VipkitError `ERR_LINK_PERMISSION` (CAP_NET_RAW), `ERR_LINK_SYSCALL`
 */
export function openPacketSocket(options: PacketSocketOptions): number {
  const c = libc();
  const fd = openThreadSocket(AF.packet, SOCK.raw | SOCK.nonblock, 0);
  if (fd < 0) throw syscallError("open a packet socket", c.errno(), "CAP_NET_RAW");
  try {
    prepare(fd, options);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Frames that the kernel had to drop because we were too slow, since the last call. */
export function kernelDrops(fd: number): number {
  const statistics = Buffer.alloc(8);
  const length = encodeInt(8);
  if (libc().getsockopt(fd, SOL.packet, PACKET.statistics, statistics, length) !== 0) return 0;
  return statistics.readUInt32LE(4);
}
