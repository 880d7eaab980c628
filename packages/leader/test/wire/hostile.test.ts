import { ByteReader, DecodeError, fromHex, isVipkitError } from "@vipkit/net";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  createStreamReader,
  decodeLayers,
  decodeMsgpack,
  decodePacket,
  deflateLzw,
  encodeCompound,
  encodeLayer,
  encodeMessage,
  encodeMsgpack,
  encodeStreamMessage,
  inflateLzw,
  lengthOfMsgpack,
  withCrc,
  type Message,
} from "../../src/index.js";
import { readVectors } from "../support/vectors.js";

vi.setConfig({ testTimeout: 60_000 });

const recorded = readVectors<{ in: { hex: string; stream?: boolean } }>("memberlist-0.6.0.jsonl");
const packets = recorded.filter(({ in: { stream } }) => stream !== true).map((line) => fromHex(line.in.hex));
const streams = recorded.filter(({ in: { stream } }) => stream === true).map((line) => fromHex(line.in.hex));

/** A recorded message with some octets changed, cut out or doubled. */
function mutated(originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(4000), fc.integer({ min: 0, max: 255 }), fc.constantFrom("set", "cut", "double"));
  return fc.tuple(fc.constantFrom(...originals), fc.array(change, { maxLength: 4 })).map(([original, changes]) => {
    let bytes = original.slice();
    for (const [place, octet, kind] of changes) {
      const at = place % (bytes.length + 1);
      if (kind === "set" && at < bytes.length) bytes[at] = octet;
      else if (kind === "cut") bytes = bytes.slice(0, at);
      else bytes = Uint8Array.from([...bytes.slice(0, at), ...bytes]);
    }
    return bytes;
  });
}

function only<T>(read: () => T): T | DecodeError {
  try {
    return read();
  } catch (error) {
    if (isVipkitError(error) && error instanceof DecodeError) return error;
    throw error;
  }
}

const name = fc.string({ maxLength: 40 });
const u32 = fc.nat(0xffff_ffff);
const octets = fc.uint8Array({ maxLength: 40 });
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: fc.constant("ping"),
    seqNo: u32,
    node: name,
    sourceAddr: octets,
    sourcePort: fc.nat(65_535),
    sourceNode: name,
  }),
  fc.record({ type: fc.constant("ackResp"), seqNo: u32, payload: octets }),
  fc.record({ type: fc.constant("nackResp"), seqNo: u32 }),
  fc.record({ type: fc.constantFrom("suspect", "dead"), incarnation: u32, node: name, from: name }),
  fc.record({ type: fc.constant("user"), payload: octets }),
  fc.record({ type: fc.constant("err"), error: name }),
  fc.record({
    type: fc.constant("alive"),
    incarnation: u32,
    node: name,
    addr: octets,
    port: fc.nat(65_535),
    meta: fc.uint8Array({ maxLength: 512 }),
    vsn: fc.uint8Array({ minLength: 6, maxLength: 6 }),
  }),
);

