import { Worker } from "node:worker_threads";
import { VipkitError } from "@vipkit/net";
import { systemClock } from "@vipkit/net/node";
import type { Peer } from "./peer.js";
import type { ThreadHost, ThreadOrder, ThreadReport, ThreadWork } from "./thread/messages.js";
import { createQuestions, type Questions } from "./thread/question.js";
import { createThreadPeer, type ThreadPeer, type ThreadPeerOptions } from "./thread/thread-peer.js";
import { workerFile } from "./thread/worker-file.js";

export interface PeerThreadOptions {
  /** What the thread makes its host of. Default: `nodeHost()`. */
  readonly host?: ThreadHost | undefined;
  /** Octets of received UPDATEs that wait for `onUpdate`, all peers together, before a peer that sends more is cut off. Default 64 MB. */
  readonly maxWaitingOctets?: number | undefined;
  /** The thread has ended by itself, and all its peers with it: each of them says so as well. */
  readonly onCrash?: ((reason: string) => void) | undefined;
  /** Where `@vipkit/bgp/node/worker` is, for programs whose bundler has moved it. */
  readonly workerUrl?: string | URL | undefined;
}

/**
 * A thread that runs sessions: KEEPALIVEs leave and hold times are kept while the program's own event loop is blocked.
 * It keeps the program alive as long as it has peers.
 */
export interface PeerThread {
  /**
   * Like `startPeer` of the package, in the thread.
   * @throws VipkitError `ERR_BGP_CONFIG`; `ERR_BGP_THREAD` when the thread is closed or has crashed
   */
  startPeer(options: ThreadPeerOptions): Peer;
  /** Closes all sessions with Cease and the text, and ends the thread, in less than a second. Never rejects. */
  close(text?: string): Promise<void>;
}

/** A thread that has said goodbye to all peers, or cannot, is ended after this long. */
const PATIENCE_MS = 700;
const MAX_WAITING_OCTETS = 64 * 1024 * 1024;

interface Running {
  readonly worker: Worker;
  readonly questions: Questions;
  readonly peers: Map<number, ThreadPeer>;
  readonly options: PeerThreadOptions;
  readonly exited: Promise<void>;
  nextPeer: number;
  ready: boolean;
  /** Why no peer can be started any more. */
  over: string | undefined;
}

/** A thread without peers keeps nobody waiting, as there is no socket either. */
function hold({ worker, peers }: Running): void {
  if (peers.size > 0) worker.ref();
  else worker.unref();
}

function hear(running: Running, report: ThreadReport): void {
  if (report.type === "ready") {
    running.ready = true;
    return;
  }
  try {
    running.peers.get(report.peer)?.hear(report);
  } finally {
    if ("weight" in report) running.questions.handled(report.weight);
  }
  if (report.type !== "stopped") return;
  running.peers.delete(report.peer);
  hold(running);
}

function crash(running: Running, reason: string): void {
  if (running.over !== undefined) return;
  running.over = reason;
  const peers = [...running.peers.values()];
  running.peers.clear();
  for (const peer of peers) peer.lose(reason);
  running.options.onCrash?.(reason);
}

async function close(running: Running, text: string | undefined): Promise<void> {
  const { worker, questions, exited } = running;
  running.over ??= "the thread is closed";
  worker.ref();
  worker.postMessage({ type: "close", text } satisfies ThreadOrder);
  const cancel = systemClock.after(PATIENCE_MS, () => void worker.terminate());
  await exited;
  cancel();
  questions.close();
  for (const peer of running.peers.values()) peer.lose("the thread was closed");
  running.peers.clear();
}

function startPeer(running: Running, options: ThreadPeerOptions): Peer {
  const { worker, questions, peers } = running;
  if (running.over !== undefined) {
    throw new VipkitError("ERR_BGP_THREAD", `no peer can be started: ${running.over}`, { found: running.over });
  }
  const number = running.nextPeer;
  running.nextPeer += 1;
  const send = (order: ThreadOrder): void => worker.postMessage(order);
  const ask: Parameters<typeof createThreadPeer>[2]["ask"] = (peer) =>
    running.ready ? questions.ask((question) => send({ type: "ask", peer, question })) : undefined;
  const made = createThreadPeer(number, options, { send, ask, now: () => systemClock.now() });
  peers.set(number, made);
  hold(running);
  return made.peer;
}

/**
 * Starts a thread that runs BGP sessions on an event loop of its own.
 *
 * `snapshot()` of its peers asks the thread and waits for the answer, for 250 ms at most; then it gives what it was told last.
 */
export function startPeerThread(options: PeerThreadOptions = {}): PeerThread {
  const questions = createQuestions(() => systemClock.now());
  const { answers, tally } = questions;
  const { host = { type: "node" }, maxWaitingOctets = MAX_WAITING_OCTETS } = options;
  const work: ThreadWork = { vipkit: "bgp", host, maxWaitingOctets, answers, tally };
  const { file, options: how } = workerFile(options.workerUrl);
  const worker = new Worker(file, {
    ...how,
    workerData: work,
    transferList: [answers],
    name: "vipkit-bgp",
    trackUnmanagedFds: false,
  });
  const running: Running = {
    worker,
    questions,
    peers: new Map(),
    options,
    exited: new Promise((resolve) => worker.once("exit", () => resolve())),
    nextPeer: 1,
    ready: false,
    over: undefined,
  };
  worker.on("message", (report: ThreadReport) => hear(running, report));
  worker.on("error", (error: unknown) => crash(running, error instanceof Error ? error.message : String(error)));
  worker.on("exit", (code) => crash(running, `the thread has ended with status ${code}`));
  hold(running);
  let closed: Promise<void> | undefined;
  return {
    startPeer: (wanted) => startPeer(running, wanted),
    close: (text) => (closed ??= close(running, text)),
  };
}
