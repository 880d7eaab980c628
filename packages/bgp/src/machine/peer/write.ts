import { encodeMessage } from "../../wire/encode-message.js";
import type { Message } from "../../wire/message.js";
import type { Connection, PeerCore } from "./core.js";

/** Encodes and writes one message on a connection. */
export function writeMessage(core: PeerCore, connection: Connection, message: Message): void {
  writeBytes(core, connection, encodeMessage(message, connection.context));
  const { messagesOut } = core.counters;
  messagesOut[message.type] = (messagesOut[message.type] ?? 0) + 1;
}

export function writeBytes(core: PeerCore, connection: Connection, bytes: Uint8Array): void {
  connection.written += bytes.length;
  connection.backlog += bytes.length;
  core.counters.bytesOut += bytes.length;
  core.effects.push({ type: "write", connection: connection.number, bytes });
}