describe("messages", () => {
  it("survive a round trip, alone, in a compound and behind a checksum", () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (messages) => {
        const compound = encodeCompound(messages.map(encodeMessage));
        expect(decodePacket(compound)).toEqual({ messages, problems: [] });
        expect(decodePacket(withCrc(compound))).toEqual({ messages, problems: [] });
        expect(decodePacket(encodeMessage(messages[0]!)).messages).toEqual([messages[0]]);
        expect(encodeLayer(decodeLayers(compound))).toEqual(compound);
      }),
    );
  });

  it("are refused or read, whatever was done to the octets", () => {
    fc.assert(
      fc.property(mutated(packets), (bytes) => {
        const { messages, problems } = decodePacket(bytes);
        if (bytes[0] !== 7) expect(messages.length + problems.length).toBeGreaterThan(0);
        const layer = only(() => decodeLayers(bytes));
        if (!(layer instanceof DecodeError) && bytes[0] !== 9) only(() => encodeLayer(layer));
      }),
      { numRuns: 1500 },
    );
  });

  it("are refused or read on streams, whatever was done to the octets", () => {
    fc.assert(
      fc.property(mutated(streams), fc.integer({ min: 1, max: 400 }), (bytes, step) => {
        const reader = createStreamReader(100_000);
        only(() => {
          for (let at = 0; at < bytes.length; at += step)
            if (reader.push(bytes.slice(at, at + step)) !== undefined) return;
        });
        only(() => decodeLayers(bytes, { stream: true }));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("packets", () => {
  const ping = encodeMessage({ type: "nackResp", seqNo: 1 });
  const codes = (bytes: Uint8Array): string[] => decodePacket(bytes).problems.map(({ code }) => code);

  it("may hold 0 to 255 parts, and a cut one costs only itself", () => {
    expect(decodePacket(encodeCompound([]))).toEqual({ messages: [], problems: [] });
    expect(decodePacket(encodeCompound(Array.from({ length: 255 }, () => ping))).messages).toHaveLength(255);
    const cut = encodeCompound([ping, ping, ping]).slice(0, -1);
    expect(decodePacket(cut).messages).toHaveLength(2);
    expect(codes(cut)).toEqual(["ERR_COMPOUND_PARTS"]);
    expect(codes(Uint8Array.of(7, 128, 0, 1))).toEqual(["ERR_COMPOUND_TRUNCATED"]);
  });

  it("are dropped when empty, with a flipped bit, or with layers out of place", () => {
    expect(codes(new Uint8Array(0))).toEqual(["ERR_PACKET_EMPTY"]);
    expect(codes(Uint8Array.of(0))).toEqual(["ERR_MSGPACK_TRUNCATED"]);
    const crc = withCrc(ping);
    crc[7]! ^= 1;
    expect(codes(crc)).toEqual(["ERR_CRC"]);
    expect(codes(withCrc(withCrc(ping)))).toEqual(["ERR_MISPLACED"]);
    expect(codes(Uint8Array.of(244, 1, 97, 0))).toEqual(["ERR_LABEL"]);
    expect(codes(Uint8Array.of(99))).toEqual(["ERR_MESSAGE_TYPE"]);
  });

  it("nest only so deep", () => {
    let bytes = ping;
    for (let i = 0; i < 10; i += 1) bytes = encodeCompound([bytes]);
    expect(codes(bytes)).toEqual(["ERR_DEPTH"]);
    expect(() => encodeLayer(decodeLayers(bytes))).not.toThrow();
  });

  it("hold only so many messages, however they are packed", () => {
    const full = encodeCompound(Array.from({ length: 255 }, () => ping));
    const { messages, problems } = decodePacket(encodeCompound(Array.from({ length: 30 }, () => full)));
    expect(messages).toHaveLength(1024);
    expect(problems.length).toBeLessThanOrEqual(20);
    expect(problems[0]).toMatchObject({ code: "ERR_PACKET_MESSAGES" });
  });

  it("with many bad parts are given up early", () => {
    const bad = encodeCompound(Array.from({ length: 255 }, () => new Uint8Array(0)));
    const { problems } = decodePacket(encodeCompound(Array.from({ length: 100 }, () => bad)));
    expect(problems.length).toBeLessThanOrEqual(20);
    expect(problems.at(-1)).toMatchObject({ code: "ERR_PACKET_PROBLEMS" });
  });
});

describe("streams", () => {
  const refused = (hex: string): string | undefined => {
    const result = only(() => createStreamReader().push(fromHex(hex)));
    return result instanceof DecodeError ? result.code : undefined;
  };

  it("refuse what announces too much before it has come", () => {
    // Ten million members, thirty million octets of state, a negative number of members.
    expect(refused("0683a44a6f696ec2a54e6f646573ce00989680ac5573657253746174654c656e00")).toBe("ERR_STREAM_NODES");
    expect(refused("0683a44a6f696ec2a54e6f64657300ac5573657253746174654c656ece01c9c380")).toBe("ERR_STREAM_SIZE");
    expect(refused("0683a44a6f696ec2a54e6f646573ffac5573657253746174654c656e00")).toBe("ERR_FIELD_RANGE");
    expect(refused("0881aa557365724d73674c656ece01c9c380")).toBe("ERR_STREAM_SIZE");
  });

  it("refuse encryption, labels and packet layers by name", () => {
    expect(refused("0a00000010")).toBe("ERR_STREAM_ENCRYPTED");
    expect(refused("f40161")).toBe("ERR_LABEL");
    expect(refused("0701")).toBe("ERR_MISPLACED");
    expect(refused("0c00")).toBe("ERR_MISPLACED");
  });

  it("hold no more than they may", () => {
    const reader = createStreamReader(1000);
    expect(
      reader.push(encodeStreamMessage({ type: "user", payload: new Uint8Array(900) }).slice(0, 800)),
    ).toBeUndefined();
    expect(() => reader.push(new Uint8Array(300))).toThrow(expect.objectContaining({ code: "ERR_STREAM_SIZE" }));
  });
});

describe("MessagePack", () => {
  it("comes back in the form it had", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const reader = new ByteReader(bytes, "ERR_MSGPACK_TRUNCATED");
        const value = only(() => decodeMsgpack(reader, "value"));
        if (value instanceof DecodeError) return;
        expect(encodeMsgpack(value)).toEqual(bytes.slice(0, reader.offset));
        expect(lengthOfMsgpack(value)).toBe(reader.offset);
      }),
      { numRuns: 1500 },
    );
  });

  it("nests only so deep and holds only so many values", () => {
    const deep = new ByteReader(new Uint8Array(1000).fill(0x91), "ERR_MSGPACK_TRUNCATED");
    expect(only(() => decodeMsgpack(deep, "value"))).toMatchObject({ code: "ERR_MSGPACK_DEPTH" });
    const wide = new ByteReader(
      Uint8Array.from([0xdd, 0, 2, 0, 0, ...new Uint8Array(140_000)]),
      "ERR_MSGPACK_TRUNCATED",
    );
    expect(only(() => decodeMsgpack(wide, "value"))).toMatchObject({ code: "ERR_MSGPACK_VALUES" });
  });

  it("is read in structs as a map in any order, as an array, in both dialects, with unknown keys", () => {
    const expected = [{ type: "suspect", incarnation: 300, node: "b", from: "a" }];
    const map = "0383" + "a446726f6d" + "a161" + "ab496e6361726e6174696f6e" + "cd012c" + "a44e6f6465" + "a162";
    const signed = map.replace("cd012c", "d1012c");
    const wide = map.replace("cd012c", "d3000000000000012c");
    const array = "0393cd012ca162a161";
    const bin = map.replace("a161", "c40161").replace("a44e6f6465a162", "d9044e6f6465d90162");
    for (const hex of [map, signed, wide, array, bin]) expect(decodePacket(fromHex(hex)).messages).toEqual(expected);
    const strange = map.replace("0383", "0385").replace("a446726f6d", "a1789201a1790202a446726f6d");
    expect(decodePacket(fromHex(strange))).toEqual({ messages: expected, problems: [] });
  });
});

describe("LZW", () => {
  it("comes back, and any octets are refused or read", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 9000 }), fc.uint8Array({ maxLength: 200 }), (few, any) => {
        const bytes = Uint8Array.from(few);
        expect(inflateLzw(deflateLzw(bytes))).toEqual(bytes);
        expect(inflateLzw(deflateLzw(any))).toEqual(any);
        only(() => inflateLzw(any, 10_000));
      }),
    );
  });
});
