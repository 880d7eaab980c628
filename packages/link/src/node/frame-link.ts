import { type FrameInterest, type FrameLink, type Ip, type LinkChange, type Mac } from "@vipkit/net";
import { linkLocalOf, type Interface, type InterfaceEvent } from "../machine/interface-table.js";
import { attach, type Attachment, type ReceiveCounters } from "./attachment.js";
import { noInterface, notEthernet } from "./errors.js";
import { createGroupMemberships, type GroupMemberships } from "./group-memberships.js";
import { watchInterfaces, type InterfaceWatch } from "./interfaces.js";
import { createPcapFile, type PcapFile } from "./pcap-file.js";
import { noSends, type SendCounters } from "./send-queue.js";
import { createSubscriptions, type Subscriptions } from "./subscriptions.js";

const DEFAULT_SEND_QUEUE_FRAMES = 1024;

export interface OpenLinkOptions {
  /** A name of `ip netns`, or a path to a namespace file: where the interface is. */
  readonly namespace?: string | undefined;
  /** How long to wait for an interface that is not there; default 0: it must exist. Infinity waits for ever. */
  readonly waitMs?: number | undefined;
  /** Kernel memory for frames not yet read; at most the sysctl net.core.rmem_max. Default: net.core.rmem_default. */
  readonly receiveBufferBytes?: number | undefined;
  /** Frames that may wait while the kernel has no room for them; default 1024. */
  readonly sendQueueFrames?: number | undefined;
  /** Writes all frames seen and sent to this file, in pcap format. */
  readonly pcap?: string | undefined;
  /** Hear frames for other hosts too: for network cards and hypervisors whose address filters lose some of ours. */
  readonly promiscuous?: boolean | undefined;
  /** Hear all multicast groups. */
  readonly allMulticast?: boolean | undefined;
}

/** What a link has seen and done, since it was opened. */
export interface LinkCounters extends Readonly<ReceiveCounters>, Readonly<SendCounters> {
  /** Multicast groups that the kernel has refused. */
  readonly groupsRefused: number;
  /** Frames missing in the capture file because the disk was too slow. */
  readonly pcapSkipped: number;
}

/** A `FrameLink` of Linux. */
export interface LinuxFrameLink extends FrameLink {
  /** Interface index; 0 while the interface is gone. */
  readonly index: number;
  counters(): LinkCounters;
}

type Waiting = (error: Error | undefined) => void;

class Link implements LinuxFrameLink {
  readonly name: string;
  readonly #options: OpenLinkOptions;
  readonly #counters: ReceiveCounters & SendCounters;
  readonly #groups: GroupMemberships;
  readonly #subscriptions: Subscriptions;
  readonly #changeHandlers = new Set<{ readonly handler: (change: LinkChange) => void }>();
  readonly #pcap: PcapFile | undefined;
  #watch: InterfaceWatch | undefined;
  #interface: Interface | undefined;
  #attachment: Attachment | undefined;
  #mac: Mac = 0;
  #filterDue = false;
  #closed = false;
  /** Set until the link has been attached for the first time: called without an error then, or with why it cannot be. */
  #waiting: Waiting | undefined;

  constructor(name: string, options: OpenLinkOptions, waiting: Waiting) {
    this.name = name;
    this.#options = options;
    this.#waiting = waiting;
    this.#counters = { received: 0, receivedTruncated: 0, receivedDropped: 0, wakeUps: 0, ...noSends() };
    this.#groups = createGroupMemberships(options.namespace);
    this.#subscriptions = createSubscriptions(() => this.#filterLater());
    this.#pcap = options.pcap === undefined ? undefined : createPcapFile(options.pcap);
  }

