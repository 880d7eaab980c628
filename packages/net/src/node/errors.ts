import { VipkitError } from "../errors.js";

/** What a refused `dial`, `listen` or `bind` means, by errno name. Everything else is `ERR_SOCKET`. */
const CODES: Readonly<Record<string, string>> = {
  EADDRINUSE: "ERR_SOCKET_IN_USE",
  EADDRNOTAVAIL: "ERR_SOCKET_ADDRESS",
  EACCES: "ERR_SOCKET_PERMISSION",
  EPERM: "ERR_SOCKET_PERMISSION",
  ECONNREFUSED: "ERR_DIAL_REFUSED",
  ECONNRESET: "ERR_DIAL_REFUSED",
  EHOSTUNREACH: "ERR_DIAL_UNREACHABLE",
  ENETUNREACH: "ERR_DIAL_UNREACHABLE",
  ENETDOWN: "ERR_DIAL_UNREACHABLE",
  ETIMEDOUT: "ERR_DIAL_TIMEOUT",
};

const HINTS: Readonly<Record<string, string>> = {
  ERR_SOCKET_PERMISSION:
    " (a port below 1024 needs CAP_NET_BIND_SERVICE or a lower sysctl net.ipv4.ip_unprivileged_port_start)",
  ERR_SOCKET_ADDRESS: " (no interface has this address; sysctl net.ipv4.ip_nonlocal_bind allows it all the same)",
};

/** Turns an error of Node.js or of the kernel into one with a stable code. `what` says what was attempted. */
export function socketError(what: string, cause: unknown): VipkitError {
  const name = (cause as { readonly code?: unknown } | null)?.code;
  const code = typeof name === "string" ? (CODES[name] ?? "ERR_SOCKET") : "ERR_SOCKET";
  const text = typeof name === "string" ? name : String(cause);
  return new VipkitError(code, `${what}: ${text}${HINTS[code] ?? ""}`, { found: text, cause });
}

/** The error of a dial that nobody answered in time. */
export function dialTimeout(what: string, timeoutMs: number, hint = ""): VipkitError {
  return new VipkitError("ERR_DIAL_TIMEOUT", `${what}: no answer within ${timeoutMs} ms${hint}`, {
    found: `${timeoutMs} ms`,
  });
}

/** Refuses what needs the kernel's socket options. */
export function refuseOption(name: string): never {
  throw new VipkitError("ERR_SOCKET_OPTION", `"${name}" needs linuxHost() of @vipkit/link/node, on Linux`, {
    found: name,
    allowed: "@vipkit/link",
  });
}
