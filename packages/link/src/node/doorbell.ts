import { closeSync } from "node:fs";
import { Socket, type SocketConnectOpts, type SocketConstructorOpts } from "node:net";
import { AF, MSG, SOCK } from "./constants.js";
import { syscallError } from "./errors.js";
import { libc } from "./libc.js";

/** The published types know `onread` only where a socket connects; the constructor has it too. */
type SocketOptions = SocketConstructorOpts & Pick<SocketConnectOpts, "onread">;

export interface Bell {
  /** The descriptor of the bell at the moment. */
  readonly fd: number;
  close(): void;
}

/** Rings are all alike; a short buffer tells libuv that there is no more to read, and lets others have their turn. */
const RING_BYTES = 64;
/** How soon a bell that cannot be opened is tried again. */
const RETRY_MS = 100;

/** A descriptor of a kind that net.Socket takes. */
function openStandIn(): number {
  const c = libc();
  const pair = Buffer.alloc(8);
  if (c.socketpair(AF.unix, SOCK.stream | SOCK.closeOnExec, 0, pair) !== 0) {
    throw syscallError("open a pair of sockets", c.errno());
  }
  c.close(pair.readInt32LE(4));
  return pair.readInt32LE(0);
}

/** Clears what the socket has to complain about: that its interface is down is no news. */
function clearError(fd: number): void {
  libc().recv(fd, Buffer.alloc(RING_BYTES), RING_BYTES, MSG.dontWait);
}

/**
 * Tells when something is to be read, in a thread. koffi's callbacks must not be used there: a thread may be terminated at any
 * time, and inside of one that ends the whole process. Node.js itself watches only sockets that it reads; so there is a second
 * socket that hears the same, for it to read: the bell. The bell takes the place of a socket of a kind that Node.js knows
 * before the event loop has looked at that one.
 * @param openBell opens a socket that becomes readable when the first one does
 * @param look follows every ring: the first socket may have got a moment later what the bell has told of
 */
export function watchBell(openBell: () => number, ring: () => void, look: () => void = ring): Bell {
  let closed = false;
  let socket: Socket | undefined;
  let fd = -1;
  let retry: NodeJS.Timeout | undefined;
  const unlessClosed = (run: () => void) => (): void => {
    if (!closed) run();
  };
  const heard = (): boolean => {
    unlessClosed(ring)();
    setImmediate(unlessClosed(look));
    return true;
  };
  const listen = (): void => {
    const bell = openBell();
    clearError(bell);
    fd = openStandIn();
    socket = new Socket({ fd, onread: { buffer: new Uint8Array(RING_BYTES), callback: heard } } as SocketOptions);
    libc().dup3(bell, fd, SOCK.closeOnExec);
    closeSync(bell);
    // An interface that goes down, or too much at once: there is something to see, and the bell is gone.
    socket.on("error", unlessClosed(ring));
    socket.on("close", unlessClosed(listenAgain));
  };
  const listenAgain = (): void => {
    try {
      listen();
    } catch {
      // The interface is about to be gone, or descriptors have run out: neither lasts without somebody taking note.
      retry = setTimeout(unlessClosed(listenAgain), RETRY_MS);
    }
  };
  listen();
  return {
    get fd() {
      return fd;
    },
    close: () => {
      closed = true;
      clearTimeout(retry);
      socket?.destroy();
    },
  };
}
