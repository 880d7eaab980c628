/** A rumour that waits to be spread. */
export interface Broadcast {
  /** Rumours about the same name replace one another; an application message has none. */
  readonly name: string | undefined;
  readonly bytes: Uint8Array;
  transmits: number;
  readonly order: number;
  /** Called once: it was sent as often as it should be, or a newer one has taken its place. */
  readonly done: (() => void) | undefined;
}

/** Rumours in the order in which they should go out: least sent first, then longest, then newest. */
export interface Broadcasts {
  readonly length: number;
  queue(name: string | undefined, bytes: Uint8Array, done?: () => void): void;
  /**
   * Takes as much as fits and counts it as sent once more.
   * @param budget octets for all parts together, `overhead` per part included
   * @param limit a rumour that was sent so often is dropped
   */
  take(budget: number, overhead: number, limit: number): Uint8Array[];
}

/** @param maxUser application messages kept; beyond it the most sent one goes */
export function createBroadcasts(maxUser: number): Broadcasts {
  let waiting: Broadcast[] = [];
  let sorted = true;
  let order = 0;

  const drop = (broadcast: Broadcast): void => {
    waiting = waiting.filter((other) => other !== broadcast);
    broadcast.done?.();
  };
  const sort = (): void => {
    if (!sorted) waiting.sort(byUrgency);
    sorted = true;
  };

  return {
    get length() {
      return waiting.length;
    },
    queue: (name, bytes, done) => {
      const old = name === undefined ? undefined : waiting.find((broadcast) => broadcast.name === name);
      if (old !== undefined) drop(old);
      if (name === undefined && waiting.filter((broadcast) => broadcast.name === undefined).length >= maxUser) {
        sort();
        drop(waiting.findLast((broadcast) => broadcast.name === undefined)!);
      }
      waiting.push({ name, bytes, transmits: 0, order: (order += 1), done });
      sorted = false;
    },
    take: (budget, overhead, limit) => {
      sort();
      const taken: Broadcast[] = [];
      let left = budget;
      for (const broadcast of waiting) {
        const size = overhead + broadcast.bytes.length;
        if (size > left || taken.length === 254) continue;
        left -= size;
        taken.push(broadcast);
      }
      for (const broadcast of taken) {
        broadcast.transmits += 1;
        sorted = false;
        if (broadcast.transmits >= limit) drop(broadcast);
      }
      return taken.map(({ bytes }) => bytes);
    },
  };
}

function byUrgency(a: Broadcast, b: Broadcast): number {
  return a.transmits - b.transmits || b.bytes.length - a.bytes.length || b.order - a.order;
}
