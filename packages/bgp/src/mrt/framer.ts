import { DecodeError, readIpv4 } from "@vipkit/net";
import { MRT_HEADER_LENGTH, MRT_MAX_LENGTH } from "./record.js";

/** Cuts a stream of bytes into MRT records. */
export interface MrtFramer {
  /** Takes the next bytes of the file, in any chunking. After an error the answer is always empty. */
  push(chunk: Uint8Array): readonly Uint8Array[];
  /** A record that is longer than allowed: what follows it cannot be found. */
  readonly error: DecodeError | undefined;
  /** Octets of an unfinished record that are held. At the end of a file this is 0. */
  readonly buffered: number;
}

function tooLong(length: number, limit: number): DecodeError {
  const message = `a record of ${length} octets is longer than ${limit}`;
  return new DecodeError("ERR_MRT_LENGTH", "length", 8, message, {
    found: String(length),
    allowed: `at most ${limit}`,
  });
}

/** @param options `maxLength`: longest record in octets, header included; 4 MiB unless told otherwise */
export function createMrtFramer(options: { readonly maxLength?: number } = {}): MrtFramer {
  const limit = options.maxLength ?? MRT_MAX_LENGTH;
  let held = new Uint8Array(0);
  let error: DecodeError | undefined;

  const cut = (bytes: Uint8Array): Uint8Array[] => {
    const records: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= MRT_HEADER_LENGTH) {
      const length = MRT_HEADER_LENGTH + readIpv4(bytes, at + 8);
      if (length > limit) {
        error = tooLong(length, limit);
        break;
      }
      if (length > bytes.length - at) break;
      records.push(bytes.slice(at, at + length));
      at += length;
    }
    held = error === undefined ? bytes.slice(at) : new Uint8Array(0);
    return records;
  };

  return {
    push: (chunk) => {
      if (error !== undefined || chunk.length === 0) return [];
      if (held.length === 0) return cut(chunk);
      const joined = new Uint8Array(held.length + chunk.length);
      joined.set(held);
      joined.set(chunk, held.length);
      return cut(joined);
    },
    get error() {
      return error;
    },
    get buffered() {
      return held.length;
    },
  };
}
