import { closeSync } from "node:fs";
import { isLinkLocal, type BindOptions, type DatagramHandler, type DatagramSocket, type Endpoint } from "@vipkit/net";
import { endpointText, socketError } from "@vipkit/net/node";
import { IP, IPV6, MSG, SOCK, SOL } from "./constants.js";
import { DATAGRAM_BATCH, receiveDatagrams, type Received } from "./datagram-ring.js";
import { asNodeError, syscallError } from "./errors.js";
import { bindTo, ipSocket } from "./ip-socket.js";
import { libc, type ReadinessWatch } from "./libc.js";
import { inNamespace } from "./namespace.js";
import { attachFilter } from "./packet-socket.js";
import { encodeInt, encodeSockaddr } from "./structs.js";
import type { InNamespace } from "./tcp.js";
import { scopeOf, setTcpOptions } from "./tcp-options.js";
import { ttlFilter } from "../wire/ttl-filter.js";
import { wake } from "./wake.js";

/** How many batches are read before the event loop gets its turn. */
const BATCHES_PER_WAKE = 8;
const NAME_BYTES = 16;

function setFlag(fd: number, level: number, option: number, what: string): void {
  if (libc().setsockopt(fd, level, option, encodeInt(1), 4) !== 0) throw syscallError(what, libc().errno());
}

/** The port that the kernel has chosen. Port and its place are the same in both families. */
function portOf(fd: number): number {
  const address = Buffer.alloc(128);
  libc().getsockname(fd, address, encodeInt(address.length));
  return address.readUInt16BE(2);
}

function open(local: Endpoint, { ttl, minTtl, tellTtl, device }: BindOptions): { fd: number; port: number } {
  const v4 = typeof local.ip === "number";
  const fd = ipSocket(local.ip, SOCK.datagram, (fresh) => {
    setTcpOptions(fresh, local.ip, { ttl, device });
    if (!v4) setFlag(fresh, SOL.ipv6, IPV6.v6Only, "keep IPv4 out");
    if (tellTtl === true) {
      if (v4) setFlag(fresh, SOL.ip, IP.receiveTtl, "ask for TTLs");
      else setFlag(fresh, SOL.ipv6, IPV6.receiveHopLimit, "ask for hop limits");
    }
    // Before bind: there is no moment in which others get in.
    if (minTtl !== undefined) attachFilter(fresh, ttlFilter(v4 ? "ipv4" : "ipv6", minTtl));
    const scope = isLinkLocal(local.ip) ? scopeOf(local) : 0;
    bindTo(fresh, encodeSockaddr(local, scope), `bind ${endpointText(local)}`);
  });
  return { fd, port: portOf(fd) };
}

class UdpSocket implements DatagramSocket {
  readonly local: Endpoint;
  readonly #fd: number;
  readonly #namespace: string | undefined;
  readonly #zones = new Map<number, string | undefined>();
  #watching: ReadinessWatch | undefined;
  #deliver: DatagramHandler | undefined;
  #tellError: (error: Error, to?: Endpoint) => void = () => undefined;
  #closed = false;
  /** Where the last datagram went, in the kernel's form: the next one mostly goes there too. */
  #to: { readonly endpoint: Endpoint; readonly address: Uint8Array } | undefined;

  constructor(local: Endpoint, fd: number, namespace: string | undefined) {
    this.local = local;
    this.#fd = fd;
    this.#namespace = namespace;
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    if (this.#closed) return;
    try {
      const address = this.#addressOf(to);
      const flags = MSG.dontWait | MSG.noSignal;
      if (libc().sendto(this.#fd, bytes, bytes.length, flags, address, address.length) >= 0) return;
      throw socketError(`send to ${endpointText(to)}`, asNodeError(libc().errno()));
    } catch (error) {
      // An interface that has come back has another index.
      this.#to = undefined;
      this.#zones.clear();
      this.#tellError(error as Error, to);
    }
  }

  onDatagram(handler: DatagramHandler): void {
    this.#deliver = handler;
    if (this.#closed || this.#watching !== undefined) return;
    const watching = libc().onReadable(this.#fd, (failed) => {
      wake(() => this.#read());
      if (failed) setImmediate(() => watching.restart());
    });
    this.#watching = watching;
  }

  onError(handler: (error: Error, to?: Endpoint) => void): void {
    this.#tellError = handler;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watching?.close();
    closeSync(this.#fd);
  }

  #addressOf(to: Endpoint): Uint8Array {
    if (this.#to?.endpoint !== to) {
      const scope = to.zone === undefined ? 0 : inNamespace(this.#namespace, () => scopeOf(to));
      this.#to = { endpoint: to, address: encodeSockaddr(to, scope) };
    }
    return this.#to.address;
  }

  #read(): void {
    for (let i = 0; i < BATCHES_PER_WAKE && !this.#closed; i += 1) {
      const batch = receiveDatagrams(this.#fd);
      if (typeof batch === "number") return;
      for (const one of batch) this.#take(one);
      if (batch.length < DATAGRAM_BATCH) return;
    }
  }

  #take({ bytes, ip, port, scope, ttl }: Received): void {
    if (this.#closed) return;
    const zone = scope === 0 ? undefined : this.#zoneOf(scope);
    this.#deliver?.(bytes, zone === undefined ? { ip, port } : { ip, port, zone }, ttl);
  }

  #zoneOf(index: number): string | undefined {
    if (!this.#zones.has(index)) this.#zones.set(index, zoneName(this.#namespace, index));
    return this.#zones.get(index);
  }
}

function zoneName(namespace: string | undefined, index: number): string | undefined {
  const name = Buffer.alloc(NAME_BYTES);
  const found = inNamespace(namespace, () => libc().if_indextoname(index, name));
  return found === null ? undefined : name.subarray(0, name.indexOf(0)).toString("latin1");
}

/**
 * Binds a UDP socket with the kernel options of `BindOptions`, in another network namespace if need be. What arrives with
 * too low a TTL is dropped by the kernel and wakes nobody.
 * @throws VipkitError `ERR_SOCKET_*`, `ERR_LINK_*`
 */
export function bindLinuxUdp(local: Endpoint, options: BindOptions & InNamespace = {}): DatagramSocket {
  const { namespace } = options;
  const { fd, port } = inNamespace(namespace, () => open(local, options));
  return new UdpSocket({ ...local, port }, fd, namespace);
}
