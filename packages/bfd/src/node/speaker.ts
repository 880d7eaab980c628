import {
  drive,
  formatScopedIp,
  type Clock,
  type DatagramSocket,
  type Driver,
  type Endpoint,
  type Host,
  type Ip,
  type Millis,
} from "@vipkit/net";
import type { BfdConfig } from "../machine/config.js";
import {
  createBfdMachine,
  type BfdEffect,
  type BfdEvent,
  type BfdInput,
  type BfdMachine,
  type BfdSnapshot,
} from "../machine/machine.js";
import { patientClock } from "./patient-clock.js";
import { hostTransport, type BfdTransport } from "./transport.js";

/** One neighbour to watch. */
export interface BfdSessionConfig extends Omit<BfdConfig, "localDiscriminator"> {
  readonly local: Ip;
  readonly remote: Ip;
  /** Interface of link-local addresses. */
  readonly zone?: string | undefined;
  /** RFC 5883: port 4784, and any TTL. Default false: RFC 5881, one hop. */
  readonly multihop?: boolean | undefined;
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
  /** Administratively down; the other end is told. */
  stop(): void;
}

export interface BfdSpeakerOptions {
  /** Clock, random numbers and, unless `transport` is given, datagrams. */
  readonly host: Pick<Host, "clock" | "random" | "bind">;
  readonly transport?: BfdTransport | undefined;
}

/** All BFD sessions of a host: they share the receiving sockets. */
export interface BfdSpeaker {
  /** @throws VipkitError `ERR_BFD_CONFIG`, and what the transport rejects with */
  startSession(config: BfdSessionConfig): Promise<BfdSession>;
  readonly sessions: ReadonlyMap<string, BfdSession>;
  /** Datagrams that belong to no session. */
  readonly strangers: number;
  close(): void;
}

const SINGLE_HOP_PORT = 3784;
const MULTIHOP_PORT = 4784;
/** RFC 5881 section 4: the source port is from this range, one for each session. */
const FIRST_SOURCE_PORT = 49_152;
const SOURCE_PORTS = 16_384;
/** RFC 5881 section 5 */
const TTL = 255;

interface Live {
  readonly config: BfdSessionConfig;
  readonly machine: BfdMachine;
  readonly driver: Driver<BfdInput>;
  readonly listeners: Set<(event: BfdEvent) => void>;
  readonly socket: DatagramSocket;
}

interface Speaker {
  readonly clock: Clock;
  readonly random: () => number;
  readonly transport: BfdTransport;
  readonly byDiscriminator: Map<number, Live>;
  readonly byAddress: Map<string, Live>;
  readonly receivers: Map<string, Promise<DatagramSocket>>;
  readonly sessions: Map<string, BfdSession>;
  nextPort: number;
  strangers: number;
}

function addressKey(ip: Ip, zone: string | undefined, port: number): string {
  return `${formatScopedIp({ ip, zone })} ${port}`;
}

