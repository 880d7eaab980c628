import type { Host, Ip, Mac } from "@vipkit/net";
import { openSimLink } from "./link.js";
import { createStation, type HostOptions, type Neighbourhood, type Station } from "./station.js";
import { dialTcp, listenTcp } from "./tcp.js";
import { bindUdp } from "./udp.js";

/** A host of the simulation: what a real one offers, and the faults that a real one has. */
export interface SimHost extends Host {
  readonly name: string;
  readonly mac: Mac;
  readonly addresses: readonly Ip[];
  /** The power goes: no packet, no timer, no farewell. */
  powerOff(): void;
  /** The program is killed (SIGKILL): its timers stop, and the kernel closes its connections. */
  killProgram(): void;
  /** The cable is pulled (`false`) or plugged in again; listeners of `FrameLink.onChange` are told. */
  setLinkUp(up: boolean): void;
}

/** @internal Use `World.addHost`. */
export function createHost(
  options: HostOptions,
  world: Neighbourhood,
): { readonly host: SimHost; readonly station: Station } {
  const station = createStation(options, world);
  const host: SimHost = {
    name: options.name,
    mac: options.mac,
    addresses: options.addresses,
    clock: station.clock,
    random: world.random,
    bind: (local) => bindUdp(station, local),
    listen: (listen, onStream) => listenTcp(station, listen, onStream),
    dial: (dial) => dialTcp(station, dial),
    openLink: (interfaceName) => openSimLink(station, interfaceName),
    powerOff: () => {
      station.powered = false;
    },
    killProgram: () => {
      station.running = false;
      station.sockets.clear();
      station.listeners.clear();
      for (const stream of station.streams) stream.end();
    },
    setLinkUp: (up) => {
      if (station.linkUp === up) return;
      station.linkUp = up;
      for (const handler of [...station.changeHandlers]) handler("state");
    },
  };
  return { host, station };
}
