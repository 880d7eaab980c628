import { closeSync } from "node:fs";
import { Socket } from "node:net";
import {
  isLinkLocal,
  widthOf,
  type ByteStream,
  type DialOptions,
  type Endpoint,
  type Ip,
  type ListenOptions,
  type StreamListener,
} from "@vipkit/net";
import { byteStream, dialTimeout, endpointText, socketError, startServer } from "@vipkit/net/node";
import { ERRNO, IPV6, SO, SOCK, SOL } from "./constants.js";
import { asNodeError } from "./errors.js";
import { bindTo, ipSocket } from "./ip-socket.js";
import { libc } from "./libc.js";
import { inNamespace } from "./namespace.js";
import { encodeInt, encodeSockaddr } from "./structs.js";
import { scopeOf, setPassword, setTcpOptions, type PeerPassword } from "./tcp-options.js";

/** Where to make the socket. */
export interface InNamespace {
  /** A name of `ip netns`, or a path to a namespace file. */
  readonly namespace?: string | undefined;
}

/** A listener whose keys can change while it listens. */
export interface LinuxStreamListener extends StreamListener {
  /** From now on exactly these keys are in force for new connections. @throws VipkitError `ERR_LINK_PASSWORD`, `ERR_LINK_SYSCALL` */
  setPasswords(passwords: readonly PeerPassword[]): void;
}

function tcpSocket(ip: Ip, prepare: (fd: number) => void): number {
  return ipSocket(ip, SOCK.stream, prepare);
}

/** Starts to connect. @returns the descriptor */
function startDial(options: DialOptions, what: string): number {
  const { remote, source, password } = options;
  const c = libc();
  return tcpSocket(remote.ip, (fd) => {
    setTcpOptions(fd, remote.ip, options);
    if (password !== undefined) setPassword(fd, remote.ip, widthOf(remote.ip), password);
    const scope = scopeOf(remote);
    if (source !== undefined)
      bindTo(fd, encodeSockaddr({ ip: source, port: 0 }, isLinkLocal(source) ? scope : 0), what);
    const address = encodeSockaddr(remote, scope);
    if (c.connect(fd, address, address.length) === 0) return;
    const errno = c.errno();
    if (errno !== ERRNO.inProgress) throw socketError(what, asNodeError(errno));
  });
}

/** Waits until the connection stands. @throws VipkitError `ERR_DIAL_*`, `ERR_SOCKET` */
function connected(socket: Socket, options: DialOptions, what: string): Promise<void> {
  // A key that does not match, and a TTL that is too low, look like a peer that is not there: the kernel drops in silence.
  const suspects = [
    ...(options.password === undefined ? [] : ["the TCP-MD5 password"]),
    ...(options.minTtl === undefined ? [] : ["the lowest TTL"]),
  ];
  const hint = suspects.length === 0 ? "" : ` (does the peer agree on ${suspects.join(" and ")}?)`;
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      socket.off("error", failed);
      if (error === undefined) return resolve();
      socket.on("error", () => undefined);
      socket.destroy();
      reject(error);
    };
    const failed = (error: Error): void => finish(socketError(what, error));
    const timer = setTimeout(() => finish(dialTimeout(what, options.timeoutMs, hint)), options.timeoutMs);
    socket.once("error", failed);
    // The kernel takes nothing, not even nothing, before the connection stands: Node.js waits for that, on any thread.
    socket.write(new Uint8Array(0), (error) => {
      if (error === null || error === undefined) finish();
    });
  });
}

/**
 * Connects with the kernel options of `DialOptions`, from another network namespace if need be.
 * @throws VipkitError `ERR_DIAL_TIMEOUT`, `ERR_DIAL_REFUSED`, `ERR_DIAL_UNREACHABLE`, `ERR_SOCKET_*`, `ERR_LINK_*`
 */
export async function dialTcp(options: DialOptions & InNamespace): Promise<ByteStream> {
  const what = `dial ${endpointText(options.remote)}`;
  const fd = inNamespace(options.namespace, () => startDial(options, what));
  const socket = new Socket({ fd, readable: true, writable: true, pauseOnCreate: true } as never);
  await connected(socket, options, what);
  // The zone of a link-local address has its name in its own namespace only.
  return inNamespace(options.namespace, () => byteStream(socket));
}

function passwordKey({ ip, length }: PeerPassword): string {
  return `${ip}/${length}`;
}

/** Sets keys that are new or changed and removes those that are gone. */
function createPasswords(fd: number): (passwords: readonly PeerPassword[]) => void {
  const held = new Map<string, PeerPassword>();
  return (passwords) => {
    const wanted = new Set(passwords.map(passwordKey));
    for (const [key, { ip, length }] of held) {
      if (wanted.has(key)) continue;
      setPassword(fd, ip, length, undefined);
      held.delete(key);
    }
    for (const one of passwords) {
      const key = passwordKey(one);
      if (held.get(key)?.password === one.password) continue;
      setPassword(fd, one.ip, one.length, one.password);
      held.set(key, one);
    }
  };
}

function startListening(local: Endpoint, options: ListenOptions, what: string): number {
  const c = libc();
  return tcpSocket(local.ip, (fd) => {
    c.setsockopt(fd, SOL.socket, SO.reuseAddress, encodeInt(1), 4);
    if (typeof local.ip === "bigint") c.setsockopt(fd, SOL.ipv6, IPV6.v6Only, encodeInt(1), 4);
    setTcpOptions(fd, local.ip, options);
    bindTo(fd, encodeSockaddr(local, scopeOf(local)), what);
  });
}

/**
 * Listens with the kernel options of `ListenOptions`, in another network namespace if need be. A peer that a password
 * covers, and that does not sign with it, gets no answer at all.
 * @throws VipkitError `ERR_SOCKET_*`, `ERR_LINK_*`
 */
export async function listenTcp(
  options: ListenOptions & InNamespace,
  onStream: (stream: ByteStream) => void,
): Promise<LinuxStreamListener> {
  const { local, namespace, passwords = [] } = options;
  const what = `listen on ${endpointText(local)}`;
  const fd = inNamespace(namespace, () => startListening(local, options, what));
  const setPasswords = createPasswords(fd);
  try {
    setPasswords(passwords);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const listener = await startServer(
    onStream,
    what,
    (server) => server.listen({ fd }),
    (run) => inNamespace(namespace, run),
  );
  return { ...listener, local: { ...local, port: listener.local.port }, setPasswords };
}
