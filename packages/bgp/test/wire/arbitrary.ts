import fc from "fast-check";
import { maskIp } from "@vipkit/net";
import { IPV4_MULTICAST, IPV4_UNICAST, IPV6_MULTICAST, IPV6_UNICAST } from "../../src/index.js";
import type { Capability, CodecContext, Family, Message, Nlri, PathAttribute, UpdateMessage } from "../../src/index.js";

const u8 = fc.nat({ max: 0xff });
const u16 = fc.nat({ max: 0xffff });
const u32 = fc.nat({ max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const u128 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const octets = (min: number, max: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: min, maxLength: max });
const families: readonly Family[] = [IPV4_UNICAST, IPV4_MULTICAST, IPV6_UNICAST, IPV6_MULTICAST];

/** Add-path goes the same way in both directions, so that what is encoded can be decoded under the same context. */
const anyContext: fc.Arbitrary<CodecContext> = fc
  .record({ as4: fc.boolean(), addPath: fc.subarray([...families]), extendedMessage: fc.boolean() })
  .map(({ as4, addPath, extendedMessage }) => ({
    as4,
    addPath: { receive: addPath, send: addPath },
    extendedMessage,
    extendedNextHop: [IPV4_UNICAST, IPV4_MULTICAST],
  }));

function nlriOf(family: Family, context: CodecContext): fc.Arbitrary<Nlri> {
  const addPath = context.addPath.receive.includes(family);
  const prefix =
    family.afi === 1
      ? fc.tuple(u32, fc.nat({ max: 32 })).map(([ip, length]) => ({ ip: maskIp(ip, length), length }))
      : fc.tuple(u128, fc.nat({ max: 128 })).map(([ip, length]) => ({ ip: maskIp(ip, length), length }));
  return addPath ? fc.tuple(prefix, u32).map(([found, pathId]) => ({ ...found, pathId })) : prefix;
}

const routes = (family: Family, context: CodecContext): fc.Arbitrary<Nlri[]> =>
  fc.array(nlriOf(family, context), { maxLength: 12 });

function segments(as4: boolean): fc.Arbitrary<{ type: number; asns: number[] }[]> {
  const asn = fc.integer({ min: 1, max: as4 ? 0xffff_ffff : 0xffff });
  const segment = fc.record({
    type: fc.integer({ min: 1, max: 4 }),
    asns: fc.array(asn, { minLength: 1, maxLength: 6 }),
  });
  return fc.array(segment, { maxLength: 4 });
}

function multiprotocol(context: CodecContext): fc.Arbitrary<PathAttribute>[] {
  const reach = fc.constantFrom(...families).chain((family) => {
    const hop6 = fc.oneof(fc.tuple(u128), fc.tuple(u128, u128));
    const nextHops = family.afi === 1 ? fc.oneof(fc.tuple(u32), hop6) : hop6;
    return fc.record({
      type: fc.constant("mp-reach" as const),
      family: fc.constant(family),
      nextHops,
      nlri: routes(family, context),
    });
  });
  const unreach = fc.constantFrom(...families).chain((family) =>
    fc.record({
      type: fc.constant("mp-unreach" as const),
      family: fc.constant(family),
      nlri: routes(family, context),
    }),
  );
  const other = fc.constant({ afi: 16388, safi: 71 });
  const raw = fc.record({
    type: fc.constant("mp-reach" as const),
    family: other,
    nextHops: fc.constant([]),
    nlri: fc.constant([]),
    rawNextHop: octets(0, 32),
    rawNlri: octets(0, 40),
  });
  return [reach, unreach, raw];
}

function attribute(context: CodecContext): fc.Arbitrary<PathAttribute> {
  const asn = fc.integer({ min: 1, max: context.as4 ? 0xffff_ffff : 0xffff });
  const asn4 = fc.integer({ min: 1, max: 0xffff_ffff });
  const large = fc.record({ global: u32, local1: u32, local2: u32 });
  const metric = octets(8, 8).map((value) => ({ type: 1, value }));
  const tlv = fc.record({ type: fc.integer({ min: 2, max: 255 }), value: octets(0, 12) });
  return fc.oneof(
    fc.record({ type: fc.constant("origin" as const), value: fc.nat({ max: 2 }) }),
    fc.record({ type: fc.constant("as-path" as const), segments: segments(context.as4) }),
    fc.record({ type: fc.constant("next-hop" as const), ip: u32 }),
    fc.record({ type: fc.constantFrom("med" as const, "local-pref" as const), value: u32 }),
    fc.constant({ type: "atomic-aggregate" as const }),
    fc.record({ type: fc.constant("aggregator" as const), asn, ip: u32 }),
    fc.record({ type: fc.constant("communities" as const), values: fc.array(u32, { minLength: 1, maxLength: 80 }) }),
    fc.record({ type: fc.constant("originator-id" as const), ip: u32 }),
    fc.record({ type: fc.constant("cluster-list" as const), ids: fc.array(u32, { minLength: 1, maxLength: 5 }) }),
    ...multiprotocol(context),
    fc.record({
      type: fc.constant("ext-communities" as const),
      values: fc.array(u64, { minLength: 1, maxLength: 40 }),
    }),
    fc.record({ type: fc.constant("as4-path" as const), segments: segments(true) }),
    fc.record({ type: fc.constant("as4-aggregator" as const), asn: asn4, ip: u32 }),
    fc.record({
      type: fc.constant("ipv6-ext-communities" as const),
      values: fc.array(octets(20, 20), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ type: fc.constant("aigp" as const), tlvs: fc.array(fc.oneof(metric, tlv), { maxLength: 4 }) }),
    fc.record({
      type: fc.constant("large-communities" as const),
      values: fc.array(large, { minLength: 1, maxLength: 30 }),
    }),
    fc.record({ type: fc.constant("otc" as const), asn: u32 }),
    fc.record({
      type: fc.constant("unknown" as const),
      code: fc.integer({ min: 36, max: 255 }),
      flags: fc.constantFrom(0x80, 0xc0, 0xe0, 0xd0),
      value: octets(0, 250),
    }),
  );
}

function anyUpdate(context: CodecContext): fc.Arbitrary<UpdateMessage> {
  return fc.record({
    type: fc.constant("update" as const),
    withdrawn: routes(IPV4_UNICAST, context),
    attributes: fc.uniqueArray(attribute(context), {
      selector: (found) => (found.type === "unknown" ? found.code : found.type),
      maxLength: 10,
    }),
    nlri: routes(IPV4_UNICAST, context),
  });
}

const family = fc.constantFrom(...families);
const text = fc.string({ unit: "grapheme", maxLength: 20 });

const capability: fc.Arbitrary<Capability> = fc.oneof(
  fc.record({ type: fc.constant("multiprotocol" as const), family: fc.record({ afi: u16, safi: u8 }) }),
  fc.record({
    type: fc.constantFrom(
      "route-refresh" as const,
      "extended-message" as const,
      "enhanced-route-refresh" as const,
      "link-local-next-hop" as const,
    ),
  }),
  fc.record({
    type: fc.constant("extended-next-hop" as const),
    entries: fc.array(fc.record({ family, nextHopAfi: u16 }), { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant("role" as const), role: u8 }),
  fc.record({
    type: fc.constant("graceful-restart" as const),
    restarting: fc.boolean(),
    notification: fc.boolean(),
    restartTimeSeconds: fc.nat({ max: 4095 }),
    families: fc.array(fc.record({ family, preserved: fc.boolean() }), { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant("four-octet-as" as const), asn: u32 }),
  fc.record({
    type: fc.constant("add-path" as const),
    families: fc.array(fc.record({ family, mode: u8 }), { maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant("long-lived-graceful-restart" as const),
    families: fc.array(fc.record({ family, preserved: fc.boolean(), staleTimeSeconds: fc.nat({ max: 0xff_ffff }) }), {
      maxLength: 4,
    }),
  }),
  fc.record({ type: fc.constant("fqdn" as const), hostname: text, domain: text }),
  fc.record({ type: fc.constant("software-version" as const), version: text }),
  fc.record({ type: fc.constant("unknown" as const), code: fc.integer({ min: 128, max: 255 }), value: octets(0, 60) }),
);

const open: fc.Arbitrary<Message> = fc.record({
  type: fc.constant("open" as const),
  version: fc.constant(4),
  myAs: u16,
  holdTimeSeconds: u16,
  routerId: u32,
  capabilities: fc.array(capability, { maxLength: 8 }),
});

function anyMessage(context: CodecContext): fc.Arbitrary<Message> {
  return fc.oneof(
    { weight: 4, arbitrary: anyUpdate(context) },
    { weight: 2, arbitrary: open },
    fc.record({ type: fc.constant("notification" as const), code: u8, subcode: u8, data: octets(0, 80) }),
    fc.constant({ type: "keepalive" as const }),
    fc.record({ type: fc.constant("route-refresh" as const), family: fc.record({ afi: u16, safi: u8 }), subtype: u8 }),
  );
}

/** A context together with a message that it can carry. */
export const contextAndMessage: fc.Arbitrary<[CodecContext, Message]> = anyContext.chain((context) =>
  fc.tuple(fc.constant(context), anyMessage(context)),
);