  /** Attaches to the interface if it is there, and whenever it comes. */
  start(): void {
    const watch = watchInterfaces((event) => this.#follow(event), { namespace: this.#options.namespace });
    // The interface may have turned out to be of no use on the way.
    if (this.#closed) watch.close();
    else this.#watch = watch;
  }

  /** Neither attached yet nor refused. */
  get opening(): boolean {
    return this.#waiting !== undefined;
  }

  get mac(): Mac {
    return this.#mac;
  }

  get up(): boolean {
    return this.#interface?.up === true && this.#attachment !== undefined;
  }

  get linkLocal(): Ip | undefined {
    return this.#interface === undefined ? undefined : linkLocalOf(this.#interface);
  }

  get index(): number {
    return this.#interface?.index ?? 0;
  }

  send(frame: Uint8Array): void {
    if (this.#closed) return;
    if (this.#attachment === undefined) this.#counters.droppedDown += 1;
    else {
      this.#pcap?.write(frame);
      this.#attachment.send(frame);
    }
  }

  onFrame(handler: (frame: Uint8Array) => void, interest?: FrameInterest): () => void {
    if (this.#closed) return () => undefined;
    return this.#subscriptions.add(handler, interest);
  }

  onChange(handler: (change: LinkChange) => void): () => void {
    const entry = { handler };
    if (!this.#closed) this.#changeHandlers.add(entry);
    return () => void this.#changeHandlers.delete(entry);
  }

  joinGroup(group: Ip): void {
    if (!this.#closed) this.#groups.join(group);
  }

  leaveGroup(group: Ip): void {
    if (!this.#closed) this.#groups.leave(group);
  }

  counters(): LinkCounters {
    this.#attachment?.collectDrops();
    return { ...this.#counters, groupsRefused: this.#groups.refused, pcapSkipped: this.#pcap?.skipped ?? 0 };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch?.close();
    this.#detach();
    this.#subscriptions.clear();
    this.#changeHandlers.clear();
    this.#pcap?.close();
  }

  #follow({ type, interface: next }: InterfaceEvent): void {
    if (next.name !== this.name || this.#closed) return;
    const before = [this.#mac, this.up, this.linkLocal];
    if (type === "removed") {
      this.#interface = undefined;
      this.#detach();
    } else {
      this.#interface = next;
      this.#mac = next.mac;
      this.#attachTo(next);
    }
    const after = [this.#mac, this.up, this.linkLocal];
    if (after.some((value, i) => value !== before[i])) {
      this.#tell("state");
    }
    if (type === "moved") this.#tell("moved");
  }

  #tell(change: LinkChange): void {
    for (const { handler } of [...this.#changeHandlers]) handler(change);
  }

  #attachTo(next: Interface): void {
    const { index, mtu } = this.#attachment ?? {};
    if (index === next.index && mtu === next.mtu) return;
    try {
      if (!next.ethernet) throw notEthernet(this.name, next.kind);
      this.#detach();
      this.#attachment = this.#attach(next);
      this.#applyFilter();
      this.#groups.attach(this.#attachment.fd, next.index);
      this.#settle(undefined);
    } catch (error) {
      // Gone again while we were opening it: the next event brings it back. Otherwise the opener hears about it.
      this.#settle(error as Error);
    }
  }

  #attach({ index, mtu }: Interface): Attachment {
    const { namespace, receiveBufferBytes, promiscuous, allMulticast, sendQueueFrames } = this.#options;
    return attach({
      namespace,
      index,
      mtu,
      receiveBufferBytes,
      promiscuous: promiscuous === true,
      allMulticast: allMulticast === true,
      sendQueueFrames: sendQueueFrames ?? DEFAULT_SEND_QUEUE_FRAMES,
      counters: this.#counters,
      deliver: (frame) => {
        this.#pcap?.write(frame);
        this.#subscriptions.deliver(frame);
      },
    });
  }

  #detach(): void {
    this.#groups.detach();
    this.#attachment?.collectDrops();
    this.#attachment?.close();
    this.#attachment = undefined;
  }

  #settle(error: Error | undefined): void {
    this.#waiting?.(error);
    this.#waiting = undefined;
  }

  /** Several changes in one turn of the event loop make one filter. */
  #filterLater(): void {
    if (this.#filterDue) return;
    this.#filterDue = true;
    queueMicrotask(() => {
      this.#filterDue = false;
      this.#applyFilter();
    });
  }

  #applyFilter(): void {
    if (this.#closed || this.#attachment === undefined) return;
    for (const program of this.#subscriptions.filters()) if (this.#attachment.setFilter(program)) return;
  }
}

/**
 * Opens an Ethernet interface for raw frames. The link stays open while the interface goes down, changes its MAC address,
 * is removed and comes back under the same name.
 * @throws VipkitError `ERR_LINK_NO_INTERFACE`, `ERR_LINK_NOT_ETHERNET`, `ERR_LINK_PERMISSION` (CAP_NET_RAW, and CAP_SYS_ADMIN
 * for another namespace), `ERR_LINK_NAMESPACE`, `ERR_LINK_PLATFORM`, `ERR_LINK_SYSCALL`
 */
export function openLink(name: string, options: OpenLinkOptions = {}): Promise<LinuxFrameLink> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = (error: Error | undefined): void => {
      clearTimeout(timer);
      if (error === undefined) resolve(link);
      else {
        link.close();
        reject(error);
      }
    };
    const link = new Link(name, options, settle);
    try {
      link.start();
    } catch (error) {
      settle(error as Error);
      return;
    }
    const { waitMs = 0 } = options;
    if (!link.opening || waitMs === Infinity) return;
    if (waitMs <= 0) settle(noInterface(name));
    else timer = setTimeout(() => settle(noInterface(name)), Math.min(waitMs, 0x7fff_ffff));
  });
}
