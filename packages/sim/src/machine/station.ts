import {
  formatIp,
  isLinkLocal,
  VipkitError,
  type ByteStream,
  type Clock,
  type Endpoint,
  type Ip,
  type LinkChange,
  type Mac,
} from "@vipkit/net";
import type { Schedule } from "./schedule.js";
import type { Port, Segment } from "./segment.js";
import type { Listening } from "./tcp.js";

export interface HostOptions {
  readonly name: string;
  readonly mac: Mac;
  /** Addresses for UDP and TCP. An IPv6 link-local one among them is the interface's. */
  readonly addresses: readonly Ip[];
}

/** What the hosts of one world share. */
export interface Neighbourhood {
  readonly schedule: Schedule;
  readonly segment: Segment;
  readonly random: () => number;
  find(ip: Ip): Station | undefined;
}

/** A host from inside the simulation: its sockets, and what is left of it. */
export interface Station {
  readonly name: string;
  readonly mac: Mac;
  readonly addresses: readonly Ip[];
  readonly world: Neighbourhood;
  readonly clock: Clock;
  readonly port: Port;
  readonly sockets: Map<string, (bytes: Uint8Array, from: Endpoint) => void>;
  readonly listeners: Map<string, Listening>;
  readonly streams: Set<ByteStream>;
  readonly frameHandlers: Set<(frame: Uint8Array) => void>;
  readonly changeHandlers: Set<(change: LinkChange) => void>;
  powered: boolean;
  running: boolean;
  linkUp: boolean;
  nextPort: number;
}

const FIRST_EPHEMERAL_PORT = 49_152;

export function createStation({ name, mac, addresses }: HostOptions, world: Neighbourhood): Station {
  const { schedule } = world;
  const station: Station = {
    name,
    mac,
    addresses,
    world,
    clock: {
      now: () => schedule.now,
      after: (delayMs, wake) =>
        schedule.at(schedule.now + Math.max(0, delayMs), () => {
          if (station.powered && station.running) wake();
        }),
    },
    port: {
      host: name,
      isUp: () => station.powered && station.linkUp,
      receive: (frame) => {
        if (station.running) for (const handler of [...station.frameHandlers]) handler(frame);
      },
    },
    sockets: new Map(),
    listeners: new Map(),
    streams: new Set(),
    frameHandlers: new Set(),
    changeHandlers: new Set(),
    powered: true,
    running: true,
    linkUp: true,
    nextPort: FIRST_EPHEMERAL_PORT,
  };
  world.segment.plug(station.port);
  return station;
}

/** Milliseconds for a packet from one station to another, or undefined when it gets lost. */
export function delayBetween(from: Station, to: Station): number | undefined {
  return from.port.isUp() && to.port.isUp() ? from.world.segment.delay(from.name, to.name) : undefined;
}

/** The address that a packet to `to` leaves from. @throws VipkitError `EADDRNOTAVAIL` */
export function sourceFor(station: Station, to: Ip, wanted?: Ip): Ip {
  const source =
    wanted ?? station.addresses.find((own) => typeof own === typeof to && isLinkLocal(own) === isLinkLocal(to));
  if (source === undefined || !station.addresses.includes(source)) {
    throw failure(station, "EADDRNOTAVAIL", `has no address to reach ${formatIp(to)} from`);
  }
  return source;
}

export function failure(station: Station, code: string, message: string): VipkitError {
  return new VipkitError(code, `${station.name}: ${message}`);
}

/** Key of a bound port; the unspecified address stands for all. */
export function boundKey(ip: Ip, port: number): string {
  return `${ip === 0 || ip === 0n ? "*" : formatIp(ip)}|${port}`;
}

/** What is bound to the endpoint, exactly or by the unspecified address. */
export function findBound<T>(bound: ReadonlyMap<string, T>, to: Endpoint): T | undefined {
  return bound.get(boundKey(to.ip, to.port)) ?? bound.get(boundKey(0, to.port));
}
