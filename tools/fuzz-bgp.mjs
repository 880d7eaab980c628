/** Targets for the BGP codec: one message, a stream of them, and MRT records. */

/** First octet: bits of the context (as4, add-path, extended messages, iBGP, RFC 8950); then the message. */
const MESSAGES = [
  "19ffffffffffffffffffffffffffffffff007602000418c6336400534001010040021002020000fc000000fde9010100000007400304c00002018004040000000140050400000064400600c007080000000700000009c00804ffff000080090400000005800a08000000010000000220cb007107090a00",
  "19ffffffffffffffffffffffffffffffff00b6020000009f4001010040021002020000fc000000fde9010100000007800e3b0002012020000000000000000000000000000000fe800000000000000000000000000000002020010db88020010db8000000000000000000000001c010080000000000000001c0200c000000010000000200000003c0230400000009801a0b01000b0000000000000000c019140000000000000000000000000000000000000000c0c80101",
  "19ffffffffffffffffffffffffffffffff0022020000000b800f080002012020010db8",
  "18ffffffffffffffffffffffffffffffff003f0200000026400101004002040201fc00400304c0000201c01106020100011170c012080001117000000001080a",
  "1bffffffffffffffffffffffffffffffff005002000600000007080a002c4001010040021002020000fc000000fde9010100000007400304c0000201800404000000014005040000006400000008100a01",
  "19ffffffffffffffffffffffffffffffff006001045ba0005a000000014302410104000100010200050600010001000206000901034006c078000101804104000111704504000101034707000101800000094904016101624b020178c803000000",
  "19ffffffffffffffffffffffffffffffff002a01040001000000000001ffff000a02000202000200024600",
  "19ffffffffffffffffffffffffffffffff00210306020b6d61696e74656e616e6365",
  "19ffffffffffffffffffffffffffffffff00170306090604",
  "19ffffffffffffffffffffffffffffffff001304",
  "19ffffffffffffffffffffffffffffffff00170500020101",
];

const RECORDS = [
  "00000001001100070000002b000000050000fc000000fc01000000010a0000010a000002ffffffffffffffffffffffffffffffff001304",
  "000000010010000000000014fc00fc01000000010a0000010a00000200010006",
  "00000001000d00010000002d000000010001760002020000000100000001000000020100000001000000000000000000000000000000010002",
  "00000001000d000a0000002f000000012020010db8000100000000000000000001001840010100800e111020010db8000000000000000000000001",
  "00000001000d00020000001400000001080a0001000000000000000440010100",
  "00000001000c00010000001a000000010a000000080100000001000000010002000440010100",
];

const ATTRIBUTE_WORDS = [
  "40010100",
  "400206020100000001",
  "400304c0000201",
  "80040400000001",
  "40050400000064",
  "400600",
  "c00708000000010a000001",
  "c00804ffff029a",
  "80090401020304",
  "800a0401020304",
  "800e150002011020010db8000000000000000000000001",
  "800f0400020100",
  "c0100800020001",
  "c011060201",
  "c01208",
  "c01914",
  "801a0b01000b",
  "c0200c",
  "c02304",
  "d0c80001ff",
  "90",
  "20cb007107",
  "00010001",
];

const OPEN_WORDS = [
  "0104",
  "0200",
  "0506",
  "0600",
  "0901",
  "4006",
  "4104",
  "4504",
  "4600",
  "4707",
  "4902",
  "4b02",
  "4d00",
  "ff",
];

function text(value) {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === "bigint" ? `${inner}n` : inner instanceof Uint8Array ? Array.from(inner) : inner,
  );
}

function contextOf({ bgp }, flags) {
  const all = [bgp.IPV4_UNICAST, bgp.IPV4_MULTICAST, bgp.IPV6_UNICAST, bgp.IPV6_MULTICAST];
  const families = (flags & 2) === 0 ? [] : all;
  return {
    as4: (flags & 1) !== 0,
    addPath: { receive: families, send: families },
    extendedMessage: (flags & 4) !== 0,
    ibgp: (flags & 8) !== 0,
    extendedNextHop: (flags & 16) === 0 ? [] : all.slice(0, 2),
  };
}

/** What the decoder returns; undefined where it refuses in the way it should. */
function expected(name, run) {
  try {
    return run();
  } catch (error) {
    if (error?.name !== name) throw error;
    return undefined;
  }
}

/** What was decoded can be written and read again, in octets and in JSON. */
function checkDecoded({ bgp }, bytes, context, decoded) {
  const again = bgp.encodeMessage(decoded, context);
  if (text(bgp.decodeMessage(again, context)) !== text(decoded)) throw new Error("the message changes on a round trip");
  if (again.length !== bgp.lengthOfMessage(decoded, context)) throw new Error("the length is not the one promised");
  const json = bgp.messageToJson(bytes, context);
  if (JSON.stringify(json).length > 2000 + 60 * bytes.length)
    throw new Error("the JSON form is far longer than the message");
  const back = bgp.messageFromJson(json, context);
  if (back.type !== "open" && text(back) !== text(decoded)) throw new Error("the message changes by way of JSON");
  const tree = bgp.dissect(bytes, context);
  if (tree.fields.reduce((sum, { start, end }) => sum + end - start, 0) !== bytes.length)
    throw new Error("spans are missing");
}

