import { formatPrefix, VipkitError, widthOf, type Endpoint, type Ip } from "@vipkit/net";
import { ERRNO, IP, IPV6, MD5_FLAG_PREFIX, SO, SOL, TCP } from "./constants.js";
import { errnoName, syscallError } from "./errors.js";
import { libc } from "./libc.js";
import { encode, encodeInt, encodeSockaddr, MD5_KEY_LENGTH, padded, tcpMd5sig } from "./structs.js";

/** Options of a TCP socket that Node.js has no calls for. */
export interface TcpOptions {
  readonly ttl?: number | undefined;
  readonly minTtl?: number | undefined;
  readonly device?: string | undefined;
  readonly userTimeoutMs?: number | undefined;
}

/** A TCP-MD5 key (RFC 2385) and the peers that must use it. */
export interface PeerPassword {
  readonly ip: Ip;
  /** Prefix length. */
  readonly length: number;
  readonly password: string;
}

function setNumber(fd: number, level: number, option: number, value: number, what: string): void {
  const c = libc();
  if (c.setsockopt(fd, level, option, encodeInt(value), 4) === 0) return;
  throw syscallError(`set ${what} to ${value}`, c.errno());
}

function setDevice(fd: number, device: string): void {
  const c = libc();
  const name = padded(new TextEncoder().encode(device), 16);
  if (c.setsockopt(fd, SOL.socket, SO.bindToDevice, name, 16) === 0) return;
  const errno = c.errno();
  if (errno === ERRNO.noDevice) {
    throw new VipkitError("ERR_LINK_NO_INTERFACE", `there is no interface "${device}"`, { found: device });
  }
  throw syscallError(`bind to the device "${device}"`, errno, "CAP_NET_RAW");
}

/** Sets what was asked for on a fresh socket. @throws VipkitError `ERR_LINK_SYSCALL`, `ERR_LINK_NO_INTERFACE`, `ERR_LINK_PERMISSION` */
export function setTcpOptions(fd: number, ip: Ip, options: TcpOptions): void {
  const v4 = typeof ip === "number";
  const level = v4 ? SOL.ip : SOL.ipv6;
  if (options.device !== undefined) setDevice(fd, options.device);
  if (options.ttl !== undefined) setNumber(fd, level, v4 ? IP.ttl : IPV6.unicastHops, options.ttl, "the TTL");
  // RFC 5082: what comes from farther away than it may is dropped by the kernel, SYN included.
  if (options.minTtl !== undefined) {
    setNumber(fd, level, v4 ? IP.minTtl : IPV6.minHopCount, options.minTtl, "the lowest TTL");
  }
  if (options.userTimeoutMs !== undefined) {
    setNumber(fd, SOL.tcp, TCP.userTimeout, options.userTimeoutMs, "TCP_USER_TIMEOUT");
  }
}

function keyBytes(password: string): Uint8Array {
  const key = new TextEncoder().encode(password);
  if (key.length >= 1 && key.length <= MD5_KEY_LENGTH) return key;
  throw new VipkitError("ERR_LINK_PASSWORD", `a TCP-MD5 password of ${key.length} bytes`, {
    found: `${key.length} bytes`,
    allowed: `1 to ${MD5_KEY_LENGTH} bytes`,
  });
}

function md5Error(errno: number, ip: Ip, length: number): VipkitError {
  const what = `set the TCP-MD5 key for ${formatPrefix({ ip, length })}: ${errnoName(errno)}`;
  if (errno === ERRNO.noMemory) {
    return new VipkitError(
      "ERR_LINK_SYSCALL",
      `${what}, the sysctl net.core.optmem_max limits how many keys there can be`,
      {
        found: "ENOMEM",
        allowed: "net.core.optmem_max",
      },
    );
  }
  const missing = errno === 92 ? ", the kernel has no CONFIG_TCP_MD5SIG" : "";
  return new VipkitError("ERR_LINK_SYSCALL", `${what}${missing}`, { found: errnoName(errno) });
}

/**
 * Sets the key that segments from and to these peers must be signed with (RFC 2385); undefined removes it.
 * @throws VipkitError `ERR_LINK_PASSWORD`, `ERR_LINK_SYSCALL`
 */
export function setPassword(fd: number, ip: Ip, length: number, password: string | undefined): void {
  const key = password === undefined ? new Uint8Array(0) : keyBytes(password);
  const isPrefix = length !== widthOf(ip);
  const request = encode(tcpMd5sig, {
    addr: padded(encodeSockaddr({ ip, port: 0 }, 0), 128),
    flags: isPrefix ? MD5_FLAG_PREFIX : 0,
    prefixlen: isPrefix ? length : 0,
    keylen: key.length,
    ifindex: 0,
    key: padded(key, MD5_KEY_LENGTH),
  });
  const c = libc();
  const result = c.setsockopt(fd, SOL.tcp, isPrefix ? TCP.md5Ext : TCP.md5, request, request.length);
  const errno = c.errno();
  // The kernel has its copy; ours does not have to wait for the garbage collector.
  request.fill(0);
  key.fill(0);
  if (result !== 0) throw md5Error(errno, ip, length);
}

/** The index of an endpoint's zone in the current network namespace; 0 for none. @throws VipkitError `ERR_LINK_NO_INTERFACE` */
export function scopeOf({ zone }: Pick<Endpoint, "zone">): number {
  if (zone === undefined) return 0;
  const index = libc().if_nametoindex(zone);
  if (index !== 0) return index;
  throw new VipkitError("ERR_LINK_NO_INTERFACE", `there is no interface "${zone}"`, { found: zone });
}
