import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { attributeCode, encodeMessage, IPV6_UNICAST, type UpdateMessage } from "@vipkit/bgp";
import { formatIp, formatIpv4, formatPrefix, toHex } from "@vipkit/net";
import { findCommand, needs } from "@vipkit/test-support";
import { buildGobgpPeer } from "../../../bench/peers/bgp-codec.js";
import { CONTEXT, generatedUpdates, routesOfType } from "./generated.js";

const updates = generatedUpdates(150);
const encoded = updates.map((update) => encodeMessage(update, CONTEXT));

/** A capture of raw IPv4 packets, each message a TCP segment of a connection of its own to port 179. */
function capture(messages: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(228, 20);
  const packets = messages.map((message, index) => {
    const packet = Buffer.alloc(16 + 40 + message.length);
    packet.writeUInt32LE(index, 0);
    packet.writeUInt32LE(40 + message.length, 8);
    packet.writeUInt32LE(40 + message.length, 12);
    packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2], 16);
    packet.writeUInt16BE(40 + message.length, 18);
    packet.writeUInt16BE(20_000 + index, 36);
    packet.writeUInt16BE(179, 38);
    packet.set([0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff], 40);
    packet.set(message, 56);
    return packet;
  });
  return Buffer.concat([head, ...packets]);
}

const PATH = "bgp.update.path_attribute";
const FIELDS = {
  types: `${PATH}.type_code`,
  origin: `${PATH}.origin`,
  asns: `${PATH}.as_path_segment.as4`,
  nextHop: `${PATH}.next_hop`,
  med: `${PATH}.multi_exit_disc`,
  localPref: `${PATH}.local_pref`,
  aggregatorAs: `${PATH}.aggregator_as`,
  originatorId: `${PATH}.originator_id`,
  communityAs: `${PATH}.community_as`,
  communityValue: `${PATH}.community_value`,
  nlri: "bgp.nlri_prefix",
  withdrawn: "bgp.withdrawn_prefix",
  reach: "bgp.mp_reach_nlri_ipv6_prefix",
  unreach: "bgp.mp_unreach_nlri_ipv6_prefix",
} as const;

type Found = Record<keyof typeof FIELDS, string[]>;

function tshark(messages: readonly Uint8Array[]): Found[] {
  const folder = mkdtempSync(join(tmpdir(), "vipkit-tshark-"));
  try {
    const file = join(folder, "bgp.pcap");
    writeFileSync(file, capture(messages));
    const names = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
    const fields = names.flatMap((name) => ["-e", FIELDS[name]]);
    const options = ["-o", "bgp.asn_len:4 octet", "-T", "fields", "-E", "separator=|", "-E", "occurrence=a"];
    const { stdout, stderr } = spawnSync("tshark", ["-r", file, ...options, ...fields], { encoding: "utf8" });
    const lines = stdout.split("\n").filter((line) => line !== "");
    if (lines.length !== messages.length) throw new Error(stderr);
    return lines.map((line) => {
      const columns = line.split("|").map((column) => (column === "" ? [] : column.split(",")));
      return Object.fromEntries(names.map((name, index) => [name, columns[index]!])) as Found;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What tshark should say of a message, in its own words. */
function expected(update: UpdateMessage): Found {
  const found: Found = {
    types: update.attributes.map((one) => String(attributeCode(one))),
    origin: [],
    asns: [],
    nextHop: [],
    med: [],
    localPref: [],
    aggregatorAs: [],
    originatorId: [],
    communityAs: [],
    communityValue: [],
    nlri: update.nlri.map(({ ip }) => formatIp(ip)),
    withdrawn: update.withdrawn.map(({ ip }) => formatIp(ip)),
    reach: routesOfType(update, IPV6_UNICAST, "mp-reach").map(({ ip }) => formatIp(ip)),
    unreach: routesOfType(update, IPV6_UNICAST, "mp-unreach").map(({ ip }) => formatIp(ip)),
  };
  for (const one of update.attributes) {
    if (one.type === "origin") found.origin = [String(one.value)];
    if (one.type === "as-path") found.asns = one.segments.flatMap(({ asns }) => asns.map(String));
    if (one.type === "next-hop") found.nextHop = [formatIpv4(one.ip)];
    if (one.type === "med") found.med = [String(one.value)];
    if (one.type === "local-pref") found.localPref = [String(one.value)];
    if (one.type === "aggregator") found.aggregatorAs = [String(one.asn)];
    if (one.type === "originator-id") found.originatorId = [formatIpv4(one.ip)];
    if (one.type === "communities") {
      found.communityAs = one.values.map((value) => String(value >>> 16));
      found.communityValue = one.values.map((value) => String(value & 0xffff));
    }
  }
  return found;
}

interface GobgpAnswer {
  readonly error?: string;
  readonly again?: string;
  readonly nlri?: readonly string[];
  readonly withdrawn?: readonly string[];
  readonly attributes?: readonly { readonly type: number; readonly nlri?: readonly string[] }[];
}

describe("generated UPDATEs read by others", () => {
  needs({ commands: ["tshark"] }).test("tshark reads the same values", () => {
    const found = tshark(encoded);
    updates.forEach((update, index) => {
      expect({ index, ...found[index] }).toEqual({ index, ...expected(update) });
    });
  });

  needs({ commands: ["go"] }).test(
    "GoBGP 4.8 reads the same routes and writes the same octets again",
    () => {
      const peer = buildGobgpPeer(findCommand("go")!);
      const input = `${encoded.map((bytes) => `- ${toHex(bytes)}`).join("\n")}\n`;
      const { stdout } = spawnSync(peer, ["decode"], { input, encoding: "utf8", maxBuffer: 1 << 26 });
      const answers = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as GobgpAnswer);
      updates.forEach((update, index) => {
        const answer = answers[index]!;
        const list = (routes: UpdateMessage["nlri"]): string[] => routes.map((route) => `0 ${formatPrefix(route)}`);
        const mp = (code: number): readonly string[] | undefined =>
          answer.attributes?.find(({ type }) => type === code)?.nlri;
        expect(answer.error).toBeUndefined();
        expect(answer.nlri).toEqual(list(update.nlri));
        expect(answer.withdrawn).toEqual(list(update.withdrawn));
        expect(mp(14) ?? []).toEqual(list(routesOfType(update, IPV6_UNICAST, "mp-reach")));
        expect(mp(15) ?? []).toEqual(list(routesOfType(update, IPV6_UNICAST, "mp-unreach")));
        expect(answer.again).toBe(toHex(encoded[index]!));
      });
    },
    600_000,
  );
});
