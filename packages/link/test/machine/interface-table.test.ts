import { describe, expect, test } from "vitest";
import { formatMac, ipToBytes, parseIp, parseMac, writeMac, type Ip } from "@vipkit/net";
import { createInterfaceTable, linkLocalOf, type InterfaceTable, type NetlinkMessage } from "../../src/index.js";

const NEW_LINK = 16;
const DEL_LINK = 17;
const NEW_ADDRESS = 20;
const DEL_ADDRESS = 21;
const UP_AND_RUNNING = 0x41;

function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((4 + value.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

interface LinkFields {
  readonly index?: number;
  readonly name?: string;
  readonly mac?: string;
  readonly flags?: number;
  readonly family?: number;
  /** IFLA_EVENT */
  readonly event?: number;
}

function link(
  type: number,
  {
    index = 3,
    name = "eth0",
    mac = "02:00:00:00:00:01",
    flags = UP_AND_RUNNING,
    family = 0,
    event = 0,
  }: LinkFields = {},
): NetlinkMessage {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  header[0] = family;
  view.setUint16(2, 1, true);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  const macBytes = new Uint8Array(6);
  writeMac(macBytes, 0, parseMac(mac));
  const nameBytes = new TextEncoder().encode(`${name}\0`);
  const payload = join(
    header,
    attribute(1, macBytes),
    attribute(3, nameBytes),
    attribute(44, Uint8Array.of(event, 0, 0, 0)),
  );
  return { type, flags: 0, sequence: 0, payload };
}

function address(type: number, ip: string, flags = 0x80, index = 3): NetlinkMessage {
  const value: Ip = parseIp(ip);
  const header = Uint8Array.of(typeof value === "number" ? 2 : 10, 64, 0, 0, index, 0, 0, 0);
  const payload = join(header, attribute(1, ipToBytes(value)), attribute(8, Uint8Array.of(flags, 0, 0, 0)));
  return { type, flags: 0, sequence: 0, payload };
}

function words(table: InterfaceTable, message: NetlinkMessage): string[] {
  return table
    .apply(message)
    .map(({ type, interface: { name, mac, up } }) => `${type} ${name} ${formatMac(mac)} ${up ? "up" : "down"}`);
}

describe("InterfaceTable", () => {
  test("tells of coming, changing and going, and of nothing else", () => {
    const table = createInterfaceTable();
    expect(words(table, link(NEW_LINK, { flags: 0 }))).toEqual(["added eth0 02:00:00:00:00:01 down"]);
    expect(words(table, link(NEW_LINK, { flags: 0 }))).toEqual([]);
    expect(words(table, link(NEW_LINK, { flags: 1 }))).toEqual([]);
    expect(words(table, link(NEW_LINK))).toEqual(["changed eth0 02:00:00:00:00:01 up"]);
    expect(words(table, link(NEW_LINK, { mac: "02:00:00:00:00:02" }))).toEqual(["changed eth0 02:00:00:00:00:02 up"]);
    expect(words(table, link(DEL_LINK))).toEqual(["removed eth0 02:00:00:00:00:02 down"]);
    expect(words(table, link(DEL_LINK))).toEqual([]);
  });

  test("tells when the kernel wants an interface announced", () => {
    const table = createInterfaceTable();
    words(table, link(NEW_LINK));
    const notifyPeers = 4;
    const bondingFailover = 3;
    expect(words(table, link(NEW_LINK, { event: bondingFailover }))).toEqual([]);
    expect(words(table, link(NEW_LINK, { event: notifyPeers }))).toEqual(["moved eth0 02:00:00:00:00:01 up"]);
    expect(words(table, link(NEW_LINK, { event: notifyPeers, mac: "02:00:00:00:00:02" }))).toEqual([
      "changed eth0 02:00:00:00:00:02 up",
      "moved eth0 02:00:00:00:00:02 up",
    ]);
  });

  test("takes a new name for another interface", () => {
    const table = createInterfaceTable();
    table.apply(link(NEW_LINK));
    expect(words(table, link(NEW_LINK, { name: "eth9" }))).toEqual([
      "removed eth0 02:00:00:00:00:01 down",
      "added eth9 02:00:00:00:00:01 up",
    ]);
  });

  test("does not believe a bridge port that leaves its bridge to be gone", () => {
    const table = createInterfaceTable();
    table.apply(link(NEW_LINK));
    expect(words(table, link(DEL_LINK, { family: 7 }))).toEqual([]);
    expect(words(table, link(NEW_LINK, { family: 7, mac: "02:00:00:00:00:09" }))).toEqual([]);
    expect(table.list()).toHaveLength(1);
  });

  test("uses a link-local address when duplicate address detection is done with it, and not when it has failed", () => {
    const table = createInterfaceTable();
    table.apply(link(NEW_LINK));
    const linkLocal = (): Ip | undefined => linkLocalOf(table.list()[0]!);
    table.apply(address(NEW_ADDRESS, "fe80::1", 0x40));
    expect(linkLocal()).toBeUndefined();
    table.apply(address(NEW_ADDRESS, "fe80::1", 0x48));
    expect(linkLocal()).toBeUndefined();
    // RFC 4429 section 3.3: an optimistic address may be used while it is tentative.
    table.apply(address(NEW_ADDRESS, "fe80::1", 0x44));
    expect(linkLocal()).toBe(parseIp("fe80::1"));
    table.apply(address(NEW_ADDRESS, "2001:db8::1"));
    table.apply(address(DEL_ADDRESS, "fe80::1"));
    expect(linkLocal()).toBeUndefined();
  });

  test("finds out by a new dump what it has missed", () => {
    const table = createInterfaceTable();
    table.apply(link(NEW_LINK));
    table.apply(link(NEW_LINK, { index: 4, name: "eth1" }));
    table.apply(address(NEW_ADDRESS, "192.0.2.1"));
    table.apply(address(NEW_ADDRESS, "192.0.2.2"));
    table.beginDump();
    table.apply(link(NEW_LINK));
    table.apply(address(NEW_ADDRESS, "192.0.2.2"));
    expect(table.endDump().map(({ type, interface: { name } }) => `${type} ${name}`)).toEqual([
      "changed eth0",
      "removed eth1",
    ]);
    expect(table.list().flatMap(({ addresses }) => addresses.map(({ ip }) => ip))).toEqual([parseIp("192.0.2.2")]);
  });
});
