import { TICK, type Endpoint } from "@vipkit/net";
import {
  createPeerMachine,
  type PeerConfig,
  type PeerEffect,
  type PeerInput,
  type PeerMachine,
} from "../../src/index.js";

/** One end of a pair: a machine, and the connections that it knows by numbers of its own. */
interface End {
  readonly name: string;
  readonly machine: PeerMachine;
  readonly at: Endpoint;
  readonly wires: Map<number, Wire>;
  nextAccepted: number;
  /** Events in words, for failures. */
  readonly story: string[];
}

/** A TCP connection between both ends. Each direction keeps its order; what was sent arrives after a delay. */
interface Wire {
  readonly ends: readonly [End, End];
  /** The number of the connection at each end; 0 until it is accepted. */
  readonly numbers: [number, number];
  readonly arrives: [number, number];
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Two of our machines with a network between them, in virtual time. */
export interface TwoEnds {
  readonly ends: readonly [PeerMachine, PeerMachine];
  readonly now: number;
  /** Runs until this time. */
  run(until: number): void;
  /** Both Established, on the two ends of one connection. */
  readonly isUp: boolean;
  /** One of the machines has had two sessions at some time. */
  readonly everTwo: boolean;
  readonly stories: () => string;
}

export interface TwoEndsOptions {
  readonly configs: readonly [Partial<PeerConfig>, Partial<PeerConfig>];
  /** When each end starts. */
  readonly starts: readonly [number, number];
  /** The next delay of something on the network, in milliseconds. */
  readonly delay: () => number;
}

const ADDRESSES = [0xc000_0201, 0xc000_0202] as const;

function createEnd(which: 0 | 1, more: Partial<PeerConfig>): End {
  const config: PeerConfig = {
    name: which === 0 ? "b" : "a",
    localAsn: 65001 + which,
    peerAsn: 65002 - which,
    remote: { ip: ADDRESSES[which === 0 ? 1 : 0], port: 179 },
    routerId: ADDRESSES[which],
    ...more,
  };
  return {
    name: which === 0 ? "a" : "b",
    machine: createPeerMachine(config, which + 1, 0),
    at: { ip: ADDRESSES[which], port: 179 },
    wires: new Map(),
    nextAccepted: 2,
    story: [],
  };
}

export function createTwoEnds({ configs, starts, delay }: TwoEndsOptions): TwoEnds {
  const ends = [createEnd(0, configs[0]), createEnd(1, configs[1])] as const;
  const agenda: Due[] = [];
  let now = 0;
  let order = 0;
  const later = (at: number, run: () => void): void => {
    order += 1;
    agenda.push({ at, order, run });
  };
  const other = (end: End): End => (end === ends[0] ? ends[1] : ends[0]);
  const side = (end: End): 0 | 1 => (end === ends[0] ? 0 : 1);

  /** Sends something over a wire; it stays behind what was sent before. */
  const over = (wire: Wire, from: End, arrive: (number: number) => PeerInput): void => {
    const to = other(from);
    const at = Math.max(wire.arrives[side(to)], now + delay());
    wire.arrives[side(to)] = at;
    later(at, () => {
      const number = wire.numbers[side(to)];
      if (number !== 0 && to.wires.has(number)) give(to, arrive(number));
    });
  };
  const dial = (from: End, number: number): void => {
    const to = other(from);
    const wire: Wire = { ends, numbers: [0, 0], arrives: [0, 0] };
    wire.numbers[side(from)] = number;
    from.wires.set(number, wire);
    later(now + delay(), () => {
      // The acceptor's kernel knows nothing of whether the dialler still wants it: that comes as a close behind.
      const accepted = to.nextAccepted;
      to.nextAccepted += 2;
      wire.numbers[side(to)] = accepted;
      to.wires.set(accepted, wire);
      wire.arrives[side(from)] = now + delay();
      later(wire.arrives[side(from)], () => {
        if (from.wires.has(number))
          give(from, { type: "connected", connection: number, local: from.at, remote: to.at });
        else over(wire, from, (connection) => ({ type: "closed", connection }));
      });
      give(to, { type: "connected", connection: accepted, local: to.at, remote: from.at });
    });
  };
  const perform = (end: End, effect: PeerEffect): void => {
    if (effect.type === "dial") return dial(end, effect.connection);
    if (effect.type === "event" && effect.event.type === "transition") {
      const { side: half, from, to, reason } = effect.event;
      end.story.push(`${now.toFixed(1)} ${half} ${from}>${to} ${reason}`);
    }
    if (effect.type !== "write" && effect.type !== "close") return;
    const wire = end.wires.get(effect.connection);
    if (wire === undefined) return;
    if (effect.type === "write") {
      const { bytes } = effect;
      over(wire, end, (connection) => ({ type: "bytes", connection, bytes }));
      return give(end, { type: "backlog", connection: effect.connection, bytes: 0 });
    }
    end.wires.delete(effect.connection);
    if (wire.numbers[side(other(end))] !== 0) over(wire, end, (connection) => ({ type: "closed", connection }));
  };
  const waiting: { readonly end: End; readonly input: PeerInput | typeof TICK }[] = [];
  let busy = false;
  let everTwo = false;
  /** Inputs that effects cause wait their turn, as with a driver. */
  function give(end: End, input: PeerInput | typeof TICK): void {
    waiting.push({ end, input });
    if (busy) return;
    busy = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.input.type === "closed") next.end.wires.delete(next.input.connection);
      for (const effect of next.end.machine.handle(next.input, now)) perform(next.end, effect);
      const { out, in: accepted } = next.end.machine.state.halves;
      everTwo ||= out.state === "Established" && accepted.state === "Established";
    }
    busy = false;
  }
  ends.forEach((end, at) => later(starts[at]!, () => give(end, { type: "start" })));

  const established = (end: End): Wire | undefined => {
    const { halves } = end.machine.state;
    const half = [halves.out, halves.in].find(({ state }) => state === "Established");
    return half === undefined ? undefined : end.wires.get(half.connection);
  };
  return {
    ends: [ends[0].machine, ends[1].machine],
    get now(): number {
      return now;
    },
    run: (until) => {
      for (;;) {
        agenda.sort((a, b) => a.at - b.at || a.order - b.order);
        const tick = Math.min(...ends.map(({ machine }) => machine.deadline));
        const due = agenda[0]?.at ?? Infinity;
        if (Math.min(tick, due) > until) break;
        now = Math.max(now, Math.min(tick, due));
        if (due <= tick) agenda.shift()!.run();
        else for (const end of ends) if (end.machine.deadline <= now) give(end, TICK);
      }
      now = Math.max(now, until);
    },
    get isUp(): boolean {
      const [a, b] = ends.map(established);
      return a !== undefined && a === b;
    },
    get everTwo(): boolean {
      return everTwo;
    },
    stories: () => ends.map(({ name, story }) => `${name}:\n  ${story.join("\n  ")}`).join("\n"),
  };
}
