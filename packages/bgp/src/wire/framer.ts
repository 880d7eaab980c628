import type { BgpDecodeError } from "./decode-error.js";
import { checkHeader } from "./header.js";
import { HEADER_LENGTH } from "./message.js";

/** Cuts a stream of bytes into messages. */
export interface Framer {
  /**
   * Takes the next bytes of the stream, in any chunking, and keeps those of an unfinished message (a copy). Messages that lie
   * whole in `chunk` come out as views of it: the framer's caller owns the chunk and leaves it unchanged while they are in use.
   * After an error the answer is always empty; messages before the error are in the answer of the push that met it.
   */
  push(chunk: Uint8Array): readonly Uint8Array[];
  /** What is wrong with the stream: a header that RFC 4271 section 6.1 refuses. */
  readonly error: BgpDecodeError | undefined;
  /** Octets of an unfinished message that are held; less than the longest message allowed. */
  readonly buffered: number;
  /** Messages may have up to 65535 octets (RFC 8654). Set when both OPENs had the capability. */
  extendedMessage: boolean;
}

const NONE: readonly Uint8Array[] = [];

export function createFramer(options: { readonly extendedMessage?: boolean } = {}): Framer {
  let held = new Uint8Array(256);
  let heldLength = 0;
  let error: BgpDecodeError | undefined;
  let extendedMessage = options.extendedMessage ?? false;

  /** Adds octets of `chunk` to what is held, up to `wanted` in all; answers where the rest of the chunk starts. */
  const hold = (chunk: Uint8Array, from: number, wanted: number): number => {
    const to = Math.min(chunk.length, from + wanted - heldLength);
    const length = heldLength + to - from;
    if (length > held.length) {
      const grown = new Uint8Array(Math.max(length, wanted));
      grown.set(held.subarray(0, heldLength));
      held = grown;
    }
    held.set(chunk.subarray(from, to), heldLength);
    heldLength = length;
    return to;
  };

  /** Goes on with the message that is held. Answers where the rest of the chunk starts. */
  const finishHeld = (chunk: Uint8Array, messages: Uint8Array[]): number => {
    let at = heldLength < HEADER_LENGTH ? hold(chunk, 0, HEADER_LENGTH) : 0;
    if (heldLength < HEADER_LENGTH) return at;
    error = checkHeader(held, extendedMessage);
    if (error !== undefined) return at;
    const length = (held[16]! << 8) | held[17]!;
    at = hold(chunk, at, length);
    if (heldLength < length) return at;
    messages.push(held.slice(0, length));
    heldLength = 0;
    return at;
  };

  /** Takes the whole messages from `start` on and holds what is left. */
  const cutWhole = (chunk: Uint8Array, start: number, messages: Uint8Array[]): void => {
    let at = start;
    while (chunk.length - at >= HEADER_LENGTH) {
      const rest = chunk.subarray(at);
      error = checkHeader(rest, extendedMessage);
      if (error !== undefined) return;
      const length = (rest[16]! << 8) | rest[17]!;
      if (length > rest.length) break;
      messages.push(rest.subarray(0, length));
      at += length;
    }
    if (at < chunk.length) hold(chunk, at, chunk.length - at);
  };

  return {
    push: (chunk) => {
      if (error !== undefined || chunk.length === 0) return NONE;
      const messages: Uint8Array[] = [];
      const start = heldLength > 0 ? finishHeld(chunk, messages) : 0;
      if (heldLength === 0) cutWhole(chunk, start, messages);
      return messages;
    },
    get error() {
      return error;
    },
    get buffered() {
      return heldLength;
    },
    get extendedMessage() {
      return extendedMessage;
    },
    set extendedMessage(value) {
      extendedMessage = value;
    },
  };
}
