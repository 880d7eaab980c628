import { ByteReader, fromHex, toHex } from "@vipkit/net";
import { describe, expect, it } from "vitest";
import {
  createStreamReader,
  decodeLayers,
  decodeMessage,
  decodePacket,
  deflateLzw,
  encodeLayer,
  encodeMessage,
  encodeStreamMessage,
  inflateLzw,
  viewLayer,
  type Layer,
  type Message,
  type StreamMessage,
} from "../../src/index.js";
import { readVectors } from "../support/vectors.js";

interface Recorded {
  readonly in: { readonly hex: string; readonly stream?: boolean };
  readonly out: { readonly decoded: object };
}

const recorded = readVectors<Recorded>("memberlist-0.6.0.jsonl");
const packets = recorded.filter(({ in: { stream } }) => stream !== true).map((line) => fromHex(line.in.hex));
const streams = recorded.filter(({ in: { stream } }) => stream === true).map((line) => fromHex(line.in.hex));

/** The plain messages of a packet with the octets of each. */
function plainParts(layer: Layer): { readonly octets: Uint8Array; readonly message: Message }[] {
  if (layer.kind === "compound") return layer.parts.flatMap(plainParts);
  if (layer.kind === "hasCrc" || layer.kind === "compress") return plainParts(layer.inner);
  const octets = encodeLayer(layer);
  return [{ octets, message: decodeMessage(new ByteReader(octets, "ERR_MSGPACK_TRUNCATED")) }];
}

describe("what memberlist sent", () => {
  it.each(recorded.map((line, i) => [i, line] as const))(
    "is taken apart as Go does and put together again: %i",
    (_i, line) => {
      const layer = decodeLayers(fromHex(line.in.hex), { stream: line.in.stream === true });
      expect(viewLayer(layer)).toEqual(line.out.decoded);
      expect(toHex(encodeLayer(layer))).toBe(line.in.hex);
    },
  );

  it("is read by members without a problem, and written in the same octets", () => {
    for (const packet of packets) {
      const { messages, problems } = decodePacket(packet);
      expect(problems).toEqual([]);
      const parts = plainParts(decodeLayers(packet));
      expect(messages).toEqual(parts.map(({ message }) => message));
      for (const { octets, message } of parts) {
        // Octets that Go leaves nil are empty in ours: the one difference, and both sides read both.
        expect(toHex(encodeMessage(message))).toBe(toHex(octets).replace(/(a44d657461|a75061796c6f6164)c0/, "$1a0"));
      }
    }
  });

  it("is read from streams however they are cut, and only when it is whole", () => {
    for (const bytes of streams) {
      const whole = createStreamReader().push(bytes);
      expect(whole).toBeDefined();
      const reader = createStreamReader();
      const seen: (StreamMessage | undefined)[] = [];
      for (const octet of bytes) seen.push(reader.push(Uint8Array.of(octet)));
      expect(seen.at(-1)).toEqual(whole);
      expect(seen.slice(0, -1).every((message) => message === undefined)).toBe(true);
      expect(createStreamReader().push(encodeStreamMessage(whole!))).toEqual(whole);
    }
  });

  it("is covered with every kind of message", () => {
    const text = JSON.stringify(recorded.map(({ out }) => out));
    for (const name of [
      "ping",
      "indirectPing",
      "ackResp",
      "nackResp",
      "suspect",
      "alive",
      "dead",
      "pushPull",
      "compound",
    ]) {
      expect(text).toContain(`"name":"${name}"`);
    }
    for (const name of ["user", "compress", "hasCrc"]) expect(text).toContain(`"name":"${name}"`);
  });
});

describe("LZW", () => {
  it.each(readVectors<{ plain: string; packed: string }>("lzw.jsonl"))(
    "is Go's, both ways: $plain",
    ({ plain, packed }) => {
      expect(toHex(deflateLzw(fromHex(plain)))).toBe(packed);
      expect(toHex(inflateLzw(fromHex(packed)))).toBe(plain);
    },
  );

  it("does not unpack more than it may", () => {
    const bomb = deflateLzw(new Uint8Array(100_000));
    expect(() => inflateLzw(bomb, 99_999)).toThrow(expect.objectContaining({ code: "ERR_LZW_SIZE" }));
    expect(inflateLzw(bomb, 100_000)).toHaveLength(100_000);
  });
});
