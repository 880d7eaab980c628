import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  attributesOf,
  BgpDecodeError,
  countRoutes,
  createFramer,
  createPrefixCursor,
  announcedBy,
  decodeMessage,
  encodeMessage,
  judgeMessage,
  lengthOfMessage,
  messageFromJson,
  messageToJson,
  nlriOf,
  packPrefixes,
  routesOf,
  unpackPrefix,
  viewMessage,
  withdrawnBy,
} from "../../src/index.js";
import type { CodecContext, Message, Nlri } from "../../src/index.js";
import { contextAndMessage } from "./arbitrary.js";

/** How a long OPEN is written is not asked for, so it is left out of the comparison. */
function withoutForm(message: Message): Message {
  if (message.type !== "open") return message;
  return Object.fromEntries(
    Object.entries(message).filter(([key]) => key !== "extendedParameters"),
  ) as unknown as Message;
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof BgpDecodeError)) throw error;
    const { code, subcode } = error.notification;
    return `${error.code} ${code}/${subcode}`;
  }
}

/** Reads a received message in every way there is. */
function readEverything(bytes: Uint8Array, context: CodecContext, ibgp: boolean): void {
  const view = viewMessage(bytes, { ...context, ibgp });
  if (view.type !== "update") return;
  const { announced, withdrawn } = routesOf(view);
  const sum = (lists: readonly { readonly nlri: readonly Nlri[] }[]): number =>
    lists.reduce((count, { nlri }) => count + nlri.length, 0);
  expect(countRoutes(view)).toEqual({ announced: sum(announced), withdrawn: sum(withdrawn) });
  attributesOf(view);
}

describe("laws of the codec", () => {
  test("decode(encode(x)) = x, and the length is known before", () => {
    fc.assert(
      fc.property(contextAndMessage, ([context, message]) => {
        const bytes = encodeMessage(message, context);
        expect(bytes.length).toBe(lengthOfMessage(message, context));
        expect(withoutForm(decodeMessage(bytes, context))).toEqual(message);
      }),
      { numRuns: 400 },
    );
  });

  test("encode(decode(b)) = b for what we encode, and by way of JSON too", () => {
    fc.assert(
      fc.property(contextAndMessage, ([context, message]) => {
        const bytes = encodeMessage(message, context);
        expect(encodeMessage(decodeMessage(bytes, context), context)).toEqual(bytes);
        const json = JSON.parse(JSON.stringify(messageToJson(bytes, context))) as ReturnType<typeof messageToJson>;
        expect(encodeMessage(messageFromJson(json, context), context)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test("every strict prefix of a message is refused as truncated", () => {
    fc.assert(
      fc.property(
        contextAndMessage,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ([context, message], share) => {
          const bytes = encodeMessage(message, context);
          const cut = bytes.slice(0, Math.floor(share * bytes.length));
          expect(outcome(() => decodeMessage(cut, context))).toBe("ERR_BGP_TRUNCATED 1/2");
          expect(outcome(() => viewMessage(cut, { ...context, ibgp: false }))).toBe("ERR_BGP_TRUNCATED 1/2");
        },
      ),
      { numRuns: 200 },
    );
  });

  test("any mutation gives a value or a BgpDecodeError, and both decoders agree on what can be read", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(contextAndMessage, edits, fc.boolean(), ([context, message], octets, ibgp) => {
        const bytes = encodeMessage(message, context);
        for (const [at, value] of octets) if (bytes.length > 19) bytes[18 + (at % (bytes.length - 18))] = value;
        const verdict = judgeMessage(bytes, { ...context, ibgp });
        if (verdict.action === "accept") expect(typeof outcome(() => decodeMessage(bytes, context))).toBe("object");
        if (verdict.action !== "reset") readEverything(bytes, context, ibgp);
        outcome(() => decodeMessage(bytes, context));
      }),
      { numRuns: 1000 },
    );
  });

  test("where a message lies in a larger buffer makes no difference, and nothing outside is touched", () => {
    fc.assert(
      fc.property(contextAndMessage, fc.nat({ max: 40 }), fc.nat({ max: 40 }), ([context, message], before, after) => {
        const bytes = encodeMessage(message, context);
        const buffer = new Uint8Array(before + bytes.length + after).fill(0x5a);
        buffer.set(bytes, before);
        const inside = buffer.subarray(before, before + bytes.length);
        const decoded = decodeMessage(inside, context);
        expect(decoded).toEqual(decodeMessage(bytes, context));
        // What was decoded owns its memory.
        buffer.fill(0);
        expect(decoded).toEqual(decodeMessage(bytes, context));
      }),
      { numRuns: 200 },
    );
  });

  test("a framer gives the same messages whatever the chunks", () => {
    fc.assert(
      fc.property(
        fc.array(contextAndMessage, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }),
        (pairs, sizes) => {
          const messages = pairs.map(([context, message]) => encodeMessage(message, context));
          const stream = Uint8Array.from(messages.flatMap((bytes) => [...bytes]));
          const framer = createFramer({ extendedMessage: true });
          const found: Uint8Array[] = [];
          for (let at = 0, turn = 0; at < stream.length; turn += 1) {
            const next = at + sizes[turn % sizes.length]!;
            found.push(...framer.push(stream.slice(at, next)));
            at = next;
          }
          expect(framer.error).toBeUndefined();
          expect(framer.buffered).toBe(0);
          expect(found.map((bytes) => [...bytes])).toEqual(messages.map((bytes) => [...bytes]));
        },
      ),
      { numRuns: 100 },
    );
  });

  test("cursor, packed numbers and objects say the same", () => {
    fc.assert(
      fc.property(contextAndMessage, ([context, message]) => {
        const verdict = judgeMessage(encodeMessage(message, context), { ...context, ibgp: true });
        if (message.type !== "update" || verdict.action === "reset") return;
        const view = viewMessage(encodeMessage(message, context), { ...context, ibgp: true });
        if (view.type !== "update") return;
        for (const span of [...announcedBy(view), ...withdrawnBy(view)]) {
          const cursor = createPrefixCursor(span);
          const walked: Nlri[] = [];
          while (cursor.next()) {
            const ip = span.width === 32 ? cursor.ip4 : cursor.ip6;
            walked.push(
              span.addPath ? { ip, length: cursor.length, pathId: cursor.pathId } : { ip, length: cursor.length },
            );
          }
          expect(walked).toEqual(nlriOf(span));
          if (span.width !== 32) continue;
          expect([...packPrefixes(span)].map(unpackPrefix)).toEqual(walked.map(({ ip, length }) => ({ ip, length })));
        }
      }),
      { numRuns: 200 },
    );
  });
});
