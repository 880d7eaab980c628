import type { ByteStream, DatagramSocket, Endpoint, Host, StreamListener } from "@vipkit/net";
import type { StreamId, SwimEffect, SwimInput } from "../machine/swim-types.js";

type SocketEffect = Extract<SwimEffect, { readonly type: "send" | "dial" | "write" | "end" | "destroy" }>;

/** The sockets of one member, turned into inputs and moved by effects. */
export interface Sockets {
  /** The port in use, the same for UDP and TCP. */
  readonly port: number;
  perform(effect: SocketEffect): void;
  close(): void;
}

/** How often a free port for UDP may turn out to be taken for TCP. */
const PORT_ATTEMPTS = 16;

/** @param input hears what comes in, from now until `close` */
export async function openSockets(host: Host, bind: Endpoint, input: (input: SwimInput) => void): Promise<Sockets> {
  const streams = new Map<StreamId, ByteStream>();
  let accepted = 0;
  let closed = false;

  const adopt = (id: StreamId, stream: ByteStream): void => {
    streams.set(id, stream);
    stream.onBytes((bytes) => input({ type: "bytes", stream: id, bytes }));
    stream.onClose(() => {
      if (streams.delete(id)) input({ type: "closed", stream: id });
    });
  };
  const onStream = (stream: ByteStream): void => {
    if (closed) return stream.destroy();
    const id = `in:${(accepted += 1)}`;
    // First the machine hears of it, then of its bytes.
    streams.set(id, stream);
    input({ type: "accepted", stream: id, remote: stream.remote });
    if (streams.has(id)) adopt(id, stream);
  };
  const { socket, listener } = await bindBoth(host, bind, onStream);
  socket.onDatagram((bytes, from) => input({ type: "packet", bytes, from }));
  socket.onError((_error, to) => {
    if (to !== undefined) input({ type: "sendFailed", to });
  });

  // A dial that the machine has given up is closed as soon as it succeeds.
  const dialling = new Set<StreamId>();
  const dial = async (id: StreamId, to: Endpoint, timeoutMs: number): Promise<void> => {
    dialling.add(id);
    try {
      const stream = await host.dial({ remote: to, timeoutMs });
      if (!dialling.delete(id) || closed) {
        stream.destroy();
        return;
      }
      adopt(id, stream);
      input({ type: "connected", stream: id });
    } catch {
      if (dialling.delete(id)) input({ type: "closed", stream: id });
    }
  };

  const finish = (id: StreamId, act: (stream: ByteStream) => void): void => {
    dialling.delete(id);
    const stream = streams.get(id);
    streams.delete(id);
    if (stream !== undefined) act(stream);
  };
  const perform = (effect: SocketEffect): void => {
    if (effect.type === "send") socket.send(effect.bytes, effect.to);
    else if (effect.type === "dial") void dial(effect.stream, effect.to, effect.timeoutMs);
    else if (effect.type === "write") streams.get(effect.stream)?.write(effect.bytes);
    else if (effect.type === "end") finish(effect.stream, (stream) => stream.end());
    else finish(effect.stream, (stream) => stream.destroy());
  };
  const close = (): void => {
    closed = true;
    socket.close();
    listener.close();
    dialling.clear();
    for (const stream of streams.values()) stream.destroy();
    streams.clear();
  };
  return { port: socket.local.port, perform, close };
}

async function bindBoth(
  host: Host,
  bind: Endpoint,
  onStream: (stream: ByteStream) => void,
): Promise<{ readonly socket: DatagramSocket; readonly listener: StreamListener }> {
  for (let attempt = 1; ; attempt += 1) {
    const socket = await host.bind(bind);
    try {
      const listener = await host.listen({ local: { ...bind, port: socket.local.port } }, onStream);
      return { socket, listener };
    } catch (error) {
      socket.close();
      // A port that was asked for by number is not exchanged for another one.
      if (bind.port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}
