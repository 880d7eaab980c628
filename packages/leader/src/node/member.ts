import { drive, isUnspecified, VipkitError, type Driver, type Endpoint, type Host } from "@vipkit/net";
import { swimConfig, type ProfileName, type SwimConfig } from "../machine/config.js";
import { createSwim, type Swim } from "../machine/swim.js";
import type { MemberEvent, MemberView, SwimEffect, SwimInput, SwimSnapshot } from "../machine/swim-types.js";
import { openSockets, type Sockets } from "./sockets.js";

export interface MemberOptions {
  readonly host: Host;
  /** Unique in the cluster, 1 to 512 octets; in Kubernetes the name of the node. */
  readonly name: string;
  /** UDP and TCP, the same number for both; port 0 picks one that is free for both. */
  readonly bind: Endpoint;
  /** Where others reach us; needed when `bind` is the unspecified address. Port 0 means the bound one. */
  readonly advertise?: Endpoint | undefined;
  /** Contacted at the start, and later whenever one of them is no member. Our own address in it is skipped. */
  readonly join?: readonly Endpoint[] | undefined;
  /** Default `lan`. */
  readonly profile?: ProfileName | undefined;
  /** Single values over the profile. */
  readonly config?: Partial<SwimConfig> | undefined;
  /** At most 512 octets. */
  readonly meta?: Uint8Array | undefined;
  /** What push/pull carries for the application. */
  readonly userState?: Uint8Array | undefined;
}

/** A running member of the cluster. */
export interface Member {
  readonly name: string;
  /** The address in use. */
  readonly advertise: Endpoint;
  /** Members that are alive or suspect, ourselves included, by name. */
  members(): readonly MemberView[];
  /** Returns a function that ends it. The events of the same moment come in order. */
  onEvent(handler: (event: MemberEvent) => void): () => void;
  /** Exchanges views with these members; the number of those that answered. */
  join(endpoints: readonly Endpoint[]): Promise<number>;
  /** @throws VipkitError `ERR_MEMBER_META` above 512 octets */
  setMeta(meta: Uint8Array): void;
  /** What push/pull carries for the application from now on; others get it as a `remoteState` event. */
  setState(state: Uint8Array): void;
  /** Contacted from now on whenever one of them is no member. */
  setSeeds(endpoints: readonly Endpoint[]): void;
  /** Spreads an application message through the cluster, as a rumour. */
  broadcast(payload: Uint8Array): void;
  /**
   * Sends an application message to one member: by TCP, where it may be large and resolves when the other side took it, or by
   * UDP, where it may get lost. @throws VipkitError `ERR_MEMBER_UNREACHABLE`
   */
  send(name: string, payload: Uint8Array, options?: { readonly reliable?: boolean }): Promise<void>;
  /** Says goodbye. Resolves when that was told, or at the timeout; sockets stay open until `close`. */
  leave(timeoutMs: number): Promise<void>;
  snapshot(): SwimSnapshot;
  /** Closes the sockets without a word: to the others that is a death, unless `leave` came first. */
  close(): Promise<void>;
}

/**
 * Opens the sockets and starts a member. Joining goes on behind it: a seed that is down is no error.
 * @throws VipkitError `ERR_ADVERTISE` (bound to the unspecified address and no address given), `ERR_SWIM_CONFIG`,
 * `ERR_MEMBER_NAME`, `ERR_MEMBER_META`; and whatever the host throws for sockets that cannot be opened
 */
