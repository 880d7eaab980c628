import { createInterfaceTable, type Interface, type InterfaceEvent } from "../machine/interface-table.js";
import { NETLINK } from "../wire/netlink.js";
import { dumpAll, openNetlink } from "./netlink-socket.js";

/** How many datagrams are read before the event loop gets its turn. */
const DATAGRAMS_PER_WAKE = 64;

export interface WatchInterfacesOptions {
  /** A name of `ip netns`, or a path to a namespace file. */
  readonly namespace?: string | undefined;
}

export interface InterfaceWatch {
  /** The interfaces now, by index. */
  interfaces(): readonly Interface[];
  close(): void;
}

/**
 * Tells about interfaces as they come, go and change, through rtnetlink: nothing is polled. Those that are there already
 * are reported as `added` before this returns. Needs no privilege.
 * @throws VipkitError `ERR_LINK_PLATFORM`, `ERR_LINK_NAMESPACE`, `ERR_LINK_SYSCALL`
 */
export function watchInterfaces(
  onEvent: (event: InterfaceEvent) => void,
  options: WatchInterfacesOptions = {},
): InterfaceWatch {
  const socket = openNetlink(options.namespace);
  const table = createInterfaceTable();
  let closed = false;
  const tell = (events: readonly InterfaceEvent[]): void => {
    for (const event of events) if (!closed) onEvent(event);
  };
  const dump = (): readonly InterfaceEvent[] => {
    const events: InterfaceEvent[] = [];
    table.beginDump();
    dumpAll(socket, (message) => events.push(...table.apply(message)));
    return [...events, ...table.endDump()];
  };
  const read = (): void => {
    for (let i = 0; i < DATAGRAMS_PER_WAKE && !closed; i += 1) {
      const receipt = socket.receive();
      if (receipt === "empty") return;
      // Messages were lost: what has changed in between shows in a new dump.
      if (receipt === "overrun") tell(dump());
      else for (const message of receipt) if (message.type >= NETLINK.newLink) tell(table.apply(message));
    }
  };
  dump();
  tell(table.list().map((one) => ({ type: "added", interface: one })));
  // The event loop calls without a turn of its own: let promises run, and errors surface, as from any other callback.
  socket.watch(() => setImmediate(() => !closed && read()));
  return {
    interfaces: () => table.list(),
    close: () => {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}
