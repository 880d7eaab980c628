import { VipkitError, type ByteStream, type Endpoint, type Millis } from "@vipkit/net";
import type { Schedule } from "./schedule.js";

/** The way between the two ends of a virtual connection, as seen from one of them. */
export interface Path {
  /** Milliseconds to the other end now, or undefined while nothing gets through. */
  delay(): Millis | undefined;
  /** False once the host at this end has lost its power: nothing leaves any more and nobody is told. */
  isPowered(): boolean;
}

/** TCP's first retransmission timeout on a quick network (RFC 6298 with Linux' minimum). */
const RETRANSMIT_MS = 200;
/** How long Linux tries by default before it gives a connection up: about 15 minutes. */
const GIVE_UP_MS = 924_600;

interface End {
  readonly stream: ByteStream;
  accept(bytes: Uint8Array): void;
  close(error?: Error): void;
}

interface EndOptions {
  readonly schedule: Schedule;
  readonly path: Path;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly giveUpMs: number;
  readonly peer: () => End;
}

/** Calls the handler with what came before it was set, then with everything that comes. */
function latch<T>(): { emit: (value: T) => void; listen: (handler: (value: T) => void) => void } {
  const kept: T[] = [];
  let handler: ((value: T) => void) | undefined;
  return {
    emit: (value) => {
      if (handler === undefined) kept.push(value);
      else handler(value);
    },
    listen: (wanted) => {
      handler = wanted;
      for (const value of kept.splice(0)) wanted(value);
    },
  };
}

function createEnd({ schedule, path, local, remote, giveUpMs, peer }: EndOptions): End {
  const bytesLatch = latch<Uint8Array>();
  const closeLatch = latch<Error | undefined>();
  const queue: ({ readonly bytes: Uint8Array } | { readonly bytes: undefined; readonly error?: Error })[] = [];
  let drained: () => void = () => undefined;
  let backlog = 0;
  let closed = false;
  let ending = false;
  let sending = false;
  let stuckSince: Millis | undefined;

  const shut = (error?: Error): void => {
    if (closed) return;
    closed = true;
    closeLatch.emit(error);
  };
  const close = (error?: Error): void => {
    queue.length = 0;
    shut(error);
  };
  const deliver = (): void => {
    sending = false;
    const next = queue.shift();
    if (next === undefined) return;
    if (next.bytes === undefined) {
      peer().close(next.error);
      shut();
      return;
    }
    peer().accept(next.bytes);
    backlog -= next.bytes.length;
    if (backlog === 0) drained();
    pump();
  };
  const pump = (): void => {
    if (sending || queue.length === 0 || !path.isPowered()) return;
    const delay = path.delay();
    sending = true;
    if (delay !== undefined) {
      stuckSince = undefined;
      schedule.at(schedule.now + delay, deliver);
      return;
    }
    stuckSince ??= schedule.now;
    if (schedule.now - stuckSince >= giveUpMs) {
      close(new VipkitError("ETIMEDOUT", "the other end does not acknowledge"));
      return;
    }
    schedule.at(schedule.now + RETRANSMIT_MS, () => {
      sending = false;
      pump();
    });
  };
  /** Queues the end of the stream behind what is still to be sent. */
  const finish = (error?: Error): void => {
    if (ending || closed) return;
    ending = true;
    queue.push(error === undefined ? { bytes: undefined } : { bytes: undefined, error });
    pump();
  };

  const stream: ByteStream = {
    local,
    remote,
    get backlog() {
      return backlog;
    },
    write: (bytes) => {
      if (closed || ending || bytes.length === 0) return;
      queue.push({ bytes: bytes.slice() });
      backlog += bytes.length;
      pump();
    },
    onBytes: bytesLatch.listen,
    onClose: (handler) => closeLatch.listen(handler),
    onDrain: (handler) => {
      drained = handler;
    },
    end: () => finish(),
    destroy: () => {
      queue.length = 0;
      backlog = 0;
      finish(new VipkitError("ECONNRESET", "the other end has reset the connection"));
      schedule.at(schedule.now, () => shut());
    },
  };
  return {
    stream,
    close,
    accept: (bytes) => {
      if (!closed && path.isPowered()) bytesLatch.emit(bytes);
    },
  };
}

/** Two connected ends. */
export function createStreamPair(
  schedule: Schedule,
  dialler: { readonly path: Path; readonly local: Endpoint; readonly giveUpMs?: number | undefined },
  listener: { readonly path: Path; readonly local: Endpoint },
): readonly [ByteStream, ByteStream] {
  const near: End = createEnd({
    schedule,
    path: dialler.path,
    local: dialler.local,
    remote: listener.local,
    giveUpMs: dialler.giveUpMs ?? GIVE_UP_MS,
    peer: () => far,
  });
  const far: End = createEnd({
    schedule,
    path: listener.path,
    local: listener.local,
    remote: dialler.local,
    giveUpMs: GIVE_UP_MS,
    peer: () => near,
  });
  return [near.stream, far.stream];
}
