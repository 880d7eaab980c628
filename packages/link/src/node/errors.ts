import { getSystemErrorName } from "node:util";
import { VipkitError } from "@vipkit/net";
import { ERRNO } from "./constants.js";

/** The name of an errno: `EPERM`. */
export function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `errno ${errno}`;
  }
}

/**
 * A call of the kernel that has failed.
 * @param what what was attempted: `open a packet socket`
 * @param needs what makes it succeed where permission is missing: `CAP_NET_RAW`
 */
export function syscallError(what: string, errno: number, needs?: string): VipkitError {
  const name = errnoName(errno);
  if (needs !== undefined && (errno === ERRNO.perm || errno === ERRNO.access)) {
    return new VipkitError("ERR_LINK_PERMISSION", `${what}: ${name}, it needs ${needs}`, {
      found: name,
      allowed: needs,
    });
  }
  return new VipkitError("ERR_LINK_SYSCALL", `${what}: ${name}`, { found: name });
}

export function noInterface(name: string): VipkitError {
  return new VipkitError("ERR_LINK_NO_INTERFACE", `there is no interface "${name}"`, { found: name });
}

export function notEthernet(name: string, kind: string): VipkitError {
  return new VipkitError(
    "ERR_LINK_NOT_ETHERNET",
    `"${name}"${kind === "" ? "" : ` (${kind})`} carries no Ethernet frames`,
    { found: name, allowed: "an Ethernet interface" },
  );
}

/** What Node.js would say of this errno, so that both ways of opening sockets report alike. */
export function asNodeError(errno: number): Error {
  return Object.assign(new Error(errnoName(errno)), { code: errnoName(errno) });
}
