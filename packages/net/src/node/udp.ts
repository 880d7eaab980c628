import { createSocket, type Socket } from "node:dgram";
import type { BindOptions, DatagramSocket, Endpoint } from "../machine/ports.js";
import { endpointOf, endpointText, hostTextOf } from "./endpoint.js";
import { refuseOption, socketError } from "./errors.js";

type Lookup = (host: string, options: unknown, done: (error: null, address: string, family: number) => void) => void;

/** Destinations are addresses already: nothing is looked up, and nothing waits for a turn of the event loop. */
const addressesOnly: Lookup = (host, _options, done) => {
  done(null, host, host.includes(":") ? 6 : 4);
};

/** A bound dgram socket as a `DatagramSocket`. */
export function datagramSocket(socket: Socket): DatagramSocket {
  const bound = socket.address();
  let closed = false;
  let tellError: (error: Error, to?: Endpoint) => void = () => undefined;
  let deliver: ((bytes: Uint8Array, from: Endpoint) => void) | undefined;
  socket.on("error", (error) => {
    if (!closed) tellError(error);
  });
  socket.on("message", (bytes, from) => {
    deliver?.(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), endpointOf(from.address, from.port));
  });
  return {
    local: endpointOf(bound.address, bound.port),
    send: (bytes, to) => {
      if (closed) return;
      socket.send(bytes, to.port, hostTextOf(to), (error) => {
        if (error !== null && !closed) tellError(error, to);
      });
    },
    onDatagram: (handler) => {
      deliver = handler;
    },
    onError: (handler) => {
      tellError = handler;
    },
    close: () => {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}

/** What plain Node.js sockets cannot serve, and the kernel can. */
const KERNEL_OPTIONS = ["minTtl", "tellTtl", "device"] as const;

/**
 * Binds a UDP socket by plain Node.js means; port 0 takes a free one. An IPv6 address takes IPv6 only.
 * @throws VipkitError `ERR_SOCKET_*`; `ERR_SOCKET_OPTION` for `minTtl`, `tellTtl` and `device`
 */
export async function bindUdp(local: Endpoint, options: BindOptions = {}): Promise<DatagramSocket> {
  const beyond = KERNEL_OPTIONS.find((name) => options[name] !== undefined && options[name] !== false);
  if (beyond !== undefined) refuseOption(beyond);
  const type = typeof local.ip === "number" ? "udp4" : "udp6";
  const socket = createSocket({ type, ipv6Only: type === "udp6", lookup: addressesOnly });
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      reject(socketError(`bind ${endpointText(local)}`, error));
    });
    socket.bind({ address: hostTextOf(local), port: local.port }, () => {
      socket.removeAllListeners("error");
      if (options.ttl !== undefined) socket.setTTL(options.ttl);
      resolve(datagramSocket(socket));
    });
  });
}
