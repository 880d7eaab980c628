import { ipFromBytes, type Ip } from "@vipkit/net";
import { AF, MSG } from "./constants.js";
import { libc } from "./libc.js";

/** Datagrams per call of the kernel. */
export const DATAGRAM_BATCH = 32;

/** Sizes and offsets, in bytes, of struct mmsghdr, iovec, cmsghdr, sockaddr_in and sockaddr_in6. */
const MMSGHDR = 64;
const MMSGHDR_NAME_LENGTH = 8;
const MMSGHDR_IOV = 16;
const MMSGHDR_IOV_COUNT = 24;
const MMSGHDR_CONTROL = 32;
const MMSGHDR_CONTROL_LENGTH = 40;
const MMSGHDR_LENGTH = 56;
const IOVEC = 16;
const NAME = 32;
const NAME_PORT = 2;
const NAME_IPV4 = 4;
const NAME_IPV6 = 8;
const NAME_SCOPE = 24;
/** One control message with an int: the TTL. */
const CONTROL = 24;
const CONTROL_INT = 16;
/** The longest payload of UDP, and room to spare. */
const SLOT = 0x1_0000;

/** A datagram out of the ring: the bytes are a copy. */
export interface Received {
  readonly bytes: Uint8Array;
  readonly ip: Ip;
  readonly port: number;
  /** Index of the interface of a link-local address, else 0. */
  readonly scope: number;
  /** Where the socket asks for it. */
  readonly ttl: number | undefined;
}

/** Memory that the kernel fills with datagrams. */
interface DatagramRing {
  /** Fetches what is there, at most a batch; or minus the errno. */
  fetch(fd: number): readonly Received[] | number;
}

function createRing(): DatagramRing {
  const c = libc();
  const payloads = new Uint8Array(SLOT * DATAGRAM_BATCH);
  const names = new DataView(new ArrayBuffer(NAME * DATAGRAM_BATCH));
  const controls = new DataView(new ArrayBuffer(CONTROL * DATAGRAM_BATCH));
  const vectors = new DataView(new ArrayBuffer(IOVEC * DATAGRAM_BATCH));
  const headers = new DataView(new ArrayBuffer(MMSGHDR * DATAGRAM_BATCH));
  const addressOf = (view: DataView): bigint => c.addressOf(new Uint8Array(view.buffer));
  // The kernel follows these addresses: the ring lives as long as the program, and all five blocks with it.
  const kept = { payloads, names, controls, vectors, headers };
  const headersAt = addressOf(headers);
  const payloadsAt = c.addressOf(payloads);
  const [namesAt, controlsAt, vectorsAt] = [addressOf(names), addressOf(controls), addressOf(vectors)];

  const lay = (i: number): void => {
    const header = i * MMSGHDR;
    vectors.setBigUint64(i * IOVEC, payloadsAt + BigInt(i * SLOT), true);
    vectors.setBigUint64(i * IOVEC + 8, BigInt(SLOT), true);
    headers.setBigUint64(header, namesAt + BigInt(i * NAME), true);
    headers.setBigUint64(header + MMSGHDR_IOV, vectorsAt + BigInt(i * IOVEC), true);
    headers.setBigUint64(header + MMSGHDR_IOV_COUNT, 1n, true);
    headers.setBigUint64(header + MMSGHDR_CONTROL, controlsAt + BigInt(i * CONTROL), true);
    renew(header);
  };
  /** The kernel writes the lengths that it has used where it expects those that there are. */
  const renew = (header: number): void => {
    headers.setUint32(header + MMSGHDR_NAME_LENGTH, NAME, true);
    headers.setUint32(header + MMSGHDR_CONTROL_LENGTH, CONTROL, true);
  };
  for (let i = 0; i < DATAGRAM_BATCH; i += 1) lay(i);

  const ipAt = (at: number, isIpv4: boolean): Ip =>
    isIpv4 ? names.getUint32(at + NAME_IPV4) : ipFromBytes(new Uint8Array(names.buffer, at + NAME_IPV6, 16));
  const read = (i: number): Received => {
    const header = i * MMSGHDR;
    const name = i * NAME;
    const isIpv4 = names.getUint16(name, true) === AF.inet;
    const told = headers.getUint32(header + MMSGHDR_CONTROL_LENGTH, true) >= CONTROL_INT + 4;
    const length = headers.getUint32(header + MMSGHDR_LENGTH, true);
    renew(header);
    return {
      bytes: payloads.slice(i * SLOT, i * SLOT + length),
      ip: ipAt(name, isIpv4),
      port: names.getUint16(name + NAME_PORT),
      scope: isIpv4 ? 0 : names.getUint32(name + NAME_SCOPE, true),
      ttl: told ? controls.getInt32(i * CONTROL + CONTROL_INT, true) : undefined,
    };
  };

  return {
    fetch: (fd) => {
      const count = c.recvmmsg(fd, headersAt, DATAGRAM_BATCH, MSG.dontWait, null);
      if (count < 0) return -c.errno();
      return Array.from({ length: kept.headers.byteLength > 0 ? count : 0 }, (_, i) => read(i));
    },
  };
}

let ring: DatagramRing | undefined;

/** Fetches what has arrived on a UDP socket, at most a batch; or minus the errno. All sockets share the memory. */
export function receiveDatagrams(fd: number): readonly Received[] | number {
  ring ??= createRing();
  return ring.fetch(fd);
}
