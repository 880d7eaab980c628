import { closeSync } from "node:fs";
import { ipToBytes, multicastMac, writeMac, type Ip } from "@vipkit/net";
import { AF, ERRNO, IPV6, MEMBERSHIP, SOCK, SOL } from "./constants.js";
import { libc } from "./libc.js";
import { inNamespace } from "./namespace.js";
import { setMembership } from "./packet-socket.js";
import { encode, ipv6Mreq } from "./structs.js";
import { openThreadSocket } from "./thread-socket.js";

/** The multicast groups that a link wants to hear, counted. They outlive the interface and are joined anew when it comes back. */
export interface GroupMemberships {
  join(group: Ip): void;
  leave(group: Ip): void;
  /** The interface is there: joins everything that is wanted. */
  attach(packetFd: number, index: number): void;
  /** The interface has gone. */
  detach(): void;
  /** Groups that the kernel has refused, on the way that sends reports and on the one that does not. */
  readonly refused: number;
}

/** The Ethernet group of an IPv6 or IPv4 multicast address (RFC 2464 section 7, RFC 1112 section 6.4). */
function groupMac(group: Ip): Uint8Array {
  const bytes = new Uint8Array(6);
  const mac =
    typeof group === "bigint" ? multicastMac(Number(group & 0xffff_ffffn)) : 0x0100_5e00_0000 + (group & 0x7f_ffff);
  writeMac(bytes, 0, mac);
  return bytes;
}

class Memberships implements GroupMemberships {
  refused = 0;
  readonly #namespace: string | undefined;
  readonly #counts = new Map<Ip, number>();
  /** Who holds a group at present: an IPv6 socket, or the packet socket. */
  readonly #held = new Map<Ip, number>();
  readonly #sockets: number[] = [];
  #packetFd = -1;
  #index = 0;

  constructor(namespace: string | undefined) {
    this.#namespace = namespace;
  }

  join(group: Ip): void {
    const count = this.#counts.get(group) ?? 0;
    this.#counts.set(group, count + 1);
    if (count === 0 && this.#index !== 0) this.#hold(group);
  }

  leave(group: Ip): void {
    const count = this.#counts.get(group);
    if (count === undefined) return;
    if (count > 1) {
      this.#counts.set(group, count - 1);
      return;
    }
    this.#counts.delete(group);
    const holder = this.#held.get(group);
    this.#held.delete(group);
    if (holder === undefined) return;
    if (holder === this.#packetFd) setMembership(holder, this.#index, MEMBERSHIP.multicast, false, groupMac(group));
    else this.#option(holder, IPV6.leaveGroup, group);
  }

  attach(packetFd: number, index: number): void {
    this.#packetFd = packetFd;
    this.#index = index;
    for (const group of this.#counts.keys()) this.#hold(group);
  }

  detach(): void {
    for (const fd of this.#sockets.splice(0)) closeSync(fd);
    this.#held.clear();
    this.#packetFd = -1;
    this.#index = 0;
  }

  /** By an IPv6 socket, so that MLD reports go out and snooping switches know; else by the packet socket, without reports. */
  #hold(group: Ip): void {
    const holder = typeof group === "bigint" ? this.#joinReported(group) : undefined;
    if (holder !== undefined) this.#held.set(group, holder);
    else if (setMembership(this.#packetFd, this.#index, MEMBERSHIP.multicast, true, groupMac(group))) {
      this.#held.set(group, this.#packetFd);
    } else this.refused += 1;
  }

  #joinReported(group: Ip): number | undefined {
    const last = this.#sockets.at(-1);
    if (last !== undefined) {
      const errno = this.#option(last, IPV6.joinGroup, group);
      if (errno === 0) return last;
      // A socket is full when its share of net.core.optmem_max is used up; any other refusal is final.
      if (errno !== ERRNO.noBuffers && errno !== ERRNO.noMemory) return undefined;
    }
    const fd = inNamespace(this.#namespace, () => openThreadSocket(AF.inet6, SOCK.datagram, 0));
    if (fd < 0) return undefined;
    if (this.#option(fd, IPV6.joinGroup, group) !== 0) {
      closeSync(fd);
      return undefined;
    }
    this.#sockets.push(fd);
    return fd;
  }

  /** 0, or the errno. */
  #option(fd: number, option: number, group: Ip): number {
    const c = libc();
    const request = encode(ipv6Mreq, { group: Buffer.from(ipToBytes(group)), ifindex: this.#index });
    return c.setsockopt(fd, SOL.ipv6, option, request, request.length) === 0 ? 0 : c.errno();
  }
}

export function createGroupMemberships(namespace: string | undefined): GroupMemberships {
  return new Memberships(namespace);
}