/** Everything a session may ask of an UPDATE that it has not refused. */
function checkView({ bgp }, view) {
  const routes = bgp.routesOf(view);
  const counts = bgp.countRoutes(view);
  const count = (lists) => lists.reduce((sum, { nlri }) => sum + nlri.length, 0);
  if (counts.announced !== count(routes.announced) || counts.withdrawn !== count(routes.withdrawn)) {
    throw new Error("routes are counted wrongly");
  }
  if (counts.announced + counts.withdrawn > view.bytes.length) throw new Error("more routes than octets");
  for (const span of [...bgp.announcedBy(view), ...bgp.withdrawnBy(view)]) {
    bgp.packPrefixes(span);
    const cursor = bgp.createPrefixCursor(span);
    while (cursor.next()) if (cursor.offset + cursor.octets > span.end) throw new Error("a prefix runs over its field");
  }
  bgp.attributesOf(view);
  bgp.endOfRibOf(view);
  for (const read of [
    "originOf",
    "asPathOf",
    "nextHopOf",
    "medOf",
    "localPrefOf",
    "communitiesOf",
    "largeCommunitiesOf",
  ]) {
    bgp[read](view);
  }
  for (const read of ["extCommunitiesOf", "clusterListOf", "originatorIdOf", "otcOf"]) bgp[read](view);
}

function runMessage(lib, input) {
  const context = contextOf(lib, input[0]);
  const bytes = input.subarray(1);
  const { bgp } = lib;
  const decoded = expected("BgpDecodeError", () => bgp.decodeMessage(bytes, context));
  const verdict = bgp.judgeMessage(bytes, context);
  if (verdict.action === "accept" && decoded === undefined) throw new Error("accepted, and cannot be read");
  if (decoded !== undefined) checkDecoded(lib, bytes, context, decoded);
  if (verdict.action === "reset") {
    const notification = { type: "notification", code: verdict.code, subcode: verdict.subcode, data: verdict.data };
    bgp.encodeMessage(notification, bgp.PLAIN_CONTEXT);
    return;
  }
  const view = bgp.viewMessage(bytes, context);
  if (view.type === "update") checkView(lib, view);
}

/** Whatever the chunks, the same messages or the same error come out. */
function runStream({ bgp }, input) {
  const stream = input.subarray(1);
  const whole = bgp.createFramer();
  const parts = bgp.createFramer();
  const size = 1 + (input[0] % 61);
  const messages = whole.push(stream);
  const found = [];
  for (let at = 0; at < stream.length; at += size) found.push(...parts.push(stream.slice(at, at + size)));
  if (text(messages) !== text(found)) throw new Error("chunks make a difference");
  if (whole.error?.code !== parts.error?.code) throw new Error("chunks make a difference to the error");
  if (whole.buffered > 4096 || parts.buffered > 4096) throw new Error("more is held than a message");
}

function runRecord({ "bgp/mrt": mrt, bgp }, bytes) {
  const record = expected("DecodeError", () => mrt.decodeMrt(bytes));
  if (record === undefined) return;
  if (text(mrt.decodeMrt(mrt.encodeMrt(record))) !== text(record))
    throw new Error("the record changes on a round trip");
  const lists = record.type === "rib" ? record.entries.map(({ attributes }) => attributes) : [];
  for (const list of lists) {
    expected("BgpDecodeError", () => mrt.decodeRibAttributes(list, bgp.IPV6_UNICAST));
  }
}

export const bgpTargets = {
  bgp: {
    packages: ["net", "bgp"],
    seeds: MESSAGES,
    words: [...ATTRIBUTE_WORDS, ...OPEN_WORDS],
    repair: (_lib, input) => {
      if (input.length < 20) return;
      input.fill(0xff, 1, 17);
      input[17] = (input.length - 1) >>> 8;
      input[18] = input.length - 1;
    },
    run: runMessage,
  },
  "bgp-stream": {
    packages: ["net", "bgp"],
    seeds: [`07${MESSAGES.map((hex) => hex.slice(2)).join("")}`],
    words: ["ff".repeat(16), "001304", "00170200000000", "0015030602"],
    run: runStream,
  },
  mrt: {
    packages: ["net", "bgp"],
    entries: ["bgp/mrt"],
    seeds: RECORDS,
    words: ["000d0002", "000d000a", "000d0001", "00100004", "00110005", "000c0001", "0001", "0002"],
    repair: (_lib, bytes) => {
      const length = bytes.length - 12;
      if (length >= 0) bytes.set([length >>> 24, length >>> 16, length >>> 8, length], 8);
    },
    run: runRecord,
  },
};
