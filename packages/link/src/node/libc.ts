import { createRequire } from "node:module";
import { endianness } from "node:os";
import { VipkitError } from "@vipkit/net";
import type * as koffiTypes from "koffi";

type Koffi = typeof koffiTypes;
/** A pointer argument: bytes that stay where they are, an address, or nothing. */
export type Pointer = Uint8Array | bigint | null;

/** The C library's calls that Node.js has no equivalent for. All of them return -1 on failure; `errno` says why. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number;
  recv(fd: number, bytes: Pointer, length: number, flags: number): number;
  send(fd: number, bytes: Pointer, length: number, flags: number): number;
  sendto(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: Pointer, count: number, flags: number): number;
  setns(fd: number, type: number): number;
  sched_setscheduler(thread: number, policy: number, parameters: Uint8Array): number;
  dup3(from: number, to: number, flags: number): number;
  close(fd: number): number;
  /** Writes two descriptors of four bytes each to `pair`. */
  socketpair(family: number, type: number, protocol: number, pair: Uint8Array): number;
  if_nametoindex(name: string): number;
  /** Writes the name and a zero to `name`, which has 16 bytes; null when there is no such interface. */
  if_indextoname(index: number, name: Uint8Array): unknown;
  errno(): number;
  /** Where these bytes are. They must be kept alive and must be longer than 64 bytes, for V8 moves shorter ones. */
  addressOf(bytes: Uint8Array): bigint;
  /** Calls back on the event loop while the descriptor is readable. `failed` is set for POLLERR, which also ends the watching. */
  onReadable(fd: number, callback: (failed: boolean) => void): ReadinessWatch;
}

export interface ReadinessWatch {
  /** Watches again after a failure. */
  restart(): void;
  close(): void;
}

/** Where pointers have eight bytes, numbers are little endian and the constants are the common ones. */
const ARCHITECTURES: readonly string[] = ["x64", "arm64", "riscv64", "loong64", "ppc64"];

const DECLARATIONS = [
  "int socket(int, int, int)",
  "int bind(int, const void *, uint32_t)",
  "int connect(int, const void *, uint32_t)",
  "int setsockopt(int, int, int, const void *, uint32_t)",
  "int getsockopt(int, int, int, void *, void *)",
  "intptr_t recv(int, void *, size_t, int)",
  "intptr_t send(int, const void *, size_t, int)",
  "intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)",
  "int getsockname(int, void *, void *)",
  "int recvmmsg(int, void *, unsigned int, int, void *)",
  "int sendmmsg(int, void *, unsigned int, int)",
  "int setns(int, int)",
  "int sched_setscheduler(int, int, const void *)",
  "int dup3(int, int, int)",
  "int close(int)",
  "int socketpair(int, int, int, void *)",
  "unsigned int if_nametoindex(const char *)",
  "void *if_indextoname(unsigned int, void *)",
];

/** Why raw links cannot work here whatever the privileges; undefined where they can. */
export function platformProblem(): string | undefined {
  if (process.platform !== "linux") return `needs Linux, this is ${process.platform}`;
  if (!ARCHITECTURES.includes(process.arch) || endianness() !== "LE") {
    return `knows the kernel's structures for 64-bit little-endian machines only, this is ${process.arch}`;
  }
  return undefined;
}

function refusePlatform(found: string, cause?: unknown): never {
  throw new VipkitError("ERR_LINK_PLATFORM", `@vipkit/link ${found}`, {
    found: `${process.platform} ${process.arch}`,
    allowed: "Linux, 64-bit little endian",
    cause,
  });
}

function loadKoffi(require: NodeJS.Require): Koffi {
  try {
    // Loading late keeps the package importable everywhere.
    return require("koffi") as Koffi;
  } catch (error) {
    return refusePlatform("cannot load koffi, its native part, on this machine", error);
  }
}

/** RTLD_NOW, RTLD_NOLOAD and RTLD_NODELETE of dlfcn.h. */
const KEEP_LOADED = 0x2 | 0x4 | 0x1000;

/**
 * Keeps koffi's code in memory for good. Node.js unloads an addon with the last thread that has it, and only then lets the
 * event loop of that thread close what is still open: with poll handles that would be a call into nothing.
 */
function keepLoaded(require: NodeJS.Require, library: koffiTypes.LibraryHandle): void {
  const dlopen = library.func("void *dlopen(const char *, int)") as (path: string, flags: number) => unknown;
  for (const path of Object.keys(require.cache)) if (path.endsWith("koffi.node")) dlopen(path, KEEP_LOADED);
}

type Polling = ReturnType<Koffi["node"]["poll"]>;
type PollCallback = (status: number, events: unknown) => void;
/** The published types leave out the status, which comes first. */
type Poll = (
  fd: number,
  events: object,
  callback: PollCallback,
) => Polling & { start(events: object, callback: PollCallback): void };

function watch(koffi: Koffi, fd: number, events: object, callback: (failed: boolean) => void): ReadinessWatch {
  const onEvent: PollCallback = (status) => {
    callback(status < 0);
  };
  const handle = (koffi.node.poll as unknown as Poll)(fd, events, onEvent);
  let closed = false;
  return {
    restart: () => {
      if (!closed) handle.start(events, onEvent);
    },
    close: () => {
      if (closed) return;
      closed = true;
      handle.close();
    },
  };
}

function open(): Libc {
  const problem = platformProblem();
  if (problem !== undefined) refusePlatform(problem);
  const require = createRequire(import.meta.url);
  const koffi = loadKoffi(require);
  const library = koffi.load(null);
  keepLoaded(require, library);
  const functions = Object.fromEntries(
    DECLARATIONS.map((declaration) => [/(\w+)\(/.exec(declaration)![1]!, library.func(declaration)]),
  ) as unknown as Omit<Libc, "errno" | "addressOf" | "onReadable">;
  return {
    ...functions,
    errno: () => koffi.errno(),
    addressOf: (bytes) => koffi.address(bytes),
    onReadable: (fd, callback) => watch(koffi, fd, { readable: true }, callback),
  };
}

let opened: Libc | undefined;

/** The C library, loaded at the first call. @throws VipkitError `ERR_LINK_PLATFORM` */
export function libc(): Libc {
  opened ??= open();
  return opened;
}
