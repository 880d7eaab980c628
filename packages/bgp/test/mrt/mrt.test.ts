import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, fromHex, maskIp, parsePrefix, toHex } from "@vipkit/net";
import { decodeMessage, encodeMessage, IPV4_UNICAST, IPV6_UNICAST } from "../../src/index.js";
import { createMrtFramer, decodeMrt, decodeRibAttributes, encodeMrt, type MrtRecord } from "../../src/mrt/index.js";

const u16 = fc.nat({ max: 0xffff });
const u32 = fc.nat({ max: 0xffff_ffff });
const u128 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const octets = fc.uint8Array({ maxLength: 40 });
const time = { timeSeconds: u32, microseconds: fc.option(fc.nat({ max: 999_999 }), { nil: undefined }) };
const plainTime = { timeSeconds: u32 };
const pair = fc.oneof(fc.record({ peerIp: u32, localIp: u32 }), fc.record({ peerIp: u128, localIp: u128 }));
const ends = fc
  .tuple(pair, fc.boolean(), u16)
  .chain(([addresses, as4, interfaceIndex]) =>
    fc
      .record({ peerAs: as4 ? u32 : u16, localAs: as4 ? u32 : u16 })
      .map((asns) => ({ ...addresses, ...asns, as4, interfaceIndex })),
  );
const prefix4 = fc.tuple(u32, fc.nat({ max: 32 })).map(([ip, length]) => ({ ip: maskIp(ip, length), length }));
const prefix6 = fc.tuple(u128, fc.nat({ max: 128 })).map(([ip, length]) => ({ ip: maskIp(ip, length), length }));

const message = fc
  .tuple(fc.record(time), ends, fc.record({ isLocal: fc.boolean(), addPath: fc.boolean(), message: octets }))
  .map(([when, who, what]): MrtRecord => ({ type: "message", ...when, ...who, ...what }));
const stateChange = fc
  .tuple(fc.record(time), ends, fc.record({ oldState: u16, newState: u16 }))
  .map(([when, who, what]): MrtRecord => ({ type: "state-change", ...when, ...who, ...what }));
const peer = fc
  .boolean()
  .chain((as4) => fc.record({ routerId: u32, ip: fc.oneof(u32, u128), asn: as4 ? u32 : u16, as4: fc.constant(as4) }));
const peerIndexTable = fc.record({
  type: fc.constant("peer-index-table" as const),
  ...plainTime,
  collectorId: u32,
  viewName: fc.string({ unit: "grapheme", maxLength: 12 }),
  peers: fc.array(peer, { maxLength: 4 }),
});
const rib = fc.boolean().chain((addPath) => {
  const entry = { peerIndex: u16, originatedSeconds: u32, attributes: octets };
  const entries = fc.array(fc.record({ ...entry, pathId: addPath ? u32 : fc.constant(undefined) }), { maxLength: 4 });
  const common = {
    type: fc.constant("rib" as const),
    ...plainTime,
    addPath: fc.constant(addPath),
    sequence: u32,
    entries,
  };
  return fc.oneof(
    fc.record({ ...common, family: fc.constant(IPV4_UNICAST), prefix: prefix4 }),
    fc.record({ ...common, family: fc.constant(IPV6_UNICAST), prefix: prefix6 }),
  );
});
const tableDump = fc.oneof(
  ...[
    { ip: u32 as fc.Arbitrary<number | bigint>, bits: 32 },
    { ip: u128 as fc.Arbitrary<number | bigint>, bits: 128 },
  ].map(({ ip, bits }) =>
    fc.record({
      type: fc.constant("table-dump" as const),
      ...plainTime,
      viewNumber: u16,
      sequence: u16,
      prefix: fc.record({ ip, length: fc.nat({ max: bits }) }),
      originatedSeconds: u32,
      peerIp: ip,
      peerAs: u16,
      attributes: octets,
    }),
  ),
);
const unknown = fc.record({
  type: fc.constant("unknown" as const),
  ...plainTime,
  code: fc.integer({ min: 32, max: 0xffff }),
  subtype: u16,
  body: octets,
});
const record: fc.Arbitrary<MrtRecord> = fc.oneof(message, stateChange, peerIndexTable, rib, tableDump, unknown);

/** Absent and undefined are the same here. */
function plain(found: MrtRecord): object {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

describe("MRT", () => {
  test("decode(encode(x)) = x", () => {
    fc.assert(
      fc.property(record, (found) => {
        expect(plain(decodeMrt(encodeMrt(found)))).toEqual(plain(found));
      }),
      { numRuns: 400 },
    );
  });

  test("every strict prefix is refused, and any mutation gives a value or a DecodeError", () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.nat(), fc.nat({ max: 255 }), (found, cut, at, value) => {
        const bytes = encodeMrt(found);
        expect(() => decodeMrt(bytes.slice(0, cut % bytes.length))).toThrow(DecodeError);
        bytes[at % bytes.length] = value;
        try {
          decodeMrt(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("a framer gives the same records whatever the chunks, and refuses one that is too long", () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        (records, size) => {
          const encoded = records.map((found) => encodeMrt(found));
          const file = Uint8Array.from(encoded.flatMap((bytes) => [...bytes]));
          const framer = createMrtFramer();
          const found: Uint8Array[] = [];
          for (let at = 0; at < file.length; at += size) found.push(...framer.push(file.slice(at, at + size)));
          expect(found.map(toHex)).toEqual(encoded.map(toHex));
          expect(framer.buffered).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
    const framer = createMrtFramer({ maxLength: 100 });
    expect(framer.push(fromHex("000000000010000400000100"))).toEqual([]);
    expect(framer.error?.code).toBe("ERR_MRT_LENGTH");
  });

  test("a session written out can be read back", () => {
    const context = { as4: true, addPath: { receive: [], send: [] }, extendedMessage: false, extendedNextHop: [] };
    const bytes = encodeMessage({ type: "keepalive" }, context);
    const ends = {
      peerAs: 64512,
      localAs: 64513,
      interfaceIndex: 0,
      peerIp: 0x0a000001,
      localIp: 0x0a000002,
      as4: true,
    };
    const read = decodeMrt(
      encodeMrt({
        type: "message",
        timeSeconds: 1,
        microseconds: 5,
        ...ends,
        isLocal: true,
        addPath: false,
        message: bytes,
      }),
    );
    expect(read.type === "message" && decodeMessage(read.message, context)).toEqual({ type: "keepalive" });
  });

  test("RIB attributes: MP_REACH_NLRI in its short form and in full", () => {
    const short = fromHex("40010100" + "800e11" + "10" + "20010db8000000000000000000000001");
    const full = fromHex("800e1c" + "000201" + "10" + "20010db8000000000000000000000001" + "00" + "3020010db80001");
    const hop = 0x20010db8000000000000000000000001n;
    expect(decodeRibAttributes(short, IPV6_UNICAST)).toEqual([
      { type: "origin", value: 0 },
      { type: "mp-reach", family: IPV6_UNICAST, nextHops: [hop], nlri: [] },
    ]);
    expect(decodeRibAttributes(full, IPV6_UNICAST)).toEqual([
      { type: "mp-reach", family: IPV6_UNICAST, nextHops: [hop], nlri: [parsePrefix("2001:db8:1::/48")] },
    ]);
  });
});
