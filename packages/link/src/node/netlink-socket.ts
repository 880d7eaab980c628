import { closeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { decodeNetlinkViews, encodeDumpRequest, NETLINK, type NetlinkMessage } from "../wire/netlink.js";
import { AF, ERRNO, MSG, NETLINK_ROUTE, RTNETLINK_GROUPS, SO, SOCK, SOL } from "./constants.js";
import { watchBell } from "./doorbell.js";
import { syscallError } from "./errors.js";
import { libc, type ReadinessWatch } from "./libc.js";
import { inNamespace } from "./namespace.js";
import { encode, encodeInt, sockaddrNl } from "./structs.js";
import { openThreadSocket } from "./thread-socket.js";

const BUFFER_LENGTH = 0x1_0000;
const RECEIVE_BUFFER = 0x10_0000;

/** What one receive brought: messages, nothing yet, or a gap because we were too slow. */
export type NetlinkReceipt = readonly NetlinkMessage[] | "empty" | "overrun";

/** A socket that hears about links and addresses. Nothing waits: `receive` answers at once. */
export interface NetlinkSocket {
  readonly fd: number;
  request(type: number): void;
  /** The payloads are valid until the next call. */
  receive(): NetlinkReceipt;
  watch(readable: () => void): void;
  close(): void;
}

/** A descriptor of a socket that hears about links and addresses. */
function bindNetlink(): number {
  const c = libc();
  const fd = openThreadSocket(AF.netlink, SOCK.raw | SOCK.nonblock, NETLINK_ROUTE);
  if (fd < 0) throw syscallError("open a netlink socket", c.errno());
  const address = encode(sockaddrNl, { family: AF.netlink, pad: 0, pid: 0, groups: RTNETLINK_GROUPS });
  c.setsockopt(fd, SOL.socket, SO.receiveBuffer, encodeInt(RECEIVE_BUFFER), 4);
  if (c.bind(fd, address, address.length) === 0) return fd;
  const errno = c.errno();
  closeSync(fd);
  throw syscallError("bind a netlink socket", errno);
}

function watchMain(fd: number, readable: () => void): ReadinessWatch {
  const watching = libc().onReadable(fd, (failed) => {
    readable();
    if (failed) watching.restart();
  });
  return watching;
}

/**
 * Opens the socket in a network namespace; needs no privilege in our own.
 * @throws VipkitError `ERR_LINK_SYSCALL`, and those of `inNamespace`
 */
export function openNetlink(namespace: string | undefined): NetlinkSocket {
  const c = libc();
  const open = (): number => inNamespace(namespace, bindNetlink);
  const fd = open();
  const buffer = new Uint8Array(BUFFER_LENGTH);
  let sequence = 0;
  let watching: { close(): void } | undefined;
  return {
    fd,
    request: (type) => {
      sequence += 1;
      const bytes = encodeDumpRequest(type, sequence);
      if (c.send(fd, bytes, bytes.length, MSG.noSignal) < 0) throw syscallError("ask netlink", c.errno());
    },
    receive: () => {
      const length = c.recv(fd, buffer, BUFFER_LENGTH, MSG.dontWait);
      if (length >= 0) return decodeNetlinkViews(buffer.subarray(0, length));
      return c.errno() === ERRNO.again ? "empty" : "overrun";
    },
    watch: (readable) => {
      watching = isMainThread ? watchMain(fd, readable) : watchBell(open, readable);
    },
    close: () => {
      watching?.close();
      closeSync(fd);
    },
  };
}

/** The messages of a whole dump, of links and then of addresses, and whatever happened meanwhile. */
export function dumpAll(socket: NetlinkSocket, apply: (message: NetlinkMessage) => void): void {
  for (const type of [NETLINK.getLink, NETLINK.getAddress]) {
    socket.request(type);
    for (let done = false; !done;) {
      const receipt = socket.receive();
      // The kernel answers a dump on the spot, so there is always something to read before its end.
      if (receipt === "empty" || receipt === "overrun") break;
      for (const message of receipt) {
        if (message.type === NETLINK.done || message.type === NETLINK.error) done = true;
        else apply(message);
      }
    }
  }
}
