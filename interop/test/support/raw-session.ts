import { parseIp, type ByteStream, type Host, type Ip } from "@vipkit/net";
import {
  createFramer,
  decodeMessage,
  encodeMessage,
  PLAIN_CONTEXT,
  type Capability,
  type NotificationMessage,
  type OpenMessage,
} from "@vipkit/bgp";

/** A session that says exactly what it is told to: OPEN and KEEPALIVE are answered, everything else is up to the caller. */
export interface RawSession {
  /** Both sides have sent OPEN and KEEPALIVE. */
  readonly established: boolean;
  /** The OPEN that the other side sent. */
  readonly open: OpenMessage | undefined;
  /** The NOTIFICATION that the other side sent. */
  readonly notification: NotificationMessage | undefined;
  /** Closed by the other side, or never open. */
  readonly closed: boolean;
  send(bytes: Uint8Array): void;
  /** Closes without a word. */
  close(): void;
}

export interface RawSessionOptions {
  readonly host: Host;
  readonly remote: string;
  readonly source: string;
  readonly asn: number;
  /** Default: the source address. */
  readonly routerId?: number;
  readonly capabilities: readonly Capability[];
  readonly holdTimeSeconds?: number;
  /** Sent in the place of the OPEN that these make. */
  readonly openBytes?: Uint8Array;
}

const KEEPALIVE = encodeMessage({ type: "keepalive" }, PLAIN_CONTEXT);
const OPEN = 1;
const NOTIFICATION = 3;
const KEEPALIVE_TYPE = 4;
const AS_TRANS = 23456;

function openOf({ asn, routerId, source, holdTimeSeconds = 90, capabilities }: RawSessionOptions): Uint8Array {
  const ip: Ip = parseIp(source);
  return encodeMessage(
    {
      type: "open",
      version: 4,
      myAs: asn > 0xffff ? AS_TRANS : asn,
      holdTimeSeconds,
      routerId: routerId ?? Number(ip),
      capabilities,
    },
    PLAIN_CONTEXT,
  );
}

export function openRawSession(options: RawSessionOptions): RawSession {
  const { host, remote, source } = options;
  const framer = createFramer();
  let stream: ByteStream | undefined;
  let established = false;
  let closed = false;
  let open: OpenMessage | undefined;
  let notification: NotificationMessage | undefined;
  const hear = (to: ByteStream, bytes: Uint8Array): void => {
    if (bytes[18] === OPEN) to.write(KEEPALIVE);
    if (bytes[18] === KEEPALIVE_TYPE) established = true;
    if (bytes[18] !== OPEN && bytes[18] !== NOTIFICATION) return;
    const message = decodeMessage(bytes, PLAIN_CONTEXT);
    if (message.type === "open") open = message;
    if (message.type === "notification") notification ??= message;
  };
  host.dial({ remote: { ip: parseIp(remote), port: 179 }, source: parseIp(source), timeoutMs: 5000 }).then(
    (dialled) => {
      if (closed) return dialled.destroy();
      stream = dialled;
      dialled.onBytes((chunk) => {
        for (const bytes of framer.push(chunk)) hear(dialled, bytes);
      });
      dialled.onClose(() => {
        closed = true;
      });
      dialled.write(options.openBytes ?? openOf(options));
    },
    () => {
      closed = true;
    },
  );
  return {
    get established() {
      return established;
    },
    get open() {
      return open;
    },
    get notification() {
      return notification;
    },
    get closed() {
      return closed;
    },
    send: (bytes) => stream?.write(bytes),
    close: () => {
      closed = true;
      stream?.destroy();
    },
  };
}
