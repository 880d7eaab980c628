import { ALL_NODES, ALL_ROUTERS, decodeNdpFrame, encodeNdpFrame, ndpFault, type NdpMessage } from "@vipkit/ndp";
import {
  ipv6FromWords,
  ipv6ToWords,
  isIpv6,
  isLinkLocal,
  multicastMac,
  type FrameLink,
  type Host,
  type Ipv6,
  type Ipv6Words,
  type Mac,
  type Millis,
} from "@vipkit/net";

/** The router at the other end of a link, for BGP sessions that are configured by interface. */
export interface LinkNeighbor {
  /** Link-local. */
  readonly ip: Ipv6;
  /** Our own link-local address on the link. */
  readonly source: Ipv6;
}

export interface LinkNeighborWatch {
  /** Undefined until a router has been heard. It stays what it was while the link is down. */
  readonly neighbor: LinkNeighbor | undefined;
  readonly up: boolean;
  close(): void;
}

export interface WatchLinkNeighborOptions {
  readonly host: Host;
  readonly interface: string;
  /** `neighbor` or `up` say something else now. */
  readonly changed: () => void;
  /** The interface cannot be opened; it is tried again. */
  readonly failed: (message: string) => void;
  /** True while a session with the neighbour is up: nobody else takes its place then. */
  readonly isInUse: () => boolean;
}

/** While nobody is known, ask this often. */
const ASK_MS: Millis = 1000;
/** Routers forget whom they have not heard: they are told of us this often. */
const TELL_MS: Millis = 10_000;
/** Answers to solicitations are not closer together than this. */
const PAUSE_MS: Millis = 500;
/** Who has not been heard for so long makes room for another one on the link. Routers of this kind speak every 10 seconds. */
const FADE_MS: Millis = 35_000;

/**
 * A router advertisement that makes nobody use us as a default router: lifetime 0, no prefix (RFC 4861 section 6.2.3). Routers
 * with sessions by interface learn from it where to expect our connection.
 */
const ADVERTISEMENT: Omit<NdpMessage & { name: "ra" }, "options"> = {
  name: "ra",
  curHopLimit: 0,
  managed: false,
  other: false,
  homeAgent: false,
  preference: "medium",
  routerLifetimeSeconds: 0,
  reachableTimeMs: 0,
  retransTimerMs: 0,
};

interface Heard {
  readonly ip: Ipv6;
  readonly mac: Mac;
  readonly at: Millis;
}

interface Watching {
  readonly options: WatchLinkNeighborOptions;
  link: FrameLink | undefined;
  heard: Heard | undefined;
  neighbor: LinkNeighbor | undefined;
  toldAt: Millis;
  /** What `changed` was called for last. */
  shown: string;
  cancel: () => void;
  closed: boolean;
}

function sourceOf({ link }: Watching): Ipv6 | undefined {
  const own = link?.linkLocal;
  return own !== undefined && isIpv6(own) ? own : undefined;
}

function show(watching: Watching): void {
  const { link, heard } = watching;
  const source = sourceOf(watching);
  if (heard !== undefined && source !== undefined) watching.neighbor = { ip: heard.ip, source };
  const { neighbor } = watching;
  const shown = `${link?.up} ${neighbor?.ip} ${neighbor?.source}`;
  if (shown === watching.shown) return;
  watching.shown = shown;
  watching.options.changed();
}

function send({ link }: Watching, source: Ipv6, dst: Ipv6Words, message: Omit<NdpMessage, "options">): void {
  if (link === undefined) return;
  const options = [{ name: "sourceLinkLayer", mac: link.mac }];
  link.send(
    encodeNdpFrame({
      eth: { dst: multicastMac(dst.d), src: link.mac },
      ip: { src: ipv6ToWords(source), dst },
      message: { ...message, options } as NdpMessage,
    }),
  );
}

