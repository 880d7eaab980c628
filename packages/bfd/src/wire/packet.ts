import { ByteReader, ByteWriter, DecodeError } from "@vipkit/net";

/** RFC 5880 section 4.1 */
export type BfdStateName = "AdminDown" | "Down" | "Init" | "Up";

/** By number. */
export const BFD_STATES: readonly BfdStateName[] = ["AdminDown", "Down", "Init", "Up"];

/** Diagnostic codes (RFC 5880 section 4.1). */
export const BfdDiagnostic = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborDown: 3,
  forwardingReset: 4,
  pathDown: 5,
  concatenatedPathDown: 6,
  administrativelyDown: 7,
  reverseConcatenatedPathDown: 8,
} as const;

const DIAGNOSTIC_NAMES: readonly string[] = [
  "No Diagnostic",
  "Control Detection Time Expired",
  "Echo Function Failed",
  "Neighbor Signaled Session Down",
  "Forwarding Plane Reset",
  "Path Down",
  "Concatenated Path Down",
  "Administratively Down",
  "Reverse Concatenated Path Down",
];

export function diagnosticName(diagnostic: number): string {
  return DIAGNOSTIC_NAMES[diagnostic] ?? `Diagnostic ${diagnostic}`;
}

/** 1 simple password, 2 keyed MD5, 3 meticulous keyed MD5, 4 keyed SHA1, 5 meticulous keyed SHA1 (RFC 5880 section 4.1) */
export const BfdAuthType = {
  simplePassword: 1,
  keyedMd5: 2,
  meticulousMd5: 3,
  keyedSha1: 4,
  meticulousSha1: 5,
} as const;

/** The authentication section as it stands in the packet (RFC 5880 sections 4.2 to 4.4). `data` starts behind type and length. */
export interface BfdAuth {
  readonly type: number;
  readonly data: Uint8Array;
}

/** A BFD control packet. Intervals are microseconds, 0 to 2^32 - 1. */
export interface BfdPacket {
  readonly diagnostic: number;
  readonly state: BfdStateName;
  readonly poll: boolean;
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  /** 1 to 255 */
  readonly detectMultiplier: number;
  readonly myDiscriminator: number;
  readonly yourDiscriminator: number;
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
  readonly requiredMinEchoRxUs: number;
  readonly auth?: BfdAuth | undefined;
}

/** Octets without authentication. */
export const BFD_HEADER_LENGTH = 24;
const FLAG = { poll: 0x20, final: 0x10, independent: 0x08, auth: 0x04, demand: 0x02, multipoint: 0x01 } as const;

export function lengthOfBfd({ auth }: BfdPacket): number {
  return BFD_HEADER_LENGTH + (auth === undefined ? 0 : 2 + auth.data.length);
}

function fail(code: string, field: string, offset: number, message: string): never {
  throw new DecodeError(code, field, offset, message);
}

function decodeAuth(reader: ByteReader, end: number): BfdAuth {
  const start = reader.offset;
  const type = reader.u8("authType");
  const length = reader.u8("authLength");
  if (length < 3 || start + length > end) {
    fail("ERR_BFD_AUTH_LENGTH", "authLength", start + 1, `an authentication section of ${length} octets does not fit`);
  }
  return { type, data: reader.copy(length - 2, "auth") };
}

/** The checks of RFC 5880 section 6.8.6 that need no session. */
function check(packet: BfdPacket, multipoint: boolean): BfdPacket {
  if (packet.detectMultiplier === 0) fail("ERR_BFD_MULTIPLIER", "detectMultiplier", 2, "the detection multiplier is 0");
  if (multipoint) fail("ERR_BFD_MULTIPOINT", "flags", 1, "the multipoint bit is set");
  if (packet.myDiscriminator === 0)
    fail("ERR_BFD_DISCRIMINATOR", "myDiscriminator", 4, "the sender's discriminator is 0");
  if (packet.yourDiscriminator === 0 && packet.state !== "Down" && packet.state !== "AdminDown") {
    fail("ERR_BFD_YOUR_DISCRIMINATOR", "yourDiscriminator", 8, `the state is ${packet.state} and the receiver unknown`);
  }
  return packet;
}

/**
 * Reads the payload of a UDP datagram. Octets behind the length field are ignored (RFC 5880 section 6.8.6).
 * @throws DecodeError `ERR_BFD_TRUNCATED`, `ERR_BFD_VERSION`, `ERR_BFD_LENGTH`, `ERR_BFD_MULTIPLIER`, `ERR_BFD_MULTIPOINT`,
 * `ERR_BFD_DISCRIMINATOR`, `ERR_BFD_YOUR_DISCRIMINATOR`, `ERR_BFD_AUTH_LENGTH`
 */
export function decodeBfd(bytes: Uint8Array): BfdPacket {
  const reader = new ByteReader(bytes, "ERR_BFD_TRUNCATED");
  const first = reader.u8("version");
  if (first >> 5 !== 1) fail("ERR_BFD_VERSION", "version", 0, `version ${first >> 5} is not 1`);
  const flags = reader.u8("flags");
  const detectMultiplier = reader.u8("detectMultiplier");
  const length = reader.u8("length");
  const hasAuth = (flags & FLAG.auth) !== 0;
  if (length < (hasAuth ? 26 : BFD_HEADER_LENGTH) || length > bytes.length) {
    fail("ERR_BFD_LENGTH", "length", 3, `the length field says ${length}, the datagram has ${bytes.length} octets`);
  }
  const packet: BfdPacket = {
    diagnostic: first & 0x1f,
    state: BFD_STATES[flags >> 6]!,
    poll: (flags & FLAG.poll) !== 0,
    final: (flags & FLAG.final) !== 0,
    controlPlaneIndependent: (flags & FLAG.independent) !== 0,
    demand: (flags & FLAG.demand) !== 0,
    detectMultiplier,
    myDiscriminator: reader.u32("myDiscriminator"),
    yourDiscriminator: reader.u32("yourDiscriminator"),
    desiredMinTxUs: reader.u32("desiredMinTx"),
    requiredMinRxUs: reader.u32("requiredMinRx"),
    requiredMinEchoRxUs: reader.u32("requiredMinEchoRx"),
  };
  const whole = hasAuth ? { ...packet, auth: decodeAuth(reader, length) } : packet;
  return check(whole, (flags & FLAG.multipoint) !== 0);
}

function flagsOf(packet: BfdPacket): number {
  return (
    (BFD_STATES.indexOf(packet.state) << 6) |
    (packet.poll ? FLAG.poll : 0) |
    (packet.final ? FLAG.final : 0) |
    (packet.controlPlaneIndependent ? FLAG.independent : 0) |
    (packet.auth === undefined ? 0 : FLAG.auth) |
    (packet.demand ? FLAG.demand : 0)
  );
}

/** Writes a control packet; the authentication section as it is given. */
export function encodeBfd(packet: BfdPacket): Uint8Array {
  const length = lengthOfBfd(packet);
  const writer = new ByteWriter(length);
  writer.u8((1 << 5) | packet.diagnostic);
  writer.u8(flagsOf(packet));
  writer.u8(packet.detectMultiplier);
  writer.u8(length);
  writer.u32(packet.myDiscriminator);
  writer.u32(packet.yourDiscriminator);
  writer.u32(packet.desiredMinTxUs);
  writer.u32(packet.requiredMinRxUs);
  writer.u32(packet.requiredMinEchoRxUs);
  if (packet.auth !== undefined) {
    writer.u8(packet.auth.type);
    writer.u8(packet.auth.data.length + 2);
    writer.put(packet.auth.data);
  }
  return writer.bytes;
}
