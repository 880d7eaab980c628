import { VipkitError, type Clock, type DatagramSocket, type Host, type Millis } from "@vipkit/net";
import { bfdSettings } from "../machine/config.js";
import { createReceivers, TTL, type Receivers } from "./receivers.js";
import { checkSession, addressKey, startLive, type BfdSession, type BfdSessionConfig, type Live } from "./session.js";
import { createSharedClock } from "./shared-clock.js";

export interface BfdSpeakerOptions {
  /** Clock, random numbers and datagrams: `linuxHost()` of `@vipkit/link/node`, or a host of `@vipkit/sim`. */
  readonly host: Pick<Host, "clock" | "random" | "bind">;
  /**
   * Where to receive. `"local"`, the default: on the local address of each session, which must be given. `"any"`: on all
   * addresses, whatever a session speaks from; then no other BFD program can run beside.
   */
  readonly receiveOn?: "local" | "any" | undefined;
  /**
   * Default true: over one hop only what has come with TTL 255 counts (RFC 5881 section 5), and a host that cannot check is
   * refused. False: whoever can send to this host can speak as the neighbour; for sessions with authentication.
   */
  readonly checkTtl?: boolean | undefined;
}

/** All BFD sessions of a host: they share the receiving sockets and one timer. */
export interface BfdSpeaker {
  /** @throws VipkitError `ERR_BFD_CONFIG`, and what the host's `bind` rejects with, such as `ERR_SOCKET_OPTION` */
  startSession(config: BfdSessionConfig): Promise<BfdSession>;
  /** By name. */
  readonly sessions: ReadonlyMap<string, BfdSession>;
  /** Datagrams that belong to no session. */
  readonly strangers: number;
  /** The latest that a timer has fired: a program that is late sends late, and may be taken for gone. */
  readonly maxLagMs: Millis;
  /** Stops all sessions; resolves when the other ends have been told. */
  close(): Promise<void>;
}

/** RFC 5881 section 4: the source port is from this range, one for each session. */
const FIRST_SOURCE_PORT = 49_152;
const SOURCE_PORTS = 16_384;
const MOST_TRIES = 64;

interface Speaker {
  readonly host: BfdSpeakerOptions["host"];
  readonly clock: Clock;
  readonly receivers: Receivers;
  readonly receiveOn: "local" | "any";
  readonly checkTtl: boolean;
  readonly sessions: Map<string, BfdSession>;
  readonly discriminators: Set<number>;
  nextPort: number;
}

/** A source port of the range that is free. */
async function openSource(speaker: Speaker, config: BfdSessionConfig): Promise<DatagramSocket> {
  const { local = typeof config.remote === "number" ? 0 : 0n, zone, device } = config;
  for (let tries = 1; ; tries += 1) {
    const port = FIRST_SOURCE_PORT + (speaker.nextPort % SOURCE_PORTS);
    speaker.nextPort += 1;
    try {
      const place = config.local === undefined ? { ip: local, port } : { ip: local, zone, port };
      const socket = await speaker.host.bind(place, { ttl: TTL, device });
      socket.onError(() => undefined);
      return socket;
    } catch (error) {
      if (tries >= MOST_TRIES || (error as { code?: unknown }).code !== "ERR_SOCKET_IN_USE") throw error;
    }
  }
}

/** Not 0, and of no other session (RFC 5880 section 6.8.1). */
function takeDiscriminator({ discriminators, host }: Speaker): number {
  for (;;) {
    const candidate = Math.floor(host.random() * 0xffff_ffff) + 1;
    if (discriminators.has(candidate)) continue;
    discriminators.add(candidate);
    return candidate;
  }
}

function refuse(name: string, what: string, allowed: string): never {
  throw new VipkitError("ERR_BFD_CONFIG", `BFD session "${name}": ${what}`, { found: name, allowed });
}

function check(speaker: Speaker, config: BfdSessionConfig): void {
  const { name, local, minTtl } = config;
  checkSession(config);
  bfdSettings({ ...config, localDiscriminator: 1 });
  if (local === undefined && speaker.receiveOn === "local") refuse(name, "has no local address", 'receiveOn "any"');
  if (minTtl !== undefined && !speaker.checkTtl) refuse(name, "has a minTtl, and nobody checks it", "checkTtl true");
  if (speaker.sessions.has(name)) refuse(name, "is there already", "one session of a name");
}

async function startSession(speaker: Speaker, config: BfdSessionConfig): Promise<BfdSession> {
  check(speaker, config);
  const receiver = await speaker.receivers.acquire(config);
  const key = addressKey(config.remote, config.zone);
  let socket: DatagramSocket | undefined;
  try {
    socket = await openSource(speaker, config);
    check(speaker, config);
    if (receiver.byAddress.has(key)) refuse(config.name, `another session watches ${key}`, "one session a neighbour");
    const localDiscriminator = takeDiscriminator(speaker);
    const live: Live = startLive({
      config,
      localDiscriminator,
      seed: Math.floor(speaker.host.random() * 0x1_0000_0000),
      clock: speaker.clock,
      socket,
      ending: () => {
        speaker.sessions.delete(config.name);
        receiver.byAddress.delete(key);
      },
      ended: () => {
        receiver.byDiscriminator.delete(localDiscriminator);
        speaker.discriminators.delete(localDiscriminator);
        receiver.release();
      },
    });
    receiver.byDiscriminator.set(localDiscriminator, live);
    receiver.byAddress.set(key, live);
    speaker.sessions.set(config.name, live.session);
    live.start();
    return live.session;
  } catch (error) {
    socket?.close();
    receiver.release();
    throw error;
  }
}

/**
 * Watches neighbours with BFD: RFC 5881 over one hop, RFC 5883 over several. A neighbour is not given up for packets that wait
 * unread because this program was busy.
 */
export function createBfdSpeaker(options: BfdSpeakerOptions): BfdSpeaker {
  const { host, receiveOn = "local", checkTtl = true } = options;
  const clock = createSharedClock(host.clock);
  const receivers = createReceivers(host, receiveOn, checkTtl);
  const speaker: Speaker = {
    host,
    clock,
    receivers,
    receiveOn,
    checkTtl,
    sessions: new Map(),
    discriminators: new Set(),
    nextPort: Math.floor(host.random() * SOURCE_PORTS),
  };
  return {
    startSession: (config) => startSession(speaker, config),
    sessions: speaker.sessions,
    get strangers(): number {
      return receivers.strangers;
    },
    get maxLagMs(): Millis {
      return clock.maxLagMs;
    },
    close: async () => {
      await Promise.all([...speaker.sessions.values()].map((session) => session.stop()));
    },
  };
}
