import { isGroupMac, readMac, type Mac, type Millis } from "@vipkit/net";
import type { Schedule } from "./schedule.js";

/** Behaviour of a virtual Ethernet segment. */
export interface SegmentOptions {
  /** One-way delay. Default 0.1. */
  readonly latencyMs?: number;
  /** Up to this much is added at random. Default 0. */
  readonly jitterMs?: number;
  /** Share of frames and datagrams that are lost, 0 to 1. Default 0. */
  readonly loss?: number;
}

/** A frame as a tap sees it. */
export interface TappedFrame {
  readonly at: Millis;
  readonly from: string;
  readonly bytes: Uint8Array;
}

/** Where a host is plugged in. */
export interface Port {
  readonly host: string;
  readonly isUp: () => boolean;
  readonly receive: (frame: Uint8Array) => void;
}

/** A switch and its cables: learns addresses, floods what it does not know, delays, loses, and can be cut in two. */
export interface Segment {
  plug(port: Port): () => void;
  transmit(from: Port, frame: Uint8Array): void;
  /** Milliseconds that a packet from one host to another takes now, or undefined when it does not arrive. */
  delay(fromHost: string, toHost: string): Millis | undefined;
  /** True while no partition lies between the two. */
  connects(fromHost: string, toHost: string): boolean;
  /** Only hosts of the same group hear each other from now on; a host in no group hears nobody. */
  partition(groups: readonly (readonly string[])[]): void;
  heal(): void;
  setLoss(loss: number): void;
  /** Sees every frame when it is sent, delivered or not. Returns a function that ends it. */
  tap(see: (frame: TappedFrame) => void): () => void;
}

export function createSegment(schedule: Schedule, random: () => number, options: SegmentOptions = {}): Segment {
  const { latencyMs = 0.1, jitterMs = 0 } = options;
  let loss = options.loss ?? 0;
  const ports = new Set<Port>();
  const taps = new Set<(frame: TappedFrame) => void>();
  const learned = new Map<Mac, Port>();
  let groupOf: ReadonlyMap<string, number> | undefined;

  const connects = (from: string, to: string): boolean => {
    if (groupOf === undefined || from === to) return true;
    const group = groupOf.get(from);
    return group !== undefined && group === groupOf.get(to);
  };
  const delay = (from: string, to: string): Millis | undefined => {
    if (!connects(from, to) || (loss > 0 && random() < loss)) return undefined;
    return latencyMs + (jitterMs > 0 ? jitterMs * random() : 0);
  };
  const receivers = (from: Port, destination: Mac): readonly Port[] => {
    const known = isGroupMac(destination) ? undefined : learned.get(destination);
    if (known !== undefined && ports.has(known)) return known === from ? [] : [known];
    return [...ports].filter((port) => port !== from);
  };

  return {
    connects,
    delay,
    plug: (port) => {
      ports.add(port);
      return () => ports.delete(port);
    },
    transmit: (from, frame) => {
      if (frame.length < 14 || !from.isUp()) return;
      const bytes = frame.slice();
      for (const see of taps) see({ at: schedule.now, from: from.host, bytes });
      learned.set(readMac(bytes, 6), from);
      for (const to of receivers(from, readMac(bytes, 0))) {
        const after = delay(from.host, to.host);
        if (after === undefined) continue;
        schedule.at(schedule.now + after, () => {
          if (to.isUp()) to.receive(bytes);
        });
      }
    },
    partition: (groups) => {
      groupOf = new Map(groups.flatMap((hosts, group) => hosts.map((host) => [host, group] as const)));
    },
    heal: () => {
      groupOf = undefined;
    },
    setLoss: (share) => {
      loss = share;
    },
    tap: (see) => {
      taps.add(see);
      return () => taps.delete(see);
    },
  };
}
