import { createSocket, type Socket } from "node:dgram";
import { formatScopedIp, parseScopedIp, VipkitError, type DatagramSocket, type Endpoint, type Host } from "@vipkit/net";

export interface TransportOptions {
  /** Send with this TTL or hop limit. */
  readonly ttl?: number | undefined;
  /** Drop what arrives with less (RFC 5881 section 5). Only some transports can. */
  readonly minTtl?: number | undefined;
}

/** Where the datagrams of BFD come from and go to. */
export interface BfdTransport {
  open(local: Endpoint, options: TransportOptions): Promise<DatagramSocket>;
  /** False: `minTtl` is not looked at, and hosts that are further away can forge packets. */
  readonly checksTtl: boolean;
}

function wrap(socket: Socket, local: Endpoint): DatagramSocket {
  let closed = false;
  let tellError: (error: Error) => void = () => undefined;
  socket.on("error", (error) => tellError(error));
  return {
    local: { ...local, port: socket.address().port },
    send: (bytes, to) => {
      if (closed) return;
      socket.send(bytes, to.port, formatScopedIp({ ip: to.ip, zone: to.zone }), (error) => {
        if (error !== null && !closed) tellError(error);
      });
    },
    onDatagram: (handler) => {
      socket.on("message", (bytes, from) => {
        const { ip, zone } = parseScopedIp(from.address);
        handler(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), { ip, zone, port: from.port });
      });
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

type Lookup = (host: string, options: unknown, done: (error: null, address: string, family: number) => void) => void;

/** Addresses are never names: the socket is made and bound before `open` returns, in whatever namespace the caller is. */
const addressesOnly: Lookup = (host, _options, done) => {
  done(null, host, host.includes(":") ? 6 : 4);
};

/** UDP sockets of Node.js. They set the TTL, and cannot see that of what arrives. */
export function udpTransport(): BfdTransport {
  return {
    checksTtl: false,
    open: (local, { ttl }) => {
      const type = typeof local.ip === "number" ? "udp4" : "udp6";
      const socket = createSocket({ type, ipv6Only: type === "udp6", lookup: addressesOnly });
      return new Promise((resolve, reject) => {
        const fail = (error: Error): void => {
          reject(new VipkitError("ERR_BFD_SOCKET", `UDP port ${local.port}: ${error.message}`, { cause: error }));
        };
        socket.once("error", fail);
        socket.bind({ address: formatScopedIp({ ip: local.ip, zone: local.zone }), port: local.port }, () => {
          socket.off("error", fail);
          if (ttl !== undefined) socket.setTTL(ttl);
          resolve(wrap(socket, local));
        });
      });
    },
  };
}

/** A host's own datagrams, for simulations: TTLs mean nothing there. */
export function hostTransport(host: Pick<Host, "bind">): BfdTransport {
  return { checksTtl: false, open: (local) => host.bind(local) };
}
