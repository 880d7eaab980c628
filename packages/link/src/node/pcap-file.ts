import { createWriteStream } from "node:fs";
import { encodePcapHeader, encodePcapRecord } from "@vipkit/net";

/** How many bytes may wait for the disk; frames beyond that are left out of the file, and counted. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

/** A capture of what a link sees and sends. */
export interface PcapFile {
  write(frame: Uint8Array): void;
  /** Frames left out because the disk was too slow, or because writing has failed. */
  readonly skipped: number;
  close(): void;
}

/** Starts a capture file, readable by tcpdump, tshark and Wireshark. An existing file is replaced. */
export function createPcapFile(path: string): PcapFile {
  const stream = createWriteStream(path, { mode: 0o600 });
  let failed = false;
  let skipped = 0;
  stream.on("error", () => {
    failed = true;
  });
  stream.write(encodePcapHeader());
  return {
    write: (frame) => {
      if (failed || stream.writableLength > MOST_WAITING_BYTES) skipped += 1;
      else stream.write(encodePcapRecord(frame, performance.timeOrigin + performance.now()));
    },
    get skipped() {
      return skipped;
    },
    close: () => {
      stream.end();
    },
  };
}
