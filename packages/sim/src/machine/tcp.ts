import {
  formatIp,
  prefixContains,
  VipkitError,
  type ByteStream,
  type DialOptions,
  type Endpoint,
  type Ip,
  type ListenOptions,
  type StreamListener,
} from "@vipkit/net";
import { boundKey, delayBetween, failure, findBound, sourceFor, type Station } from "./station.js";
import { createStreamPair } from "./stream.js";

const DEFAULT_TTL = 64;

export interface Listening {
  readonly options: ListenOptions;
  readonly onStream: (stream: ByteStream) => void;
}

/** Opens a virtual listener. Rejects with `EADDRINUSE` when the port is taken. */
export function listenTcp(
  station: Station,
  options: ListenOptions,
  onStream: (stream: ByteStream) => void,
): Promise<StreamListener> {
  const local: Endpoint = {
    ...options.local,
    port: options.local.port === 0 ? station.nextPort++ : options.local.port,
  };
  const key = boundKey(local.ip, local.port);
  if (station.listeners.has(key)) {
    return Promise.reject(failure(station, "EADDRINUSE", `TCP port ${local.port} is taken`));
  }
  station.listeners.set(key, { options, onStream });
  return Promise.resolve({ local, close: () => void station.listeners.delete(key) });
}

/** Dials. Rejects with `ECONNREFUSED`, `EADDRNOTAVAIL`, or `ETIMEDOUT` after `timeoutMs`, as a kernel would. */
export function dialTcp(station: Station, options: DialOptions): Promise<ByteStream> {
  const { remote, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const giveUp = (afterMs: number): void => {
      station.clock.after(afterMs, () =>
        reject(failure(station, "ETIMEDOUT", `${formatIp(remote.ip)}:${remote.port} does not answer`)),
      );
    };
    const other = station.world.find(remote.ip);
    const delay = other === undefined ? undefined : delayBetween(station, other);
    if (other === undefined || delay === undefined) {
      giveUp(timeoutMs);
      return;
    }
    station.clock.after(2 * delay, () => {
      const answer = connect(station, other, options);
      if (answer === undefined) giveUp(timeoutMs - 2 * delay);
      else if (answer instanceof VipkitError) reject(answer);
      else resolve(answer);
    });
  });
}

/** The connection, the reason why it is refused, or undefined when the other side stays silent. */
function connect(station: Station, other: Station, options: DialOptions): ByteStream | VipkitError | undefined {
  const { remote } = options;
  const target = findBound(other.listeners, remote);
  if (target === undefined) {
    return failure(station, "ECONNREFUSED", `${formatIp(remote.ip)}:${remote.port} refuses the connection`);
  }
  const source = sourceFor(station, remote.ip, options.source);
  // TCP-MD5 (RFC 2385) and GTSM (RFC 5082) drop what does not fit without a word.
  if ((target.options.minTtl ?? 0) > (options.ttl ?? DEFAULT_TTL)) return undefined;
  if (keyFor(target.options, source) !== options.password) return undefined;
  const [near, far] = createStreamPair(
    station.world.schedule,
    {
      path: { delay: () => delayBetween(station, other), isPowered: () => station.powered },
      local: { ip: source, port: station.nextPort++ },
      giveUpMs: options.userTimeoutMs,
    },
    { path: { delay: () => delayBetween(other, station), isPowered: () => other.powered }, local: remote },
  );
  station.streams.add(near);
  other.streams.add(far);
  target.onStream(far);
  return near;
}

function keyFor(options: ListenOptions, dialler: Ip): string | undefined {
  return options.passwords?.find((entry) => prefixContains(entry, dialler))?.password;
}
