import { type BindOptions, type DatagramSocket, type Endpoint, type Host } from "@vipkit/net";
import { portOf, addressKey, type BfdSessionConfig, type Live } from "./session.js";

/** RFC 5881 section 5 */
export const TTL = 255;

interface Sessions {
  readonly byDiscriminator: Map<number, Live>;
  readonly byAddress: Map<string, Live>;
}

/** A receiving socket and the sessions that share it. */
export interface Receiver extends Sessions {
  /** One session less; the last one closes the socket. */
  release(): void;
}

/** The receiving sockets of a speaker. */
export interface Receivers {
  /** The socket for such a session. @throws what the host's `bind` rejects with */
  acquire(config: BfdSessionConfig): Promise<Receiver>;
  /** Datagrams that belong to no session. */
  readonly strangers: number;
}

interface Shared extends Sessions {
  users: number;
  readonly socket: Promise<DatagramSocket>;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/**
 * RFC 5880 section 6.8.6: by our discriminator, and before it is known by the addresses. Only sessions of this very socket:
 * what has come in without a check of the TTL must not reach a session that relies on it.
 */
function find({ byDiscriminator, byAddress }: Sessions, bytes: Uint8Array, from: Endpoint): Live | undefined {
  const yours = bytes.length >= 12 ? word(bytes, 8) : 0;
  const live = yours === 0 ? byAddress.get(addressKey(from.ip, from.zone)) : byDiscriminator.get(yours);
  return live?.config.remote === from.ip ? live : undefined;
}

/** Where sessions like this one receive. */
function placeOf(config: BfdSessionConfig, receiveOn: "local" | "any"): Endpoint {
  const port = portOf(config);
  if (receiveOn === "local" && config.local !== undefined) return { ip: config.local, zone: config.zone, port };
  return { ip: typeof config.remote === "number" ? 0 : 0n, port };
}

function optionsOf({ multihop, device }: BfdSessionConfig, checkTtl: boolean): BindOptions {
  if (!checkTtl) return { ttl: TTL, device };
  // Sessions of several hops share a socket, and each has a bound of its own.
  return multihop === true ? { ttl: TTL, device, tellTtl: true } : { ttl: TTL, device, minTtl: TTL };
}

export function createReceivers(host: Pick<Host, "bind">, receiveOn: "local" | "any", checkTtl: boolean): Receivers {
  const open = new Map<string, Shared>();
  let strangers = 0;
  const share = (config: BfdSessionConfig, place: Endpoint): Shared => {
    const sessions = { byDiscriminator: new Map<number, Live>(), byAddress: new Map<string, Live>() };
    const listen = async (): Promise<DatagramSocket> => {
      const socket = await host.bind(place, optionsOf(config, checkTtl));
      socket.onError(() => undefined);
      socket.onDatagram((bytes, from, ttl) => {
        const live = find(sessions, bytes, from);
        if (live === undefined) strangers += 1;
        else live.receive(bytes, ttl);
      });
      return socket;
    };
    return { users: 0, socket: listen(), ...sessions };
  };
  return {
    get strangers(): number {
      return strangers;
    },
    acquire: async (config) => {
      const place = placeOf(config, receiveOn);
      const key = `${addressKey(place.ip, place.zone)} ${place.port} ${config.device ?? ""}`;
      const mine = open.get(key) ?? share(config, place);
      open.set(key, mine);
      mine.users += 1;
      const release = (): void => {
        mine.users -= 1;
        if (mine.users > 0) return;
        if (open.get(key) === mine) open.delete(key);
        void mine.socket.then(
          (socket) => socket.close(),
          () => undefined,
        );
      };
      try {
        await mine.socket;
      } catch (error) {
        release();
        throw error;
      }
      return { byDiscriminator: mine.byDiscriminator, byAddress: mine.byAddress, release };
    },
  };
}
