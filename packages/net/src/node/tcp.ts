import { createServer, Socket, type AddressInfo, type Server } from "node:net";
import type { ByteStream, DialOptions, ListenOptions, StreamListener } from "../machine/ports.js";
import { endpointOf, endpointText, hostTextOf, sourceText } from "./endpoint.js";
import { dialTimeout, refuseOption, socketError } from "./errors.js";
import { byteStream } from "./stream.js";

/** What only the kernel's socket options can do, and Node.js has no calls for. */
const KERNEL_OPTIONS = ["password", "passwords", "ttl", "minTtl", "device", "userTimeoutMs"] as const;

/** The first option of these that plain Node.js sockets cannot serve. */
export function kernelOptionOf(options: DialOptions | ListenOptions): string | undefined {
  return KERNEL_OPTIONS.find((name) => (options as unknown as Readonly<Record<string, unknown>>)[name] !== undefined);
}

function refuseKernelOptions(options: DialOptions | ListenOptions): void {
  const name = kernelOptionOf(options);
  if (name !== undefined) refuseOption(name);
}

/** Connects a socket, which may stand on a prepared descriptor, and gives up after `timeoutMs`. */
export function connectSocket(socket: Socket, options: DialOptions, hint = ""): Promise<ByteStream> {
  const what = `dial ${endpointText(options.remote)}`;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(dialTimeout(what, options.timeoutMs, hint));
    }, options.timeoutMs);
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(socketError(what, error));
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(byteStream(socket));
    });
    // Nothing is read before somebody listens.
    socket.pause();
    socket.connect({
      host: hostTextOf(options.remote),
      port: options.remote.port,
      ...(options.source === undefined ? {} : { localAddress: sourceText(options.source, options.remote) }),
    });
  });
}

/**
 * Connects by plain Node.js means.
 * @throws VipkitError `ERR_DIAL_TIMEOUT`, `ERR_DIAL_REFUSED`, `ERR_DIAL_UNREACHABLE`, `ERR_SOCKET_*`, `ERR_SOCKET_OPTION`
 */
export async function dialPlain(options: DialOptions): Promise<ByteStream> {
  refuseKernelOptions(options);
  return connectSocket(new Socket(), options);
}

/**
 * Starts a server, on an address or on a prepared descriptor, and waits until it listens.
 * @param enter runs what looks up the zones of link-local peers; these have their names in one network namespace only
 */
export function startServer(
  onStream: (stream: ByteStream) => void,
  what: string,
  start: (server: Server) => void,
  enter: <T>(run: () => T) => T = (run) => run(),
): Promise<StreamListener> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    // A peer that has already gone has no address any more.
    const stream = enter(() => (socket.remoteAddress === undefined ? undefined : byteStream(socket)));
    if (stream === undefined) socket.destroy();
    else onStream(stream);
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(socketError(what, error)));
    server.once("listening", () => {
      server.removeAllListeners("error");
      // Out of descriptors, for example: the connection is lost, the listener stays.
      server.on("error", () => undefined);
      const { address, port } = server.address() as AddressInfo;
      resolve({
        local: endpointOf(address, port),
        close: () => {
          server.close();
        },
      });
    });
    start(server);
  });
}

/**
 * Listens by plain Node.js means. An IPv6 address takes IPv6 only, `::` included.
 * @throws VipkitError `ERR_SOCKET_*`, `ERR_SOCKET_OPTION`
 */
export async function listenPlain(
  options: ListenOptions,
  onStream: (stream: ByteStream) => void,
): Promise<StreamListener> {
  refuseKernelOptions(options);
  const { local } = options;
  return startServer(onStream, `listen on ${endpointText(local)}`, (server) => {
    server.listen({ host: hostTextOf(local), port: local.port, ipv6Only: true });
  });
}
