import type { Socket } from "node:net";
import type { ByteStream, Endpoint } from "../machine/ports.js";
import { endpointOf } from "./endpoint.js";

/** How long an ended stream waits for the other side to end as well: closing at once would cost it our last bytes. */
const LINGER_MS = 2000;

interface StreamState {
  deliver: ((bytes: Uint8Array) => void) | undefined;
  drained: () => void;
  /** Handed over once; kept until somebody asks for it. */
  closed: { readonly error: Error | undefined } | undefined;
  tellClosed: ((error?: Error) => void) | undefined;
  failure: Error | undefined;
}

function close(state: StreamState): void {
  if (state.closed !== undefined) return;
  state.closed = { error: state.failure };
  state.tellClosed?.(state.failure);
  state.deliver = undefined;
}

/** Drops what arrives, and closes when the other side has ended or has had its time. */
function linger(socket: Socket, state: StreamState): void {
  state.deliver = undefined;
  socket.on("data", () => undefined);
  socket.setTimeout(LINGER_MS, () => socket.destroy());
}

function watch(socket: Socket, state: StreamState): void {
  socket.on("error", (error) => {
    state.failure ??= error;
  });
  socket.on("end", () => {
    // The other side has closed in order. What is still unsent goes out while it takes it.
    socket.setTimeout(LINGER_MS, () => socket.destroy());
    socket.end();
    close(state);
  });
  socket.on("close", () => {
    close(state);
  });
}

function endpoints(socket: Socket): { local: Endpoint; remote: Endpoint } {
  const unknown: Endpoint = { ip: 0, port: 0 };
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  return {
    local: localAddress === undefined ? unknown : endpointOf(localAddress, localPort ?? 0),
    remote: remoteAddress === undefined ? unknown : endpointOf(remoteAddress, remotePort ?? 0),
  };
}

/**
 * A connected socket as a `ByteStream`. The socket must be paused and must not have been read from: nothing is read before
 * somebody listens, so a stream without a reader holds no memory but the kernel's.
 */
export function byteStream(socket: Socket): ByteStream {
  const state: StreamState = {
    deliver: undefined,
    drained: () => undefined,
    closed: undefined,
    tellClosed: undefined,
    failure: undefined,
  };
  socket.setNoDelay(true);
  watch(socket, state);
  let reading = false;
  let waiting = false;
  const taken = (): void => {
    if (!waiting || socket.writableLength > 0 || socket.destroyed) return;
    waiting = false;
    state.drained();
  };
  return {
    ...endpoints(socket),
    get backlog() {
      return socket.writableLength;
    },
    write: (bytes) => {
      if (!socket.writable) return;
      socket.write(bytes, taken);
      waiting ||= socket.writableLength > 0;
    },
    onBytes: (handler) => {
      if (socket.writableEnded) return;
      state.deliver = handler;
      if (reading) return;
      reading = true;
      socket.on("data", (chunk: Uint8Array) => {
        state.deliver?.(new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength));
      });
      socket.resume();
    },
    onClose: (handler) => {
      state.tellClosed = handler;
      const { closed } = state;
      if (closed !== undefined) queueMicrotask(() => handler(closed.error));
    },
    onDrain: (handler) => {
      state.drained = handler;
    },
    end: () => {
      if (socket.writableEnded || socket.destroyed) return;
      socket.end();
      linger(socket, state);
    },
    destroy: () => {
      state.deliver = undefined;
      socket.destroy();
    },
  };
}
