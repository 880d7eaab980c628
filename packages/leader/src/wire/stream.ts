import { ByteReader, ByteWriter, DecodeError, isVipkitError } from "@vipkit/net";
import { LIMITS } from "./limits.js";
import { MESSAGE_TYPE } from "./message-type.js";
import {
  decodeMessage,
  encodeMessage,
  NODE_STATE,
  PUSH_PULL_HEADER,
  USER_HEADER,
  type Message,
  type NodeState,
  type PushPullHeader,
} from "./messages.js";
import { inflateCompress } from "./packet.js";

/** All that a member knows, with which two members make their views equal. */
export interface PushPull {
  readonly type: "pushPull";
  readonly join: boolean;
  readonly nodes: readonly NodeState[];
  readonly userState: Uint8Array;
}

export type StreamMessage = Message | PushPull;

/** Collects the octets of a stream until its one message is whole. */
export interface StreamReader {
  /**
   * Takes the next octets. Returns the message once it is whole, undefined until then. Work and memory stay proportional to
   * what has come in.
   * @throws DecodeError the codes of `decodeMessage` and `ERR_STREAM_SIZE`, `ERR_STREAM_NODES`, `ERR_STREAM_ENCRYPTED`,
   * `ERR_LABEL`, `ERR_MISPLACED`
   */
  push(bytes: Uint8Array): StreamMessage | undefined;
}

const TRUNCATED = "ERR_MSGPACK_TRUNCATED";

/** @param maxBytes refuses a longer message, unpacked or not */
export function createStreamReader(maxBytes: number = LIMITS.streamBytes): StreamReader {
  let held: Uint8Array = new Uint8Array(0);
  let length = 0;
  // What is already read of a push/pull, so that the next octets go on from there.
  let progress: Progress = { offset: 0, header: undefined, nodes: [] };

  return {
    push: (bytes) => {
      if (length + bytes.length > maxBytes) {
        throw new DecodeError("ERR_STREAM_SIZE", "stream", maxBytes, `the message is longer than ${maxBytes} octets`);
      }
      if (length + bytes.length > held.length) {
        const larger = new Uint8Array(Math.max(256, 2 * held.length, length + bytes.length));
        larger.set(held.subarray(0, length));
        held = larger;
      }
      held.set(bytes, length);
      length += bytes.length;
      const attemptAt = (whole: Uint8Array, end: number): StreamMessage | undefined =>
        readWhole(whole, end, progress, maxBytes);
      if (length > 0 && held[0] === MESSAGE_TYPE.compress) {
        const inner = whenWhole(() => inflateCompress(new ByteReader(held, TRUNCATED, 1, length), maxBytes));
        if (inner === undefined) return undefined;
        progress = { offset: 0, header: undefined, nodes: [] };
        const message = inner[0] === MESSAGE_TYPE.compress ? undefined : attemptAt(inner, inner.length);
        if (message === undefined) throw new DecodeError(TRUNCATED, "Buf", 0, "the compressed message is not whole");
        return message;
      }
      return attemptAt(held, length);
    },
  };
}

interface Progress {
  offset: number;
  header: PushPullHeader | undefined;
  readonly nodes: NodeState[];
}

/** The value, or undefined where the octets that it needs have not come yet. */
function whenWhole<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isVipkitError(error) && error.code === TRUNCATED) return undefined;
    throw error;
  }
}

function readWhole(bytes: Uint8Array, end: number, progress: Progress, maxBytes: number): StreamMessage | undefined {
  if (end === 0) return undefined;
  const type = bytes[0];
  if (type === MESSAGE_TYPE.pushPull) return readPushPull(bytes, end, progress, maxBytes);
  if (type === MESSAGE_TYPE.encrypt) {
    throw new DecodeError("ERR_STREAM_ENCRYPTED", "type", 0, "the stream is encrypted, and this member has no key");
  }
  if (type === MESSAGE_TYPE.label) {
    throw new DecodeError("ERR_LABEL", "type", 0, "the stream carries a label, and this member has none");
  }
  if (type === MESSAGE_TYPE.user) return whenWhole(() => readUser(bytes, end, maxBytes));
  if (type !== MESSAGE_TYPE.ping && type !== MESSAGE_TYPE.ackResp && type !== MESSAGE_TYPE.err) {
    throw new DecodeError("ERR_MISPLACED", "type", 0, `message type ${type} has no place on a stream`);
  }
  return whenWhole(() => decodeMessage(new ByteReader(bytes, TRUNCATED, 0, end)));
}

function readPushPull(bytes: Uint8Array, end: number, progress: Progress, maxBytes: number): PushPull | undefined {
  const reader = new ByteReader(bytes, TRUNCATED, progress.offset, end);
  return whenWhole(() => {
    if (progress.header === undefined) {
      reader.offset = 1;
      const header = PUSH_PULL_HEADER.decode(reader);
      if (header.nodes > LIMITS.pushPullNodes) {
        throw new DecodeError(
          "ERR_STREAM_NODES",
          "Nodes",
          1,
          `${header.nodes} members are more than ${LIMITS.pushPullNodes}`,
        );
      }
      refuseLong(header.userStateLen, "UserStateLen", maxBytes);
      progress.header = header;
      progress.offset = reader.offset;
    }
    const { nodes, userStateLen, join } = progress.header;
    while (progress.nodes.length < nodes) {
      progress.nodes.push(NODE_STATE.decode(reader));
      progress.offset = reader.offset;
    }
    return { type: "pushPull", join, nodes: progress.nodes, userState: reader.copy(userStateLen, "userState") };
  });
}

function readUser(bytes: Uint8Array, end: number, maxBytes: number): Message {
  const reader = new ByteReader(bytes, TRUNCATED, 1, end);
  const { userMsgLen } = USER_HEADER.decode(reader);
  refuseLong(userMsgLen, "UserMsgLen", maxBytes);
  return { type: "user", payload: reader.copy(userMsgLen, "Payload") };
}

function refuseLong(length: number, field: string, maxBytes: number): void {
  if (length > maxBytes) {
    throw new DecodeError(
      "ERR_STREAM_SIZE",
      field,
      1,
      `${field} announces ${length} octets, at most ${maxBytes} are allowed`,
    );
  }
}

/** The octets of one message on a stream. */
export function encodeStreamMessage(message: StreamMessage): Uint8Array {
  if (message.type === "pushPull") return encodePushPull(message);
  if (message.type !== "user") return encodeMessage(message);
  const header = USER_HEADER.encode({ userMsgLen: message.payload.length });
  return joined([Uint8Array.of(MESSAGE_TYPE.user), header, message.payload]);
}

function encodePushPull({ join, nodes, userState }: PushPull): Uint8Array {
  const header = PUSH_PULL_HEADER.encode({ nodes: nodes.length, userStateLen: userState.length, join });
  const type = Uint8Array.of(MESSAGE_TYPE.pushPull);
  return joined([type, header, ...nodes.map((node) => NODE_STATE.encode(node)), userState]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(parts.reduce((sum, part) => sum + part.length, 0));
  for (const part of parts) writer.put(part);
  return writer.bytes;
}
