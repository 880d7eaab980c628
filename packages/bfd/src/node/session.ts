import {
  drive,
  formatScopedIp,
  VipkitError,
  type Clock,
  type DatagramSocket,
  type Driver,
  type Endpoint,
  type Ip,
  type Millis,
} from "@vipkit/net";
import type { BfdConfig } from "../machine/config.js";
import type { BfdEvent, BfdInput, BfdSnapshot } from "../machine/effects.js";
import { createBfdMachine, type BfdMachine } from "../machine/machine.js";

/** One neighbour to watch. */
export interface BfdSessionConfig extends Omit<BfdConfig, "localDiscriminator"> {
  /** The address to speak from. Without it the kernel chooses, which needs a speaker that receives on `"any"`. */
  readonly local?: Ip | undefined;
  readonly remote: Ip;
  /** Interface of link-local addresses. */
  readonly zone?: string | undefined;
  /** Bind to this interface or VRF. */
  readonly device?: string | undefined;
  /** RFC 5883: port 4784, over any number of hops. Default false: RFC 5881, one hop, packets with TTL 255 only. */
  readonly multihop?: boolean | undefined;
  /** Over several hops: packets with a lower TTL or hop limit do not count, 1 to 255. Default: any. */
  readonly minTtl?: number | undefined;
}

export interface BfdSession {
  readonly name: string;
  snapshot(): BfdSnapshot;
  /** @returns a function that ends the subscription */
  onEvent(listener: (event: BfdEvent) => void): () => void;
  /** New timers while the session runs. @throws VipkitError `ERR_BFD_CONFIG` */
  setTimers(timers: {
    readonly desiredMinTxMs: Millis;
    readonly requiredMinRxMs: Millis;
    readonly detectMultiplier: number;
  }): void;
  /** Administratively down; resolves when the other end has been told, or had no ear. */
  stop(): Promise<void>;
}

const SINGLE_HOP_PORT = 3784;
const MULTIHOP_PORT = 4784;

export function portOf({ multihop }: BfdSessionConfig): number {
  return multihop === true ? MULTIHOP_PORT : SINGLE_HOP_PORT;
}

/** @throws VipkitError `ERR_BFD_CONFIG` */
export function checkSession({ name, local, remote, multihop, minTtl }: BfdSessionConfig): void {
  const refuse = (what: string, allowed: string): never => {
    throw new VipkitError("ERR_BFD_CONFIG", `BFD session "${name}": ${what}`, { found: name, allowed });
  };
  if (local !== undefined && typeof local !== typeof remote)
    refuse("local and remote address are of different families", "one family");
  if (minTtl === undefined) return;
  if (multihop !== true) refuse("minTtl is for several hops: over one hop it is always 255", "multihop");
  if (!(Number.isInteger(minTtl) && minTtl >= 1 && minTtl <= 255)) refuse(`minTtl is ${minTtl}`, "1 to 255");
}

/** A session with its socket and its driver. */
export interface Live {
  readonly config: BfdSessionConfig;
  start(): void;
  /** Hands over a datagram of the other end. */
  receive(bytes: Uint8Array, ttl: number | undefined): void;
  readonly session: BfdSession;
}

export interface LiveOptions {
  readonly config: BfdSessionConfig;
  readonly localDiscriminator: number;
  readonly seed: number;
  readonly clock: Clock;
  /** To send from. */
  readonly socket: DatagramSocket;
  /** The session has been stopped, and all has been said. */
  readonly ended: () => void;
  /** It is being stopped. */
  readonly ending: () => void;
}

/** @throws VipkitError `ERR_BFD_CONFIG` */
export function startLive(options: LiveOptions): Live {
  const { config, clock, socket } = options;
  const { localDiscriminator, seed } = options;
  const machine = createBfdMachine({ ...config, localDiscriminator }, seed, clock.now());
  const to: Endpoint = { ip: config.remote, zone: config.zone, port: portOf(config) };
  const listeners = new Set<(event: BfdEvent) => void>();
  const driver: Driver<BfdInput> = drive(machine, clock, (effect) => {
    // A send that fails (no route, link down) is a packet lost: detection takes care of it.
    if (effect.type === "send") socket.send(effect.bytes, to);
    else for (const listener of listeners) listener(effect.event);
  });
  const { minTtl } = config;
  return {
    config,
    start: () => driver.send({ type: "start" }),
    receive: (bytes, ttl) => {
      // RFC 5883 section 5 leaves the bound to the operator.
      if (minTtl !== undefined && ttl !== undefined && ttl < minTtl) {
        const reason = `TTL ${ttl} is below ${minTtl}`;
        driver.send({ type: "refused", code: "ERR_BFD_TTL", reason });
      } else driver.send({ type: "packet", bytes });
    },
    session: sessionOf(options, machine, driver, listeners),
  };
}

function sessionOf(
  { config, clock, socket, ended, ending }: LiveOptions,
  machine: BfdMachine,
  driver: Driver<BfdInput>,
  listeners: Set<(event: BfdEvent) => void>,
): BfdSession {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    ending();
    driver.send({ type: "stop" });
    while (machine.deadline !== Infinity) {
      const left = Math.max(1, machine.deadline - clock.now());
      await new Promise<void>((done) => void clock.after(left, done));
    }
    driver.stop();
    socket.close();
    ended();
  };
  return {
    name: config.name,
    snapshot: () => machine.snapshot(clock.now()),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    setTimers: (timers) => driver.send({ type: "timers", ...timers }),
    stop: () => (stopping ??= stop()),
  };
}

/** An address as the key of a map. */
export function addressKey(ip: Ip, zone: string | undefined): string {
  return formatScopedIp({ ip, zone });
}
