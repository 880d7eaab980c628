import { ERRNO, MSG } from "./constants.js";
import { libc } from "./libc.js";

/** Frames per call of the kernel. */
const SEND_BATCH = 32;
const MMSGHDR = 64;
const MMSGHDR_IOV = 16;
const MMSGHDR_IOV_COUNT = 24;
const IOVEC = 16;
const IOVEC_LENGTH = 8;
/** How soon sending is tried again when the kernel has no room. */
const RETRY_MS = 1;
const ETHERNET_HEADER = 14;

/** What has become of the frames handed over. */
export interface SendCounters {
  sent: number;
  /** Taken into the queue because the kernel had no room. */
  queued: number;
  /** Times the kernel had no room (EAGAIN, ENOBUFS). */
  noRoom: number;
  droppedQueueFull: number;
  /** The interface was down or gone. */
  droppedDown: number;
  /** Longer than the interface takes, or shorter than an Ethernet header. */
  droppedSize: number;
  /** Refused by the kernel for any other reason. */
  droppedError: number;
}

/** Frames on their way out: collected into batches, kept in bounded number while the kernel has no room. */
export interface SendQueue {
  /** Copies the frame. It leaves at once, or, between `hold` and `release`, together with others. */
  push(frame: Uint8Array): void;
  hold(): void;
  release(): void;
  /** The socket is about to go: what still waits is dropped, and counted. */
  close(): void;
}

interface Batch {
  /** Frames in it. */
  count: number;
  readonly room: number;
  put(frame: Uint8Array): void;
  /** Sends from the `from`th on: the number taken, or minus the errno. */
  send(fd: number, from: number): number;
  copyOf(index: number): Uint8Array;
}

function createBatch(frameBytes: number): Batch {
  const c = libc();
  const slot = (frameBytes + 63) & ~63;
  const frames = new Uint8Array(slot * SEND_BATCH);
  const vectors = new DataView(new ArrayBuffer(IOVEC * SEND_BATCH));
  const headers = new DataView(new ArrayBuffer(MMSGHDR * SEND_BATCH));
  const framesAt = c.addressOf(frames);
  const vectorsAt = c.addressOf(new Uint8Array(vectors.buffer));
  const headersAt = c.addressOf(new Uint8Array(headers.buffer));
  const addresses: bigint[] = [];
  for (let i = 0; i < SEND_BATCH; i += 1) {
    vectors.setBigUint64(i * IOVEC, framesAt + BigInt(i * slot), true);
    headers.setBigUint64(i * MMSGHDR + MMSGHDR_IOV, vectorsAt + BigInt(i * IOVEC), true);
    headers.setBigUint64(i * MMSGHDR + MMSGHDR_IOV_COUNT, 1n, true);
    addresses.push(headersAt + BigInt(i * MMSGHDR));
  }
  const lengthOf = (i: number): number => vectors.getUint32(i * IOVEC + IOVEC_LENGTH, true);
  return {
    count: 0,
    room: SEND_BATCH,
    put(frame) {
      frames.set(frame, this.count * slot);
      vectors.setUint32(this.count * IOVEC + IOVEC_LENGTH, frame.length, true);
      this.count += 1;
    },
    send(fd, from) {
      const taken = c.sendmmsg(fd, addresses[from]!, this.count - from, MSG.dontWait | MSG.noSignal);
      // `headers` is named so that its memory lives as long as this function.
      return taken < 0 || headers.byteLength === 0 ? -c.errno() : taken;
    },
    copyOf: (index) => frames.slice(index * slot, index * slot + lengthOf(index)),
  };
}

class Queue implements SendQueue {
  readonly #counters: SendCounters;
  readonly #batch: Batch;
  readonly #longest: number;
  readonly #most: number;
  readonly #waiting: Uint8Array[] = [];
  #fd: number;
  #held = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(fd: number, longest: number, most: number, counters: SendCounters) {
    this.#fd = fd;
    this.#counters = counters;
    this.#batch = createBatch(longest);
    this.#longest = longest;
    this.#most = most;
  }

  push(frame: Uint8Array): void {
    if (frame.length < ETHERNET_HEADER || frame.length > this.#longest) this.#counters.droppedSize += 1;
    else if (this.#fd < 0) this.#counters.droppedDown += 1;
    else if (this.#waiting.length > 0) this.#wait(frame.slice());
    else {
      this.#batch.put(frame);
      if (!this.#held || this.#batch.count === this.#batch.room) this.#sendNow();
    }
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    if (this.#batch.count > 0) this.#sendNow();
  }

  close(): void {
    this.#counters.droppedDown += this.#waiting.length + this.#batch.count;
    this.#waiting.length = 0;
    this.#batch.count = 0;
    clearTimeout(this.#retry);
    this.#fd = -1;
  }

  #sendNow(): void {
    for (const frame of this.#flush()) this.#wait(frame);
  }

  #wait(frame: Uint8Array): void {
    if (this.#waiting.length >= this.#most) {
      this.#counters.droppedQueueFull += 1;
      return;
    }
    this.#counters.queued += 1;
    this.#waiting.push(frame);
    this.#arm();
  }

  #arm(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#resume();
    }, RETRY_MS);
  }

  /** Sends what has waited, oldest first, as long as there is room. */
  #resume(): void {
    while (this.#waiting.length > 0) {
      for (const frame of this.#waiting.splice(0, this.#batch.room)) this.#batch.put(frame);
      const rest = this.#flush();
      if (rest.length > 0) {
        this.#waiting.unshift(...rest);
        this.#arm();
        return;
      }
    }
  }

  /** Sends the batch and empties it; returns copies of the frames that found no room. */
  #flush(): Uint8Array[] {
    const batch = this.#batch;
    let from = 0;
    while (from < batch.count && this.#fd >= 0) {
      const taken = batch.send(this.#fd, from);
      if (taken > 0) {
        this.#counters.sent += taken;
        from += taken;
      } else if (taken === -ERRNO.again || taken === -ERRNO.noBuffers) {
        this.#counters.noRoom += 1;
        break;
      } else from += this.#refused(-taken, batch.count - from);
    }
    const rest = Array.from({ length: batch.count - from }, (_, i) => batch.copyOf(from + i));
    batch.count = 0;
    return rest;
  }

  /** Counts what cannot be sent, now or later: how many of the `left` frames that goes for. */
  #refused(errno: number, left: number): number {
    const counters = this.#counters;
    if (errno === ERRNO.netDown || errno === ERRNO.nxio || errno === ERRNO.noDevice) {
      counters.droppedDown += left;
      return left;
    }
    if (errno === ERRNO.messageSize) counters.droppedSize += 1;
    else counters.droppedError += 1;
    return 1;
  }
}

export function noSends(): SendCounters {
  return { sent: 0, queued: 0, noRoom: 0, droppedQueueFull: 0, droppedDown: 0, droppedSize: 0, droppedError: 0 };
}

/**
 * @param fd the packet socket to send on
 * @param longest the longest frame the interface takes, in bytes
 * @param most how many frames may wait
 */
export function createSendQueue(fd: number, longest: number, most: number, counters: SendCounters): SendQueue {
  return new Queue(fd, longest, most, counters);
}
