import { closeSync, openSync } from "node:fs";
import { isPromise } from "node:util/types";
import { VipkitError } from "@vipkit/net";
import { CLONE_NEWNET } from "./constants.js";
import { errnoName, syscallError } from "./errors.js";
import { libc } from "./libc.js";

/** Where `ip netns add` leaves its names. */
const NAMES = "/run/netns/";
const OWN = "/proc/thread-self/ns/net";

function openNamespace(namespace: string): number {
  const path = namespace.includes("/") ? namespace : NAMES + namespace;
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new VipkitError("ERR_LINK_NAMESPACE", `there is no network namespace "${namespace}"`, {
      found: namespace,
      allowed: `a name under ${NAMES} or a path such as /proc/PID/ns/net`,
      cause: error,
    });
  }
}

/** Nothing can go on in the wrong namespace. */
function goHome(home: number): void {
  if (libc().setns(home, CLONE_NEWNET) !== 0) {
    throw new VipkitError(
      "ERR_LINK_NAMESPACE",
      `cannot go back to the own network namespace: ${errnoName(libc().errno())}`,
    );
  }
}

/**
 * Runs `fn` with this thread in another network namespace and comes back. What is opened inside stays there: a socket
 * keeps the namespace it was made in. `fn` must be done when it returns; what it would await runs at home again.
 * @param namespace a name of `ip netns`, or a path to a namespace file; undefined runs `fn` where we are
 * @throws VipkitError `ERR_LINK_NAMESPACE`, `ERR_LINK_PERMISSION` (CAP_SYS_ADMIN), `ERR_LINK_PLATFORM`, and what `fn` throws
 */
export function inNamespace<T>(namespace: string | undefined, fn: () => T): T {
  if (namespace === undefined) return fn();
  const c = libc();
  const target = openNamespace(namespace);
  const home = openSync(OWN, "r");
  try {
    if (c.setns(target, CLONE_NEWNET) !== 0) {
      throw syscallError(`enter the network namespace "${namespace}"`, c.errno(), "CAP_SYS_ADMIN");
    }
    let result: T;
    try {
      result = fn();
    } finally {
      goHome(home);
    }
    if (isPromise(result)) {
      throw new VipkitError("ERR_LINK_NAMESPACE", "what runs in another namespace must not be asynchronous");
    }
    return result;
  } finally {
    closeSync(target);
    closeSync(home);
  }
}
