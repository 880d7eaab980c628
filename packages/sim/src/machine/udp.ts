import { isUnspecified, type DatagramSocket, type Endpoint } from "@vipkit/net";
import { boundKey, delayBetween, failure, findBound, sourceFor, type Station } from "./station.js";

/** Binds a virtual UDP socket. Rejects with `EADDRINUSE` when the port is taken. */
export function bindUdp(station: Station, wanted: Endpoint): Promise<DatagramSocket> {
  const local: Endpoint = { ...wanted, port: wanted.port === 0 ? station.nextPort++ : wanted.port };
  const key = boundKey(local.ip, local.port);
  if (station.sockets.has(key)) {
    return Promise.reject(failure(station, "EADDRINUSE", `UDP port ${local.port} is taken`));
  }
  let receive: (bytes: Uint8Array, from: Endpoint) => void = () => undefined;
  let failed: (error: Error, to?: Endpoint) => void = () => undefined;
  station.sockets.set(key, (bytes, from) => receive(bytes, from));

  const send = (bytes: Uint8Array, to: Endpoint): void => {
    if (!station.running) return;
    if (!station.linkUp) failed(failure(station, "ENETUNREACH", "network is unreachable"), to);
    const other = station.world.find(to.ip);
    const delay = other === undefined ? undefined : delayBetween(station, other);
    if (other === undefined || delay === undefined) return;
    const source = sourceFor(station, to.ip, isUnspecified(local.ip) ? undefined : local.ip);
    const copy = bytes.slice();
    const { schedule } = station.world;
    schedule.at(schedule.now + delay, () => {
      if (other.port.isUp()) findBound(other.sockets, to)?.(copy, { ip: source, port: local.port });
    });
  };
  return Promise.resolve({
    local,
    send,
    onDatagram: (handler) => {
      receive = handler;
    },
    onError: (handler) => {
      failed = handler;
    },
    close: () => {
      station.sockets.delete(key);
    },
  });
}
