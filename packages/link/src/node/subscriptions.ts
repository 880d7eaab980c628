import type { FrameInterest } from "@vipkit/net";
import { ACCEPT_ALL, DEFAULT_RANGES, frameFilter } from "../wire/frame-filter.js";
import type { FilterProgram } from "../wire/filter-program.js";

interface Subscription {
  readonly handler: (frame: Uint8Array) => void;
  readonly interest: FrameInterest | undefined;
}

/** Who wants which frames. */
export interface Subscriptions {
  add(handler: (frame: Uint8Array) => void, interest: FrameInterest | undefined): () => void;
  deliver(frame: Uint8Array): void;
  clear(): void;
  /** The filter that all of them together need; coarser ones follow, should the kernel find it too large. */
  filters(): Iterable<FilterProgram>;
}

/** @param changed called when another filter is needed, perhaps several times in a turn */
export function createSubscriptions(changed: () => void): Subscriptions {
  const all = new Set<Subscription>();
  return {
    add: (handler, interest) => {
      const subscription: Subscription = { handler, interest };
      all.add(subscription);
      changed();
      return () => {
        if (all.delete(subscription)) changed();
      };
    },
    deliver: (frame) => {
      for (const { handler } of all) handler(frame);
    },
    clear: () => {
      all.clear();
    },
    *filters() {
      const interests = [...all].map(({ interest }) => interest);
      if (interests.includes(undefined)) yield ACCEPT_ALL;
      else {
        const known = interests as FrameInterest[];
        for (let ranges = DEFAULT_RANGES; ranges >= 1; ranges = Math.floor(ranges / 2))
          yield frameFilter(known, ranges);
      }
    },
  };
}
