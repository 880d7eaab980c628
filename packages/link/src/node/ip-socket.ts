import { closeSync } from "node:fs";
import type { Ip } from "@vipkit/net";
import { socketError } from "@vipkit/net/node";
import { SOCK } from "./constants.js";
import { asNodeError, syscallError } from "./errors.js";
import { libc } from "./libc.js";
import { familyNumber } from "./structs.js";

/** A socket of this address's family in the current namespace, not blocking; closed again when `prepare` fails. */
export function ipSocket(ip: Ip, type: number, prepare: (fd: number) => void): number {
  const c = libc();
  const fd = c.socket(familyNumber(ip), type | SOCK.nonblock | SOCK.closeOnExec, 0);
  if (fd < 0) throw syscallError(type === SOCK.stream ? "open a TCP socket" : "open a UDP socket", c.errno());
  try {
    prepare(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Binds to a `struct sockaddr`. @throws VipkitError `ERR_SOCKET_*` */
export function bindTo(fd: number, address: Uint8Array, what: string): void {
  const c = libc();
  if (c.bind(fd, address, address.length) !== 0) throw socketError(what, asNodeError(c.errno()));
}