/** Tells of us, and asks while nobody is known. */
function speak(watching: Watching): void {
  const { clock } = watching.options.host;
  const source = sourceOf(watching);
  watching.cancel();
  if (source !== undefined) {
    watching.toldAt = clock.now();
    send(watching, source, ALL_NODES, ADVERTISEMENT);
    if (watching.heard === undefined) send(watching, source, ALL_ROUTERS, { name: "rs" });
  }
  const isKnown = source !== undefined && watching.heard !== undefined;
  watching.cancel = clock.after(isKnown ? TELL_MS : ASK_MS, () => speak(watching));
}

function hear(watching: Watching, frame: Uint8Array): void {
  // What is no valid neighbour discovery (hop limit 255, checksum: RFC 4861 section 6.1) is somebody else's business.
  if (ndpFault(frame) !== undefined) return;
  const { eth, ip, message } = decodeNdpFrame(frame);
  const now = watching.options.host.clock.now();
  const from = ipv6FromWords(ip.src);
  if (message.name === "rs" && now - watching.toldAt >= PAUSE_MS) speak(watching);
  if (message.name !== "ra" || !isLinkLocal(from) || from === sourceOf(watching)) return;
  const { heard } = watching;
  const isSame = heard === undefined || heard.mac === eth.src || heard.ip === from;
  if (!isSame && watching.options.isInUse() && now - heard.at <= FADE_MS) return;
  watching.heard = { ip: from, mac: eth.src, at: now };
  show(watching);
}

async function open(watching: Watching): Promise<void> {
  const { options } = watching;
  try {
    const link = await options.host.openLink(options.interface);
    if (watching.closed) {
      link.close();
      return;
    }
    watching.link = link;
    link.joinGroup(ipv6FromWords(ALL_ROUTERS));
    link.onFrame((frame) => hear(watching, frame));
    link.onChange(() => {
      speak(watching);
      show(watching);
    });
    speak(watching);
    show(watching);
  } catch (error) {
    if (watching.closed) return;
    options.failed(error instanceof Error ? error.message : String(error));
    watching.cancel = options.host.clock.after(ASK_MS, () => void open(watching));
  }
}

/**
 * Listens for the router at the other end of a link by its router advertisements, and makes us known to it by ours. A
 * router that changes its address on the same card is followed at once; another card only when there is no session with the
 * first, or when that has gone silent.
 */
export function watchLinkNeighbor(options: WatchLinkNeighborOptions): LinkNeighborWatch {
  const watching: Watching = {
    options,
    link: undefined,
    heard: undefined,
    neighbor: undefined,
    toldAt: -Infinity,
    shown: "",
    cancel: () => undefined,
    closed: false,
  };
  void open(watching);
  return {
    get neighbor(): LinkNeighbor | undefined {
      return watching.neighbor;
    },
    get up(): boolean {
      return watching.link?.up === true;
    },
    close: () => {
      watching.closed = true;
      watching.cancel();
      watching.link?.close();
    },
  };
}

/** The routers at the other ends of several links. */
export interface LinkNeighbors {
  /** Watches exactly these interfaces from now on. */
  watch(interfaces: ReadonlySet<string>): void;
  of(name: string): LinkNeighbor | undefined;
  isUp(name: string): boolean;
}

export interface LinkNeighborsOptions {
  readonly host: Host;
  /** The neighbour or the state of this interface is another one now. */
  readonly changed: (name: string) => void;
  readonly failed: (name: string, message: string) => void;
  readonly isInUse: (name: string) => boolean;
}

export function createLinkNeighbors({ host, changed, failed, isInUse }: LinkNeighborsOptions): LinkNeighbors {
  const watches = new Map<string, LinkNeighborWatch>();
  return {
    watch: (interfaces) => {
      for (const [name, watch] of [...watches]) {
        if (interfaces.has(name)) continue;
        watches.delete(name);
        watch.close();
      }
      for (const name of interfaces) {
        if (watches.has(name)) continue;
        const watch = watchLinkNeighbor({
          host,
          interface: name,
          changed: () => changed(name),
          failed: (message) => failed(name, message),
          isInUse: () => isInUse(name),
        });
        watches.set(name, watch);
      }
    },
    of: (name) => watches.get(name)?.neighbor,
    isUp: (name) => watches.get(name)?.up ?? false,
  };
}
