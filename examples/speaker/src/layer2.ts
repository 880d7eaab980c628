import { startArp, type ArpSpeaker } from "@vipkit/arp/node";
import { startNdp, type NdpSpeaker } from "@vipkit/ndp/node";
import { isIpv4, isIpv6, type FrameLink, type Host, type Ip } from "@vipkit/net";
import type { Tell } from "./events.js";

/** An address that this node answers for, and on which interfaces. */
export interface OwnedAddress {
  readonly ip: Ip;
  /** Interface names; undefined means all. */
  readonly interfaces: readonly string[] | undefined;
}

/** ARP and neighbour discovery on the interfaces of this node. */
export interface Layer2 {
  /** Speak on these interfaces from now on. One that cannot be opened is tried again. */
  useInterfaces(names: readonly string[]): void;
  /** From now on exactly these addresses are answered for. New ones are announced. */
  own(addresses: readonly OwnedAddress[]): void;
  /** Announces everything again: after a partition has healed the neighbours may have learned wrong things. */
  reannounce(): void;
  snapshot(): readonly object[];
  close(): void;
}

interface OpenInterface {
  readonly link: FrameLink;
  readonly arp: ArpSpeaker;
  readonly ndp: NdpSpeaker;
}

/** How long to wait before an interface that could not be opened is tried again. */
const TRY_AGAIN_MS = 1000;

export function createLayer2(host: Host, tell: Tell): Layer2 {
  const open = new Map<string, OpenInterface>();
  const complaints = new Map<string, string>();
  const cancels = new Map<string, () => void>();
  let owned: readonly OwnedAddress[] = [];
  let wanted: ReadonlySet<string> = new Set();

  const ownOn = (name: string, { arp, ndp }: OpenInterface): void => {
    const here = owned.filter(({ interfaces }) => interfaces?.includes(name) ?? true).map(({ ip }) => ip);
    arp.own(here.filter(isIpv4));
    ndp.own(here.filter(isIpv6));
  };
  const start = (link: FrameLink): OpenInterface => {
    const common = { link, clock: host.clock, random: () => host.random() };
    const started: OpenInterface = { link, arp: startArp(common), ndp: startNdp(common) };
    link.onChange((change) => {
      const reason = change === "moved" ? "it is reached another way (bond, migration)" : "interface changed";
      tell({ type: "link", interface: link.name, up: link.up, reason });
    });
    return started;
  };
  const openInterface = async (name: string): Promise<void> => {
    cancels.delete(name);
    if (open.has(name) || !wanted.has(name)) return;
    try {
      const link = await host.openLink(name);
      if (!wanted.has(name) || open.has(name)) {
        link.close();
        return;
      }
      const started = start(link);
      open.set(name, started);
      complaints.delete(name);
      tell({ type: "link", interface: name, up: link.up, reason: "opened" });
      ownOn(name, started);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (complaints.get(name) !== message) tell({ type: "problem", what: `interface ${name}`, message });
      complaints.set(name, message);
      if (wanted.has(name))
        cancels.set(
          name,
          host.clock.after(TRY_AGAIN_MS, () => void openInterface(name)),
        );
    }
  };
  const closeInterface = (name: string): void => {
    cancels.get(name)?.();
    cancels.delete(name);
    const entry = open.get(name);
    if (entry === undefined) return;
    open.delete(name);
    entry.arp.close();
    entry.ndp.close();
    entry.link.close();
  };
  const useInterfaces = (names: readonly string[]): void => {
    wanted = new Set(names);
    for (const name of [...open.keys(), ...cancels.keys()]) if (!wanted.has(name)) closeInterface(name);
    for (const name of wanted) if (!cancels.has(name)) void openInterface(name);
  };

  return {
    own: (addresses) => {
      owned = addresses;
      for (const [name, entry] of open) ownOn(name, entry);
    },
    reannounce: () => {
      for (const { arp, ndp } of open.values()) {
        arp.reannounce();
        ndp.reannounce();
      }
    },
    snapshot: () =>
      [...open].map(([name, { link, arp, ndp }]) => ({
        interface: name,
        up: link.up,
        arp: arp.snapshot(),
        ndp: ndp.snapshot(),
      })),
    useInterfaces,
    close: () => useInterfaces([]),
  };
}
