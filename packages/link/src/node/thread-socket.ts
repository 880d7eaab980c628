import { openSync } from "node:fs";
import { SOCK } from "./constants.js";
import { libc } from "./libc.js";

/**
 * Opens a socket that is closed by `closeSync`, or by Node.js when the thread ends before that: a worker that is terminated
 * runs nothing any more, and Node.js closes only what was opened through it. So the socket takes the place of a file that was.
 * Returns -1 like `socket`, with the same errno.
 * @throws the error of `openSync` when the process has no descriptor left
 */
export function openThreadSocket(family: number, type: number, protocol: number): number {
  const c = libc();
  const made = c.socket(family, type | SOCK.closeOnExec, protocol);
  if (made < 0) return made;
  try {
    const fd = openSync("/dev/null", "r");
    // O_CLOEXEC has the value of SOCK_CLOEXEC. Both descriptors are valid, and nothing else can go wrong.
    c.dup3(made, fd, SOCK.closeOnExec);
    return fd;
  } finally {
    c.close(made);
  }
}
