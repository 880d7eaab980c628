import fc from "fast-check";
import { formatPrefix, parseIp, parsePrefix, type IpFamily, type Ipv4 } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import {
  createRibOut,
  decodeMessage,
  IPV4_UNICAST,
  IPV6_UNICAST,
  PLAIN_CONTEXT,
  type CodecContext,
  type Message,
  type OutContext,
  type RibOut,
  type Route,
  type UpdateMessage,
} from "../../src/index.js";

const CODEC: CodecContext = { ...PLAIN_CONTEXT, as4: true };
const FAMILIES: readonly IpFamily[] = ["ipv4", "ipv6"];

function context(more: Partial<OutContext> = {}): OutContext {
  const nextHops = { ipv4: parseIp("192.0.2.1") as Ipv4, ipv6: parseIp("2001:db8::1") };
  return { codec: CODEC, ibgp: false, ownAsn: 65001, families: FAMILIES, nextHops, onlyToCustomer: false, ...more };
}

/** Splits by the lengths in the headers, and decodes. */
function messagesOf(bytes: Uint8Array, codec: CodecContext): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + bytes[at + 16]! * 256 + bytes[at + 17]!;
    messages.push(decodeMessage(bytes.subarray(at, end), codec));
    at = end;
  }
  return messages;
}

function drain(rib: RibOut, codec: CodecContext = CODEC): Message[] {
  const messages: Message[] = [];
  for (let bytes = rib.next(4096); bytes !== undefined; bytes = rib.next(4096))
    messages.push(...messagesOf(bytes, codec));
  return messages;
}

function updatesOf(messages: readonly Message[]): UpdateMessage[] {
  return messages.filter((one) => one.type === "update");
}

/** What a peer holds that has heard all of it: prefix and path to MED. */
function hear(held: Map<string, number | undefined>, messages: readonly Message[]): void {
  const name = (one: { ip: Route["prefix"]["ip"]; length: number; pathId?: number | undefined }): string =>
    `${formatPrefix(one)}@${one.pathId ?? 0}`;
  for (const { withdrawn, nlri, attributes } of updatesOf(messages)) {
    const unreach = attributes.find((one) => one.type === "mp-unreach");
    const reach = attributes.find((one) => one.type === "mp-reach");
    const med = attributes.find((one) => one.type === "med")?.value;
    for (const one of [...withdrawn, ...(unreach?.nlri ?? [])]) held.delete(name(one));
    for (const one of [...nlri, ...(reach?.nlri ?? [])]) held.set(name(one), med);
  }
}

function isEndOfRib(message: Message): boolean {
  if (message.type !== "update" || message.nlri.length + message.withdrawn.length > 0) return false;
  const [first] = message.attributes;
  return first === undefined || (first.type === "mp-unreach" && (first.nlri as unknown[]).length === 0);
}

function route(prefix: string, more: Partial<Route> = {}): Route {
  return { prefix: parsePrefix(prefix), ...more };
}

function hostRoutes(count: number): Route[] {
  return Array.from({ length: count }, (_, at) => ({ prefix: { ip: 0x0a00_0000 + at, length: 32 } }));
}

const ADD_PATH: CodecContext = {
  ...CODEC,
  addPath: { receive: [IPV4_UNICAST, IPV6_UNICAST], send: [IPV4_UNICAST, IPV6_UNICAST] },
};

