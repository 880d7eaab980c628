import type { Millis } from "./machine.js";

/** Things with a time, earliest first; those of the same time in the order in which they came. */
export interface DueQueue<T> {
  readonly size: number;
  /** When the first one is due; Infinity when there is none. */
  readonly due: Millis;
  /** The first one, left in. */
  readonly first: T | undefined;
  push(due: Millis, value: T): void;
  /** Takes the first one out. */
  pop(): T | undefined;
  /** Throws away what does not pass. */
  keep(wanted: (value: T, due: Millis) => boolean): void;
}

interface Waiting<T> {
  readonly due: Millis;
  readonly turn: number;
  readonly value: T;
}

function isBefore<T>(a: Waiting<T>, b: Waiting<T>): boolean {
  return a.due < b.due || (a.due === b.due && a.turn < b.turn);
}

function siftUp<T>(heap: Waiting<T>[], at: number): void {
  const moving = heap[at]!;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(moving, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = moving;
}

function siftDown<T>(heap: Waiting<T>[], at: number): void {
  const moving = heap[at]!;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, moving)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = moving;
}

/** A binary heap: pushing and popping cost the logarithm of the size. */
export function createDueQueue<T>(): DueQueue<T> {
  let heap: Waiting<T>[] = [];
  let turn = 0;
  return {
    get size() {
      return heap.length;
    },
    get due() {
      return heap[0]?.due ?? Infinity;
    },
    get first() {
      return heap[0]?.value;
    },
    push: (due, value) => {
      turn += 1;
      heap.push({ due, turn, value });
      siftUp(heap, heap.length - 1);
    },
    pop: () => {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (first !== last) {
        heap[0] = last;
        siftDown(heap, 0);
      }
      return first.value;
    },
    keep: (wanted) => {
      heap = heap.filter(({ value, due }) => wanted(value, due));
      // A sorted array is a heap.
      heap.sort((a, b) => a.due - b.due || a.turn - b.turn);
    },
  };
}