export async function startMember(options: MemberOptions): Promise<Member> {
  const { host, name, bind, join: seeds = [] } = options;
  if (isUnspecified((options.advertise ?? bind).ip)) {
    throw new VipkitError("ERR_ADVERTISE", "a member needs an address that others can reach", {
      found: "the unspecified address",
      allowed: "advertise with an address of this host",
    });
  }
  const config = swimConfig(options.profile ?? "lan", options.config);
  const waiting: SwimInput[] = [];
  let send = (input: SwimInput): unknown => waiting.push(input);
  const sockets = await openSockets(host, bind, (input) => send(input));
  const advertise = advertised(options, sockets.port);
  try {
    const swim = createSwim({
      name,
      advertise,
      config,
      seed: Math.floor(host.random() * 0x1_0000_0000),
      now: host.clock.now(),
      meta: options.meta,
      seeds,
      userState: options.userState,
    });
    const running = run(host, name, advertise, swim, sockets);
    send = running.send;
    for (const input of waiting) running.send(input);
    if (seeds.length > 0) void running.member.join(seeds);
    return running.member;
  } catch (error) {
    sockets.close();
    throw error;
  }
}

function advertised({ advertise, bind }: MemberOptions, boundPort: number): Endpoint {
  const { ip, port } = advertise ?? bind;
  return { ip, port: port === 0 ? boundPort : port };
}

function run(
  host: Host,
  name: string,
  advertise: Endpoint,
  swim: Swim,
  sockets: Sockets,
): { readonly member: Member; readonly send: (input: SwimInput) => void } {
  const handlers = new Set<(event: MemberEvent) => void>();
  const requests = createRequests();
  let left: (() => void)[] = [];
  let closed = false;

  const perform = (effect: SwimEffect): void => {
    if (effect.type === "event") for (const handler of [...handlers]) handler(effect.event);
    else if (effect.type === "joined") requests.answer(effect.request, effect.contacted);
    else if (effect.type === "userSent") requests.answer(effect.request, effect.sent ? 1 : 0);
    else if (effect.type === "left") {
      for (const resolve of left) resolve();
      left = [];
    } else sockets.perform(effect);
  };
  const driver: Driver<SwimInput> = drive(swim, host.clock, perform);
  const member: Member = {
    name,
    advertise,
    members: () => swim.members(),
    onEvent: (handler) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    join: (to) => requests.ask((request) => driver.send({ type: "join", request, to })),
    setMeta: (meta) => driver.send({ type: "setMeta", meta }),
    setState: (state) => driver.send({ type: "setState", state }),
    setSeeds: (endpoints) => driver.send({ type: "setSeeds", seeds: endpoints }),
    broadcast: (payload) => driver.send({ type: "broadcast", payload }),
    send: async (to, payload, { reliable = true } = {}) => {
      const sent = await requests.ask((request) =>
        driver.send({ type: "sendUser", request, name: to, payload, reliable }),
      );
      if (sent === 0) throw new VipkitError("ERR_MEMBER_UNREACHABLE", `the message did not reach ${to}`);
    },
    leave: (timeoutMs) =>
      new Promise((resolve) => {
        if (closed) return resolve();
        left.push(resolve);
        driver.send({ type: "leave", timeoutMs });
      }),
    snapshot: () => swim.snapshot(),
    close: () => {
      closed = true;
      requests.close();
      driver.stop();
      sockets.close();
      handlers.clear();
      for (const resolve of left) resolve();
      left = [];
      return Promise.resolve();
    },
  };
  return { member, send: (input) => driver.send(input) };
}

/** Questions to the machine that it answers with a number later; 0 after `close`. */
interface Requests {
  ask(put: (request: number) => void): Promise<number>;
  answer(request: number, value: number): void;
  close(): void;
}

function createRequests(): Requests {
  const open = new Map<number, (value: number) => void>();
  let last = 0;
  let closed = false;
  return {
    ask: (put) =>
      new Promise((resolve) => {
        if (closed) {
          resolve(0);
          return;
        }
        last += 1;
        open.set(last, resolve);
        put(last);
      }),
    answer: (request, value) => {
      open.get(request)?.(value);
      open.delete(request);
    },
    close: () => {
      closed = true;
      for (const resolve of open.values()) resolve(0);
      open.clear();
    },
  };
}
