import type { Millis } from "@vipkit/net";

interface Entry {
  readonly at: Millis;
  readonly order: number;
  run: (() => void) | undefined;
}

/** What is to happen in virtual time: earliest first, and in the order of asking where times are equal. */
export interface Schedule {
  /** The time of the last thing that happened. */
  readonly now: Millis;
  /** When the next thing is due; Infinity when nothing is. */
  readonly next: Millis;
  /** Asks for `run` at that time, or now if that has passed. Returns a function that cancels. */
  at(time: Millis, run: () => void): () => void;
  /** Moves to the next thing and runs it. Does nothing when nothing is due. */
  step(): void;
  /** Moves the time forward without running anything. */
  moveTo(time: Millis): void;
}

/** A binary heap by time and order of asking. */
export function createSchedule(): Schedule {
  const heap: Entry[] = [];
  let now: Millis = 0;
  let asked = 0;

  const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  const siftUp = (entry: Entry): void => {
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  };
  const takeFirst = (): Entry | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  };
  const dropCancelled = (): void => {
    while (heap.length > 0 && heap[0]!.run === undefined) takeFirst();
  };

  return {
    get now() {
      return now;
    },
    get next() {
      dropCancelled();
      return heap[0]?.at ?? Infinity;
    },
    at: (time, run) => {
      const entry: Entry = { at: Math.max(time, now), order: asked++, run };
      siftUp(entry);
      return () => {
        entry.run = undefined;
      };
    },
    step: () => {
      dropCancelled();
      const entry = takeFirst();
      if (entry === undefined) return;
      now = entry.at;
      entry.run?.();
    },
    moveTo: (time) => {
      now = Math.max(now, time);
    },
  };
}
