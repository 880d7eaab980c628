import { compareIp, isLinkLocal, type Ip, type Mac } from "@vipkit/net";
import {
  decodeAddressMessage,
  decodeLinkMessage,
  type InterfaceAddress,
  type LinkMessage,
} from "../wire/interface-message.js";
import { NETLINK, type NetlinkMessage } from "../wire/netlink.js";

/** A network interface as the kernel describes it. */
export interface Interface {
  readonly name: string;
  readonly index: number;
  readonly mac: Mac;
  /** Administratively up, with a carrier. */
  readonly up: boolean;
  /** False for tunnels, the loopback and everything else without Ethernet headers. */
  readonly ethernet: boolean;
  readonly mtu: number;
  /** `veth`, `vlan`, `bond`, `bridge`, ...; empty for hardware. */
  readonly kind: string;
  /** Index of the bridge or bond that the interface is a port of; 0 for none. */
  readonly master: number;
  /** IPv4 first, each family ascending. */
  readonly addresses: readonly InterfaceAddress[];
}

/**
 * Something has happened to an interface. `changed` covers up, down, MAC, MTU and addresses. `moved`: the network must learn anew
 * where it is, because a bond uses another member or a virtual machine has migrated.
 */
export interface InterfaceEvent {
  readonly type: "added" | "removed" | "changed" | "moved";
  readonly interface: Interface;
}

/** What is known about all interfaces of a network namespace: netlink messages go in, events come out. */
export interface InterfaceTable {
  /** @throws DecodeError `ERR_NETLINK` */
  apply(message: NetlinkMessage): readonly InterfaceEvent[];
  /** The interfaces by index, ascending. */
  list(): readonly Interface[];
  /** A full dump begins: what it does not mention is gone when `endDump` is called. */
  beginDump(): void;
  endDump(): readonly InterfaceEvent[];
}

/** The link-local IPv6 address that may be used as a source, where there is one. */
export function linkLocalOf({ addresses }: Interface): Ip | undefined {
  return addresses.find(
    ({ ip, tentative, duplicate }) => typeof ip === "bigint" && isLinkLocal(ip) && !tentative && !duplicate,
  )?.ip;
}

function sameAddresses(a: readonly InterfaceAddress[], b: readonly InterfaceAddress[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i]!;
      return (
        one.ip === other.ip &&
        one.length === other.length &&
        one.tentative === other.tentative &&
        one.duplicate === other.duplicate
      );
    })
  );
}

function sameInterface(a: Interface, b: Interface): boolean {
  return (
    a.name === b.name &&
    a.mac === b.mac &&
    a.up === b.up &&
    a.mtu === b.mtu &&
    a.master === b.master &&
    sameAddresses(a.addresses, b.addresses)
  );
}

function withAddress(
  addresses: readonly InterfaceAddress[],
  changed: InterfaceAddress,
  present: boolean,
): InterfaceAddress[] {
  const others = addresses.filter(({ ip, length }) => ip !== changed.ip || length !== changed.length);
  if (present) others.push(changed);
  return others.sort((a, b) => compareIp(a.ip, b.ip) || a.length - b.length);
}

class Table implements InterfaceTable {
  readonly #interfaces = new Map<number, Interface>();
  /** During a dump: the interfaces and the addresses that it has mentioned. */
  #seen: { links: Set<number>; addresses: Map<number, InterfaceAddress[]> } | undefined;

  apply({ type, payload }: NetlinkMessage): readonly InterfaceEvent[] {
    if (type === NETLINK.newLink) return this.#link(decodeLinkMessage(payload));
    if (type === NETLINK.delLink) return this.#unlink(decodeLinkMessage(payload));
    if (type === NETLINK.newAddress || type === NETLINK.delAddress) {
      return this.#address(payload, type === NETLINK.newAddress);
    }
    return [];
  }

  list(): readonly Interface[] {
    return [...this.#interfaces.values()].sort((a, b) => a.index - b.index);
  }

  beginDump(): void {
    this.#seen = { links: new Set(), addresses: new Map() };
  }

  endDump(): readonly InterfaceEvent[] {
    const seen = this.#seen;
    this.#seen = undefined;
    if (seen === undefined) return [];
    return this.list().flatMap((known) => {
      if (!seen.links.has(known.index)) return this.#remove(known.index);
      return this.#store({ ...known, addresses: seen.addresses.get(known.index) ?? [] });
    });
  }

  #link({ family, moved, ...link }: LinkMessage): readonly InterfaceEvent[] {
    // Bridge ports speak of themselves in messages of their own family, which leave most of it out.
    if (family !== 0) return [];
    this.#seen?.links.add(link.index);
    const next = { ...link, addresses: this.#interfaces.get(link.index)?.addresses ?? [] };
    const events = this.#store(next);
    return moved ? [...events, { type: "moved", interface: next }] : events;
  }

  #unlink({ family, index }: LinkMessage): readonly InterfaceEvent[] {
    // In the bridge family it only means that the interface has left the bridge.
    if (family !== 0) return [];
    this.#seen?.links.delete(index);
    return this.#remove(index);
  }

  #address(payload: Uint8Array, present: boolean): readonly InterfaceEvent[] {
    const message = decodeAddressMessage(payload);
    const known = message === undefined ? undefined : this.#interfaces.get(message.index);
    if (message === undefined || known === undefined) return [];
    const seen = this.#seen?.addresses;
    seen?.set(message.index, withAddress(seen.get(message.index) ?? [], message.address, present));
    return this.#store({ ...known, addresses: withAddress(known.addresses, message.address, present) });
  }

  #store(next: Interface): readonly InterfaceEvent[] {
    const known = this.#interfaces.get(next.index);
    this.#interfaces.set(next.index, next);
    if (known === undefined) return [{ type: "added", interface: next }];
    // A renamed interface is another one to those who look for it by name.
    if (known.name !== next.name) {
      return [
        { type: "removed", interface: { ...known, up: false } },
        { type: "added", interface: next },
      ];
    }
    return sameInterface(known, next) ? [] : [{ type: "changed", interface: next }];
  }

  #remove(index: number): readonly InterfaceEvent[] {
    const known = this.#interfaces.get(index);
    if (known === undefined) return [];
    this.#interfaces.delete(index);
    return [{ type: "removed", interface: { ...known, up: false } }];
  }
}

export function createInterfaceTable(): InterfaceTable {
  return new Table();
}
