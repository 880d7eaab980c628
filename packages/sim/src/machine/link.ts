import { compareIp, isLinkLocal, type FrameLink } from "@vipkit/net";
import { failure, type Station } from "./station.js";

/** The one interface that a virtual host has. */
export const INTERFACE_NAME = "eth0";

/** Opens the host's interface for raw frames. Rejects with `ERR_LINK_NO_INTERFACE` under any other name than eth0. */
export function openSimLink(station: Station, interfaceName: string): Promise<FrameLink> {
  if (interfaceName !== INTERFACE_NAME) {
    return Promise.reject(failure(station, "ERR_LINK_NO_INTERFACE", `has no interface "${interfaceName}", only eth0`));
  }
  const subscriptions = new Set<() => void>();
  const subscribe = <T>(handlers: Set<T>, handler: T): (() => void) => {
    handlers.add(handler);
    const unsubscribe = (): void => {
      handlers.delete(handler);
      subscriptions.delete(unsubscribe);
    };
    subscriptions.add(unsubscribe);
    return unsubscribe;
  };
  return Promise.resolve({
    name: INTERFACE_NAME,
    mac: station.mac,
    get up() {
      return station.port.isUp();
    },
    linkLocal: [...station.addresses].sort(compareIp).find((ip) => typeof ip === "bigint" && isLinkLocal(ip)),
    send: (frame) => {
      if (station.running) station.world.segment.transmit(station.port, frame);
    },
    onFrame: (handler) => subscribe(station.frameHandlers, handler),
    onChange: (handler) => subscribe(station.changeHandlers, handler),
    // Every group is flooded to every port here, so there is nothing to ask for.
    joinGroup: () => undefined,
    leaveGroup: () => undefined,
    close: () => {
      for (const unsubscribe of [...subscriptions]) unsubscribe();
    },
  });
}