describe("Adj-RIB-Out", () => {
  test("whatever is asked for in whatever order, the peer ends up with what is wanted", () => {
    const one = fc.record({
      prefix: fc.constantFrom("10.0.0.1/32", "10.0.0.2/32", "10.1.0.0/16", "2001:db8::1/128"),
      pathId: fc.constantFrom(undefined, 0, 1, 7),
      med: fc.constantFrom(undefined, 5, 6),
    });
    const routes = fc.array(one, { maxLength: 6 });
    const step = fc.oneof(
      fc.record({ type: fc.constantFrom("replace" as const, "announce" as const, "withdraw" as const), routes }),
      fc.record({ type: fc.constant("next" as const), bytes: fc.constantFrom(1, 4096) }),
      fc.record({
        type: fc.constant("refresh" as const),
        family: fc.constantFrom(...FAMILIES),
        enhanced: fc.boolean(),
      }),
      fc.record({ type: fc.constant("partial" as const), partial: fc.boolean() }),
      fc.constant({ type: "reopen" as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, addPath) => {
        const codec = addPath ? ADD_PATH : CODEC;
        const rib = createRibOut();
        const wanted = new Map<string, number | undefined>();
        const held = new Map<string, number | undefined>();
        rib.open(context({ codec }));
        for (const made of steps) {
          switch (made.type) {
            case "next": {
              const bytes = rib.next(made.bytes);
              if (bytes !== undefined) hear(held, messagesOf(bytes, codec));
              break;
            }
            case "refresh":
              rib.refresh(made.family, made.enhanced);
              break;
            case "partial":
              rib.setPartial(made.partial);
              break;
            case "reopen":
              rib.close();
              held.clear();
              rib.open(context({ codec }));
              break;
            case "withdraw":
              rib.withdraw(made.routes.map(({ prefix }) => parsePrefix(prefix)));
              for (const { prefix } of made.routes)
                for (const name of [...wanted.keys()]) if (name.startsWith(`${prefix}@`)) wanted.delete(name);
              break;
            default:
              if (made.type === "replace") wanted.clear();
              rib[made.type](made.routes.map(({ prefix, ...more }) => route(prefix, more)));
              for (const { prefix, pathId = 0, med } of made.routes) wanted.set(`${prefix}@${pathId}`, med);
          }
        }
        rib.setPartial(false);
        hear(held, drain(rib, codec));
        // Paths other than 0 are for those who know add-path.
        const told = [...wanted].filter(([name]) => addPath || name.endsWith("@0"));
        expect([...held].sort()).toEqual(told.sort());
        expect(rib.idle).toBe(true);
        expect(rib.counts).toMatchObject({ wanted: wanted.size, advertised: told.length, pending: 0 });
        // Nothing is said twice.
        rib.announce([]);
        expect(rib.next(4096)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test("says End-of-RIB for each family after the whole set, and only then (RFC 4724)", () => {
    const rib = createRibOut();
    rib.announce([route("10.0.0.1/32")]);
    rib.setPartial(true);
    rib.open(context());
    expect(drain(rib).filter(isEndOfRib)).toHaveLength(0);
    rib.announce([route("10.0.0.2/32"), route("2001:db8::1/128")]);
    rib.setPartial(false);
    const messages = drain(rib);
    expect(messages.filter(isEndOfRib)).toHaveLength(2);
    expect(isEndOfRib(messages.at(-1)!)).toBe(true);
    rib.announce([route("10.0.0.3/32")]);
    expect(drain(rib).filter(isEndOfRib)).toHaveLength(0);
  });

  test("splits withdrawals at the message limit", () => {
    const rib = createRibOut();
    rib.replace(hostRoutes(3000));
    rib.open(context());
    drain(rib);
    rib.replace([]);
    const updates = updatesOf(drain(rib));
    // 4 octets of 4073 for each: 5 with the length.
    expect(updates.map(({ withdrawn }) => withdrawn.length)).toEqual([814, 814, 814, 558]);
  });

  test("uses long messages where both sides know them (RFC 8654)", () => {
    const rib = createRibOut();
    rib.replace(hostRoutes(10_000));
    const codec = { ...CODEC, extendedMessage: true };
    rib.open(context({ codec }));
    expect(updatesOf(drain(rib, codec)).filter(({ nlri }) => nlri.length > 0)).toHaveLength(1);
  });

  test("marks the begin and the end of an enhanced refresh (RFC 7313)", () => {
    const rib = createRibOut();
    rib.replace([route("10.0.0.1/32"), route("2001:db8::1/128")]);
    rib.open(context());
    drain(rib);
    rib.refresh("ipv4", true);
    const words = drain(rib).map((one) => (one.type === "route-refresh" ? one.subtype : one.type));
    expect(words).toEqual([1, "update", 2]);
    rib.refresh("ipv6", false);
    expect(drain(rib).map(({ type }) => type)).toEqual(["update"]);
  });

  test("answers any number of requests that come during an answer with one more", () => {
    const rib = createRibOut();
    rib.replace(hostRoutes(5000));
    rib.open(context());
    drain(rib);
    for (let count = 0; count < 1000; count += 1) rib.refresh("ipv4", true);
    const messages = drain(rib);
    const marks = messages.flatMap((one) => (one.type === "route-refresh" ? [one.subtype] : []));
    expect(marks).toEqual([1, 2, 1, 2]);
    expect(updatesOf(messages).reduce((sum, { nlri }) => sum + nlri.length, 0)).toBe(10_000);
    rib.refresh("ipv4", true);
    expect(drain(rib).filter(({ type }) => type === "route-refresh")).toHaveLength(2);
  });

  test("counts what a session cannot carry, by reason", () => {
    const rib = createRibOut();
    rib.replace([
      route("10.0.0.1/32"),
      route("10.0.0.2/32", { pathId: 3 }),
      route("2001:db8::1/128"),
      route("10.0.0.3/32", { nextHop: parseIp("2001:db8::9") }),
      route("10.0.0.4/32", { communities: Array.from({ length: 1100 }, (_, at) => at) }),
    ]);
    rib.open(context({ families: ["ipv4"] }));
    drain(rib);
    expect(rib.counts).toMatchObject({
      advertised: 1,
      skipped: {
        "add-path-not-negotiated": 1,
        "family-not-negotiated": 1,
        "no-next-hop": 1,
        "attributes-too-long": 1,
      },
    });
  });

  test("drains: the community first, local preference 0 inside the AS, then everything is taken back (RFC 8326)", () => {
    const rib = createRibOut();
    rib.replace([route("10.0.0.1/32", { communities: [7], localPref: 200 })]);
    rib.open(context({ ibgp: true }));
    drain(rib);
    rib.drain();
    const [{ attributes }] = updatesOf(drain(rib)) as [UpdateMessage];
    expect(attributes).toContainEqual({ type: "communities", values: [7, 0xffff_0000] });
    expect(attributes).toContainEqual({ type: "local-pref", value: 0 });
    rib.withdrawAll();
    expect(updatesOf(drain(rib)).map(({ withdrawn }) => withdrawn.map(formatPrefix))).toEqual([["10.0.0.1/32"]]);
  });

  test("marks routes for customers, peers and route-server clients (RFC 9234)", () => {
    const rib = createRibOut();
    rib.replace([route("10.0.0.1/32")]);
    rib.open(context({ onlyToCustomer: true }));
    expect(updatesOf(drain(rib))[0]!.attributes).toContainEqual({ type: "otc", asn: 65001 });
  });
});
