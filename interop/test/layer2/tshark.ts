import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePcapHeader, encodePcapRecord } from "@vipkit/net";

const FIELDS = [
  "arp.opcode",
  "arp.hw.type",
  "arp.proto.type",
  "arp.hw.size",
  "arp.proto.size",
  "arp.src.hw_mac",
  "arp.src.proto_ipv4",
  "arp.dst.hw_mac",
  "arp.dst.proto_ipv4",
  "vlan.id",
  "ipv6.version",
  "ipv6.plen",
  "ipv6.nxt",
  "ipv6.hlim",
  "ipv6.src",
  "ipv6.dst",
  "icmpv6.type",
  "icmpv6.code",
  "icmpv6.checksum.status",
  "icmpv6.nd.ns.target_address",
  "icmpv6.nd.na.target_address",
  "icmpv6.nd.rd.target_address",
  "icmpv6.nd.na.flag.r",
  "icmpv6.nd.na.flag.s",
  "icmpv6.nd.na.flag.o",
  "icmpv6.opt.type",
  "icmpv6.opt.length",
  "frame.protocols",
  "_ws.malformed",
  "_ws.expert.message",
] as const;

/** What tshark found in a frame: the first occurrence of each field, lists for options; empty where there is none. */
export type Dissection = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Has tshark dissect the frames, which also shows that our capture file is one. */
export function dissect(frames: readonly Uint8Array[]): Dissection[] {
  const folder = mkdtempSync(join(tmpdir(), "vipkit-"));
  try {
    const file = join(folder, "frames.pcap");
    const records = frames.map((frame, index) => encodePcapRecord(frame, 1000 + index));
    writeFileSync(file, Buffer.concat([encodePcapHeader(), ...records]));
    const args = ["-r", file, "-T", "fields", "-E", "separator=|", ...FIELDS.flatMap((field) => ["-e", field])];
    const { stdout } = spawnSync("tshark", args, { encoding: "utf8", maxBuffer: 1 << 28 });
    const lines = stdout.split("\n").slice(0, -1);
    return lines.map((line) => {
      const values = line.split("|");
      return Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? ""])) as Dissection;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
