import { closeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import type { FilterProgram } from "../wire/filter-program.js";
import { REJECT_ALL } from "../wire/filter-program.js";
import { ERRNO } from "./constants.js";
import { watchBell } from "./doorbell.js";
import { libc, type ReadinessWatch } from "./libc.js";
import { inNamespace } from "./namespace.js";
import { attachFilter, kernelDrops, openPacketSocket } from "./packet-socket.js";
import { createReceiveRing, RECEIVE_BATCH } from "./receive-ring.js";
import { createSendQueue, type SendCounters } from "./send-queue.js";
import { wake } from "./wake.js";

/** How many batches are read before the event loop gets its turn. */
const BATCHES_PER_WAKE = 8;
/** Room for the rings of a bell: the kernel makes it the least there is. */
const BELL_BUFFER_BYTES = 1;
/** Ethernet header and two tags. */
const HEADER_BYTES = 22;

/** What a link has seen, counted across all sockets it has had. */
export interface ReceiveCounters {
  received: number;
  receivedTruncated: number;
  receivedDropped: number;
  wakeUps: number;
}

export interface AttachmentOptions {
  readonly namespace: string | undefined;
  readonly index: number;
  readonly mtu: number;
  readonly receiveBufferBytes: number | undefined;
  readonly promiscuous: boolean;
  readonly allMulticast: boolean;
  readonly sendQueueFrames: number;
  readonly counters: ReceiveCounters & SendCounters;
  /** Gets every frame that comes in. */
  readonly deliver: (frame: Uint8Array) => void;
}

/** The socket of an interface that is there. */
export interface Attachment {
  readonly fd: number;
  readonly index: number;
  readonly mtu: number;
  send(frame: Uint8Array): void;
  /** False when the program is too large for the kernel's option memory. */
  setFilter(program: FilterProgram): boolean;
  /** Adds what the kernel has dropped to the counters. */
  collectDrops(): void;
  close(): void;
}

function watchMain(fd: number, woken: () => void): ReadinessWatch {
  const watching = libc().onReadable(fd, (failed) => {
    wake(woken);
    if (failed) setImmediate(() => watching.restart());
  });
  return watching;
}

/**
 * Opens a packet socket on an interface, deaf until `setFilter`, and reads it from the event loop.
 * @throws VipkitError `ERR_LINK_PERMISSION`, `ERR_LINK_NAMESPACE`, `ERR_LINK_SYSCALL`
 */
export function attach(options: AttachmentOptions): Attachment {
  const { counters, mtu, index } = options;
  const ring = createReceiveRing(mtu + HEADER_BYTES);
  let filter: FilterProgram = REJECT_ALL;
  const open = (receiveBufferBytes: number | undefined): number =>
    inNamespace(options.namespace, () => openPacketSocket({ ...options, receiveBufferBytes, filter }));
  // The kernel serves the socket first that was bound last: the bell must not ring before there is something to read.
  const openBell = (): number => open(BELL_BUFFER_BYTES);
  const bell = isMainThread
    ? undefined
    : watchBell(
        openBell,
        () => woken(),
        () => read(),
      );
  const fd = open(options.receiveBufferBytes);
  const sends = createSendQueue(fd, mtu + HEADER_BYTES, options.sendQueueFrames, counters);
  const state = { closed: false };

  const take = (frame: Uint8Array | undefined): void => {
    if (state.closed) return;
    if (frame === undefined) counters.receivedTruncated += 1;
    else {
      counters.received += 1;
      options.deliver(frame);
    }
  };
  // Answers to several frames leave together; a single one is not kept waiting for what its handler does afterwards.
  const begin = (count: number): void => {
    if (count > 1) sends.hold();
  };
  const read = (): void => {
    for (let i = 0; i < BATCHES_PER_WAKE && !state.closed; i += 1) {
      try {
        const count = ring.fetch(fd, begin, take);
        // Fewer than fit: that was all. An error (the interface has gone down) is cleared by having been read.
        if (count < RECEIVE_BATCH && count !== -ERRNO.netDown) return;
      } finally {
        sends.release();
      }
    }
  };
  const woken = (): void => {
    counters.wakeUps += 1;
    read();
  };
  const watching = bell ?? watchMain(fd, woken);
  return {
    fd,
    index,
    mtu,
    send: (frame) => sends.push(frame),
    setFilter: (program) => {
      filter = program;
      return (bell === undefined || attachFilter(bell.fd, program)) && attachFilter(fd, program);
    },
    collectDrops: () => {
      counters.receivedDropped += kernelDrops(fd);
    },
    close: () => {
      if (state.closed) return;
      state.closed = true;
      watching.close();
      sends.close();
      closeSync(fd);
    },
  };
}
