import type { Ip, Ipv4, Ipv6 } from "../wire/ip.js";
import type { Mac } from "../wire/mac.js";
import type { Clock } from "./clock.js";

/** Where a packet comes from or goes to. `zone` is the interface of a link-local address. */
export interface Endpoint {
  readonly ip: Ip;
  readonly port: number;
  readonly zone?: string | undefined;
}

/** A connected stream of bytes. Events that come before a listener is set are kept for it. */
export interface ByteStream {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Hands bytes over. The number of bytes not yet taken by the other end is in `backlog`. */
  write(bytes: Uint8Array): void;
  /** Bytes written and not yet handed to the network. */
  readonly backlog: number;
  /** The handler owns the bytes it gets. */
  onBytes(handler: (bytes: Uint8Array) => void): void;
  /** Called once, after the last bytes: `error` is absent when the other side closed in order. */
  onClose(handler: (error?: Error) => void): void;
  /** Called whenever the backlog has become empty. */
  onDrain(handler: () => void): void;
  /** Sends what was written, then closes. */
  end(): void;
  /** Closes at once and drops what was not sent. */
  destroy(): void;
}

export interface StreamListener {
  readonly local: Endpoint;
  close(): void;
}

/** What a datagram socket shall do besides. */
export interface BindOptions {
  /** Send with this TTL or hop limit, 1 to 255. */
  readonly ttl?: number | undefined;
  /** Drop what arrives with a lower TTL or hop limit (RFC 5082): 255 means that it comes from this link. */
  readonly minTtl?: number | undefined;
  /** Tell the TTL or hop limit of every datagram that arrives. */
  readonly tellTtl?: boolean | undefined;
  /** Bind to this interface or VRF. */
  readonly device?: string | undefined;
}

/** Gets a datagram, and owns its bytes. `ttl` is told where `BindOptions.tellTtl` asks for it. */
export type DatagramHandler = (bytes: Uint8Array, from: Endpoint, ttl?: number) => void;

export interface DatagramSocket {
  readonly local: Endpoint;
  send(bytes: Uint8Array, to: Endpoint): void;
  onDatagram(handler: DatagramHandler): void;
  /** An error of one send (for example: network unreachable). The socket stays usable. */
  onError(handler: (error: Error, to?: Endpoint) => void): void;
  close(): void;
}

/**
 * The frames a subscriber has use for. A link may drop everything else before it costs a wake-up, and may also let more
 * through than was asked for.
 */
export interface FrameInterest {
  /** ARP frames whose sender or target protocol address is one of these. */
  readonly arp?: readonly Ipv4[] | undefined;
  /** Neighbour solicitations and advertisements whose target is one of these, and solicitations sent from one of these. */
  readonly nd?: readonly Ipv6[] | undefined;
}

/**
 * What has happened to a link. `state`: its MAC, up or link-local is another. `moved`: nothing that it shows has changed, and the
 * network must learn anew where it is: a bond uses another member, a virtual machine has migrated.
 */
export type LinkChange = "state" | "moved";

/** Raw Ethernet frames of one interface. Several speakers may share one: each subscribes for itself. */
export interface FrameLink {
  readonly name: string;
  /** The interface's MAC address now; it may change, see `onChange`. */
  readonly mac: Mac;
  /** False while the interface is down or gone. */
  readonly up: boolean;
  /** An IPv6 link-local address of the interface, where there is one. */
  readonly linkLocal: Ip | undefined;
  /** Sends one frame as it is on the wire, tags included, checksum of the frame excluded. The bytes may be used again afterwards. */
  send(frame: Uint8Array): void;
  /**
   * Subscribes to received frames, tags included as on the wire, own frames excluded. The bytes belong to the link and change
   * after the handler has returned. Without `interest` everything is delivered; to change it, subscribe anew and drop the old
   * subscription. Returns the function that ends the subscription.
   */
  onFrame(handler: (frame: Uint8Array) => void, interest?: FrameInterest): () => void;
  /** Tells about changes. Returns the function that ends the subscription. */
  onChange(handler: (change: LinkChange) => void): () => void;
  /** Ask to hear an IPv6 multicast group. Groups are counted: leave as often as joined. */
  joinGroup(group: Ip): void;
  leaveGroup(group: Ip): void;
  /** Ends all subscriptions and memberships. Sending does nothing from then on. */
  close(): void;
}

export interface DialOptions {
  readonly remote: Endpoint;
  /** Local address to speak from. */
  readonly source?: Ip | undefined;
  /** Give up after this long. */
  readonly timeoutMs: number;
  /** TCP-MD5 key (RFC 2385). */
  readonly password?: string | undefined;
  /** Send with this TTL or hop limit. */
  readonly ttl?: number | undefined;
  /** Drop what arrives with a lower TTL or hop limit (RFC 5082). */
  readonly minTtl?: number | undefined;
  /** Bind to this interface or VRF. */
  readonly device?: string | undefined;
  /** Close when sent bytes stay unacknowledged this long (TCP_USER_TIMEOUT). */
  readonly userTimeoutMs?: number | undefined;
}

export interface ListenOptions {
  readonly local: Endpoint;
  /** TCP-MD5 keys by the prefix of peers that must use them (RFC 2385). */
  readonly passwords?: readonly { readonly ip: Ip; readonly length: number; readonly password: string }[] | undefined;
  readonly ttl?: number | undefined;
  readonly minTtl?: number | undefined;
  readonly device?: string | undefined;
}

/** What a host of the cluster can do. The real one is made of `@vipkit/net/node` and `@vipkit/link`; `@vipkit/sim` has another. */
export interface Host {
  readonly clock: Clock;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** UDP on this address and port; port 0 takes a free one. A host that cannot do what `options` ask for rejects. */
  bind(local: Endpoint, options?: BindOptions): Promise<DatagramSocket>;
  listen(options: ListenOptions, onStream: (stream: ByteStream) => void): Promise<StreamListener>;
  dial(options: DialOptions): Promise<ByteStream>;
  openLink(interfaceName: string): Promise<FrameLink>;
}