function portOf({ multihop }: BfdSessionConfig): number {
  return multihop === true ? MULTIHOP_PORT : SINGLE_HOP_PORT;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** RFC 5880 section 6.8.6: by our discriminator, and before it is known by the addresses. */
function sort(speaker: Speaker, bytes: Uint8Array, from: Endpoint, port: number): void {
  const yours = bytes.length >= 12 ? word(bytes, 8) : 0;
  const live =
    yours === 0 ? speaker.byAddress.get(addressKey(from.ip, from.zone, port)) : speaker.byDiscriminator.get(yours);
  if (live?.config.remote !== from.ip) {
    speaker.strangers += 1;
    return;
  }
  live.driver.send({ type: "packet", bytes });
}

async function listen(speaker: Speaker, config: BfdSessionConfig): Promise<void> {
  const port = portOf(config);
  const key = addressKey(config.local, config.zone, port);
  let receiver = speaker.receivers.get(key);
  if (receiver === undefined) {
    const minTtl = config.multihop === true ? undefined : TTL;
    receiver = speaker.transport.open({ ip: config.local, zone: config.zone, port }, { ttl: TTL, minTtl });
    speaker.receivers.set(key, receiver);
    const socket = await receiver;
    socket.onDatagram((bytes, from) => sort(speaker, bytes, from, port));
    socket.onError(() => undefined);
  }
  await receiver;
}

/** A source port of the range that is free. */
async function openSource(speaker: Speaker, config: BfdSessionConfig): Promise<DatagramSocket> {
  for (let tries = 0; ; tries += 1) {
    const port = FIRST_SOURCE_PORT + (speaker.nextPort % SOURCE_PORTS);
    speaker.nextPort += 1;
    try {
      return await speaker.transport.open({ ip: config.local, zone: config.zone, port }, { ttl: TTL });
    } catch (error) {
      if (tries >= 64) throw error;
    }
  }
}

function freshDiscriminator(speaker: Speaker): number {
  for (;;) {
    const candidate = Math.floor(speaker.random() * 0xffff_ffff) + 1;
    if (!speaker.byDiscriminator.has(candidate)) return candidate;
  }
}

function perform(live: Live, effect: BfdEffect): void {
  if (effect.type === "event") {
    for (const listener of live.listeners) listener(effect.event);
    return;
  }
  const { config, socket } = live;
  // A send that fails (no route, link down) is a packet lost: detection takes care of it.
  socket.send(effect.bytes, { ip: config.remote, zone: config.zone, port: portOf(config) });
}

function sessionOf(speaker: Speaker, live: Live): BfdSession {
  const { machine, driver, config } = live;
  return {
    name: config.name,
    snapshot: () => machine.snapshot(speaker.clock.now()),
    onEvent: (listener) => {
      live.listeners.add(listener);
      return () => void live.listeners.delete(listener);
    },
    setTimers: (timers) => driver.send({ type: "timers", ...timers }),
    stop: () => {
      driver.send({ type: "stop" });
      driver.stop();
      speaker.byDiscriminator.delete(machine.settings.localDiscriminator);
      speaker.byAddress.delete(addressKey(config.remote, config.zone, portOf(config)));
      speaker.sessions.delete(config.name);
      // The farewell has been handed over: dgram sends in order.
      speaker.clock.after(100, () => live.socket.close());
    },
  };
}

async function startSession(speaker: Speaker, config: BfdSessionConfig): Promise<BfdSession> {
  await listen(speaker, config);
  const socket = await openSource(speaker, config);
  socket.onError(() => undefined);
  const localDiscriminator = freshDiscriminator(speaker);
  const seed = Math.floor(speaker.random() * 0x1_0000_0000);
  const machine = createBfdMachine({ ...config, localDiscriminator }, seed, speaker.clock.now());
  const listeners = new Set<(event: BfdEvent) => void>();
  const driver: Driver<BfdInput> = drive(machine, speaker.clock, (effect) => perform(live, effect));
  const live: Live = { config, machine, listeners, socket, driver };
  speaker.byDiscriminator.set(localDiscriminator, live);
  speaker.byAddress.set(addressKey(config.remote, config.zone, portOf(config)), live);
  const session = sessionOf(speaker, live);
  speaker.sessions.set(config.name, session);
  driver.send({ type: "start" });
  return session;
}

/** Watches neighbours with BFD: RFC 5881 over one hop, RFC 5883 over several. */
export function createBfdSpeaker({ host, transport }: BfdSpeakerOptions): BfdSpeaker {
  const speaker: Speaker = {
    clock: patientClock(host.clock),
    random: () => host.random(),
    transport: transport ?? hostTransport(host),
    byDiscriminator: new Map(),
    byAddress: new Map(),
    receivers: new Map(),
    sessions: new Map(),
    nextPort: Math.floor(host.random() * SOURCE_PORTS),
    strangers: 0,
  };
  return {
    startSession: (config) => startSession(speaker, config),
    sessions: speaker.sessions,
    get strangers(): number {
      return speaker.strangers;
    },
    close: () => {
      for (const session of [...speaker.sessions.values()]) session.stop();
      for (const receiver of speaker.receivers.values()) void receiver.then((socket) => socket.close());
      speaker.receivers.clear();
    },
  };
}
