import { MessageChannel, receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { Millis } from "@vipkit/net";
import type { DrivenPeerSnapshot } from "../peer.js";
import { Tally, TALLY_OCTETS, type ThreadAnswer } from "./messages.js";

/** Questions that are answered while the caller waits. */
export interface Questions {
  /** Goes to the thread. */
  readonly answers: MessagePort;
  readonly tally: SharedArrayBuffer;
  /** Says how many octets of what the thread has handed over were dealt with. */
  handled(octets: number): void;
  /** Sends a question and waits for its answer. @returns undefined when none came in time, or nobody knows the peer */
  ask(send: (question: number) => void): DrivenPeerSnapshot | undefined;
  close(): void;
}

/** A thread that is asked while it is busy with many routes may take this long; who asks then gets the former answer. */
const PATIENCE_MS: Millis = 250;

export function createQuestions(now: () => Millis): Questions {
  const { port1, port2 } = new MessageChannel();
  const tally = new SharedArrayBuffer(TALLY_OCTETS);
  const numbers = new Int32Array(tally);
  let last = 0;
  const received = (question: number): ThreadAnswer | undefined => {
    // Answers that came too late for earlier questions are in front.
    for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1)) {
      const answer = next.message as ThreadAnswer;
      if (answer.question === question) return answer;
    }
    return undefined;
  };
  return {
    answers: port2,
    tally,
    handled: (octets) => void Atomics.add(numbers, Tally.handled, octets),
    ask: (send) => {
      last += 1;
      const until = now() + PATIENCE_MS;
      send(last);
      for (;;) {
        const seen = Atomics.load(numbers, Tally.answered);
        const answer = received(last);
        if (answer !== undefined) return answer.snapshot;
        const left = until - now();
        if (left <= 0) return undefined;
        Atomics.wait(numbers, Tally.answered, seen, left);
      }
    },
    close: () => port1.close(),
  };
}
