import { type ByteReader, DecodeError } from "@vipkit/net";
import { MESSAGE_TYPE } from "./message-type.js";
import { structOf, type StructSpec } from "./struct.js";

/** Asks the node called `node` for an ack; it goes to the source address given, where there is one. */
export interface Ping {
  readonly type: "ping";
  readonly seqNo: number;
  readonly node: string;
  /** 4 or 16 octets; none when the sender did not say. */
  readonly sourceAddr: Uint8Array;
  readonly sourcePort: number;
  readonly sourceNode: string;
}

/** Asks the receiver to ping `node` at `target` and to pass the ack on, and a nack at its own timeout if `nack` is set. */
export interface IndirectPing {
  readonly type: "indirectPing";
  readonly seqNo: number;
  readonly target: Uint8Array;
  readonly port: number;
  readonly node: string;
  readonly nack: boolean;
  readonly sourceAddr: Uint8Array;
  readonly sourcePort: number;
  readonly sourceNode: string;
}

export interface Ack {
  readonly type: "ackResp";
  readonly seqNo: number;
  readonly payload: Uint8Array;
}

export interface Nack {
  readonly type: "nackResp";
  readonly seqNo: number;
}

export interface Suspect {
  readonly type: "suspect";
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

/** `vsn`: the protocol and delegate versions, lowest, highest, spoken: pmin pmax pcur dmin dmax dcur. */
export interface Alive {
  readonly type: "alive";
  readonly incarnation: number;
  readonly node: string;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  readonly vsn: Uint8Array;
}

/** `from` equal to `node` means that the node left on its own. */
export interface Dead {
  readonly type: "dead";
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

/** A message of the application. */
export interface User {
  readonly type: "user";
  readonly payload: Uint8Array;
}

/** The text with which the other side of a stream refuses. */
export interface Refusal {
  readonly type: "err";
  readonly error: string;
}

export type Message = Ping | IndirectPing | Ack | Nack | Suspect | Alive | Dead | User | Refusal;

/** A member as push/pull carries it. State: 0 alive, 1 suspect, 2 dead, 3 left. */
export interface NodeState {
  readonly name: string;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  readonly incarnation: number;
  readonly state: number;
  readonly vsn: Uint8Array;
}

export interface PushPullHeader {
  readonly nodes: number;
  readonly userStateLen: number;
  readonly join: boolean;
}

type Fields<T extends { type: string }> = Omit<T, "type">;

const PING: StructSpec<Fields<Ping>> = structOf("ping", [
  ["SeqNo", "u32"],
  ["Node", "text"],
  ["SourceAddr", "octets"],
  ["SourcePort", "u16"],
  ["SourceNode", "text"],
]);
const INDIRECT_PING: StructSpec<Fields<IndirectPing>> = structOf("indirectPing", [
  ["SeqNo", "u32"],
  ["Target", "octets"],
  ["Port", "u16"],
  ["Node", "text"],
  ["Nack", "flag"],
  ["SourceAddr", "octets"],
  ["SourcePort", "u16"],
  ["SourceNode", "text"],
]);
const ACK: StructSpec<Fields<Ack>> = structOf("ackResp", [
  ["SeqNo", "u32"],
  ["Payload", "octets"],
]);
const NACK: StructSpec<Fields<Nack>> = structOf("nackResp", [["SeqNo", "u32"]]);
const ERR: StructSpec<Fields<Refusal>> = structOf("err", [["Error", "text"]]);
const SUSPECT: StructSpec<Fields<Suspect>> = structOf("suspect", [
  ["Incarnation", "u32"],
  ["Node", "text"],
  ["From", "text"],
]);
const DEAD: StructSpec<Fields<Dead>> = structOf("dead", [
  ["Incarnation", "u32"],
  ["Node", "text"],
  ["From", "text"],
]);
const ALIVE: StructSpec<Fields<Alive>> = structOf("alive", [
  ["Incarnation", "u32"],
  ["Node", "text"],
  ["Addr", "octets"],
  ["Port", "u16"],
  ["Meta", "octets"],
  ["Vsn", "octets"],
]);
export const PUSH_PULL_HEADER: StructSpec<PushPullHeader> = structOf("pushPull", [
  ["Nodes", "count"],
  ["UserStateLen", "count"],
  ["Join", "flag"],
]);
export const NODE_STATE: StructSpec<NodeState> = structOf("pushPull node", [
  ["Name", "text"],
  ["Addr", "octets"],
  ["Port", "u16"],
  ["Meta", "octets"],
  ["Incarnation", "u32"],
  ["State", "count"],
  ["Vsn", "octets"],
]);
export const USER_HEADER: StructSpec<{ readonly userMsgLen: number }> = structOf("user", [["UserMsgLen", "count"]]);
export const COMPRESS: StructSpec<{ readonly algo: number; readonly buf: Uint8Array }> = structOf("compress", [
  ["Algo", "u8"],
  ["Buf", "octets"],
]);

/** The structs of the plain messages, by their type octet. */
export const STRUCTS: ReadonlyMap<number, StructSpec<object>> = new Map<number, StructSpec<object>>([
  [MESSAGE_TYPE.ping, PING],
  [MESSAGE_TYPE.indirectPing, INDIRECT_PING],
  [MESSAGE_TYPE.ackResp, ACK],
  [MESSAGE_TYPE.nackResp, NACK],
  [MESSAGE_TYPE.suspect, SUSPECT],
  [MESSAGE_TYPE.alive, ALIVE],
  [MESSAGE_TYPE.dead, DEAD],
  [MESSAGE_TYPE.err, ERR],
]);

/** One plain message with its type octet. */
export function encodeMessage(message: Message): Uint8Array {
  const type = MESSAGE_TYPE[message.type];
  if (message.type === "user") {
    const bytes = new Uint8Array(1 + message.payload.length);
    bytes[0] = type;
    bytes.set(message.payload, 1);
    return bytes;
  }
  const bytes = STRUCTS.get(type)!.encode(message, 1);
  bytes[0] = type;
  return bytes;
}

/**
 * Reads one plain message whose type octet the reader stands on. Octets behind it are left unread; a user message takes all.
 * @throws DecodeError `ERR_MESSAGE_TYPE`, `ERR_MSGPACK_*`, `ERR_STRUCT`, `ERR_FIELD_*`, `ERR_NAME_LENGTH`, `ERR_UTF8`
 */
export function decodeMessage(reader: ByteReader): Message {
  const at = reader.offset;
  const type = reader.u8("type");
  if (type === MESSAGE_TYPE.user) return { type: "user", payload: reader.copy(reader.remaining, "Payload") };
  const struct = STRUCTS.get(type);
  if (struct === undefined) throw new DecodeError("ERR_MESSAGE_TYPE", "type", at, `${type} is not a message`);
  return { type: struct.name, ...struct.decode(reader) } as Message;
}
