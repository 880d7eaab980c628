import { connect } from "node:net";
import {
  createFramer,
  decodeMessage,
  encodeMessage,
  PLAIN_CONTEXT,
  type Capability,
  type NotificationMessage,
} from "@vipkit/bgp";

/** A session that says exactly what it is told to: OPEN and KEEPALIVE are answered, everything else is up to the caller. */
export interface RawSession {
  /** Both sides have sent OPEN and KEEPALIVE. */
  readonly established: boolean;
  /** The NOTIFICATION that the other side sent. */
  readonly notification: NotificationMessage | undefined;
  readonly closed: boolean;
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface RawSessionOptions {
  /** Unix socket of the relay. */
  readonly relay: string;
  readonly localAddress: string;
  readonly asn: number;
  readonly routerId: number;
  readonly capabilities: readonly Capability[];
}

const KEEPALIVE = encodeMessage({ type: "keepalive" }, PLAIN_CONTEXT);

export function openRawSession(options: RawSessionOptions): RawSession {
  const { relay, localAddress, asn, routerId, capabilities } = options;
  const framer = createFramer();
  const socket = connect(relay);
  let established = false;
  let closed = false;
  let notification: NotificationMessage | undefined;
  const open = { type: "open", version: 4, myAs: asn, holdTimeSeconds: 90, routerId, capabilities } as const;
  socket.write(`${localAddress}\n`);
  // The first line is read octet by octet: what follows may come with it.
  socket.write(encodeMessage(open, PLAIN_CONTEXT));
  socket.on("data", (chunk) => {
    for (const bytes of framer.push(new Uint8Array(chunk))) {
      if (bytes[18] === 1) socket.write(KEEPALIVE);
      if (bytes[18] === 4) established = true;
      if (bytes[18] !== 3) continue;
      const message = decodeMessage(bytes, PLAIN_CONTEXT);
      if (message.type === "notification") notification ??= message;
    }
  });
  socket.on("close", () => {
    closed = true;
  });
  socket.on("error", () => {
    closed = true;
  });
  return {
    get established() {
      return established;
    },
    get notification() {
      return notification;
    },
    get closed() {
      return closed;
    },
    send: (bytes) => void socket.write(bytes),
    close: () => void socket.destroy(),
  };
}
