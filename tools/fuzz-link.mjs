/** Targets for what comes from the kernel: netlink messages, and frames that its filter has let through or not. */

const u16 = (value) => [value & 255, (value >>> 8) & 255];
const u32 = (value) => [...u16(value), ...u16(value >>> 16)];
const hex = (octets) => octets.map((octet) => (octet & 255).toString(16).padStart(2, "0")).join("");
const padded = (octets) => [...octets, ...Array.from({ length: -octets.length & 3 }, () => 0)];
const ascii = (text) => [...text].map((letter) => letter.charCodeAt(0));
const attribute = (type, octets) => padded([...u16(4 + octets.length), ...u16(type), ...octets]);
const message = (type, payload) =>
  padded([...u32(16 + payload.length), ...u16(type), ...u16(2), ...u32(1), ...u32(0), ...payload]);

const NAME = [...ascii("eth0"), 0];
const linkPayload = (family, kind) => [
  ...[family, 0, ...u16(1), ...u32(7), ...u32(0x1_1043), ...u32(0)],
  ...attribute(3, NAME),
  ...attribute(1, [2, 0, 0, 0, 0, 1]),
  ...attribute(4, u32(1500)),
  ...attribute(10, u32(3)),
  ...attribute(0x8000 | 18, attribute(1, [...ascii(kind), 0])),
];
const addressPayload = (ip, flags) => [
  ...[ip.length === 4 ? 2 : 10, 24, flags, 0, ...u32(7)],
  ...attribute(1, ip),
  ...attribute(2, ip),
  ...attribute(8, u32(flags)),
];
const IPV4 = [192, 0, 2, 1];
const IPV6 = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const PAYLOADS = [
  linkPayload(0, "veth"),
  linkPayload(7, "bridge"),
  addressPayload(IPV4, 0x80),
  addressPayload(IPV6, 0x48),
];
const [NEW_LINK, PORT, NEW_IPV4, NEW_IPV6] = PAYLOADS;
const DATAGRAMS = [
  [...message(16, NEW_LINK), ...message(20, NEW_IPV4), ...message(20, NEW_IPV6), ...message(21, NEW_IPV4)],
  [
    ...message(16, NEW_LINK),
    ...message(16, PORT),
    ...message(17, PORT),
    ...message(17, NEW_LINK),
    ...message(3, u32(0)),
  ],
];
const ATTRIBUTE_WORDS = [
  "05000400",
  "0a000100",
  "08000300",
  "08000400",
  "0c001280",
  "14000100",
  "08000200",
  "08000800",
];

function expected(run) {
  try {
    return run();
  } catch (error) {
    if (error?.name !== "DecodeError") throw error;
    return undefined;
  }
}

/** Attributes that fill the rest, from `at` on: a length that does not fit becomes one that does. */
function repairAttributes(bytes, at) {
  while (at + 4 <= bytes.length) {
    let length = bytes[at] | (bytes[at + 1] << 8);
    if (length < 4 || at + length > bytes.length) {
      length = bytes.length - at;
      bytes.set(u16(length), at);
    }
    at += (length + 3) & ~3;
  }
}

function repairMessages(bytes) {
  for (let at = 0; at + 16 <= bytes.length;) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    let length = view.getUint32(0, true);
    if (length < 16 || at + length > bytes.length) {
      length = bytes.length - at;
      view.setUint32(0, length, true);
    }
    const type = view.getUint16(4, true);
    repairAttributes(bytes.subarray(0, at + length), at + 16 + (type < 20 ? 16 : 8));
    at += (length + 3) & ~3;
  }
}

function checkInterface({ net }, { index, name, mac, addresses }, most) {
  if (name.length > most) throw new Error("a name out of nothing");
  if (!(mac >= 0 && mac <= net.BROADCAST_MAC)) throw new Error("not a MAC address");
  if (!Number.isInteger(index)) throw new Error("not an index");
  for (const [i, { ip }] of addresses.entries()) {
    net.formatIp(ip);
    if (i > 0 && net.compareIp(addresses[i - 1].ip, ip) > 0) throw new Error("addresses out of order");
  }
}

function runDatagram(lib, bytes) {
  const table = lib.link.createInterfaceTable();
  const messages = lib.link.decodeNetlinkViews(bytes);
  const octets = messages.reduce((sum, { payload }) => sum + 16 + payload.length, 0);
  if (octets > bytes.length) throw new Error("messages overlap");
  for (const dumping of [false, true]) {
    if (dumping) table.beginDump();
    for (const each of messages) expected(() => table.apply(each));
    if (dumping) table.endDump();
    const list = table.list();
    if (new Set(list.map(({ index }) => index)).size !== list.length) throw new Error("an interface twice");
    for (const one of list) checkInterface(lib, one, bytes.length);
  }
}

function runPayload(lib, bytes) {
  const link = expected(() => lib.link.decodeLinkMessage(bytes));
  if (link !== undefined) checkInterface(lib, { ...link, addresses: [] }, bytes.length);
  const address = expected(() => lib.link.decodeAddressMessage(bytes));
  if (address !== undefined) lib.net.formatIp(address.address.ip);
}

const MAC = 0x0200_0000_0001;
const OWNED = {
  arp: [0xc000_020a, 0xc000_020b],
  nd: [0x2001_0db8_0000_0000_0000_0000_0000_0010n, (0xfe80n << 112n) | 1n],
};

/** Stations and the filter that the kernel would run for them, made once. */
const stations = new WeakMap();

function stationsOf({ link, arp, ndp }) {
  const responders = [undefined, 7].flatMap((vlan) => {
    const limits = {
      senders: 4,
      perSender: { perSecond: Infinity, burst: 1 },
      total: { perSecond: Infinity, burst: 1 },
    };
    const forArp = arp.createArpResponder({ mac: MAC, vlan, limits });
    const forNdp = ndp.createNdpResponder({ mac: MAC, vlan, limits });
    for (const ip of OWNED.arp) forArp.own(ip);
    for (const ip of OWNED.nd) forNdp.own(ip);
    return [
      {
        responder: forArp,
        rival: (frame) => arp.probeRival(frame, { mac: MAC, vlan }, (ip) => OWNED.arp.includes(ip)),
      },
      { responder: forNdp, rival: (frame) => ndp.probeRival(frame, { mac: MAC, vlan }, (ip) => OWNED.nd.includes(ip)) },
    ];
  });
  return { responders, program: link.frameFilter([OWNED]), coarse: link.frameFilter([OWNED], 1) };
}

/** No frame that means something to a speaker may be kept from it. */
function runFilter(lib, frame) {
  if (!stations.has(lib)) stations.set(lib, stationsOf(lib));
  const { responders, program, coarse } = stations.get(lib);
  const passed = lib.link.runFilter(program, frame) > 0;
  if (passed && lib.link.runFilter(coarse, frame) === 0) throw new Error("a coarser filter passes less");
  if (passed) return;
  for (const { responder, rival } of responders) {
    if (responder.receive(frame, 0).type !== "drop") throw new Error("the filter drops what would be acted on");
    if (rival(frame) !== undefined) throw new Error("the filter drops a rival");
  }
}

export const linkTargets = {
  netlink: {
    packages: ["net", "link"],
    seeds: DATAGRAMS.map(hex),
    words: [...ATTRIBUTE_WORDS, "1000", "1100", "1400", "1500", "0300", "07000000", "43100100", "6574683100"],
    repair: (_lib, bytes) => repairMessages(bytes),
    run: runDatagram,
  },
  "interface-message": {
    packages: ["net", "link"],
    seeds: PAYLOADS.map(hex),
    words: ATTRIBUTE_WORDS,
    repair: (_lib, bytes) => repairAttributes(bytes, bytes.length > 2 && (bytes[0] === 2 || bytes[0] === 10) ? 8 : 16),
    run: runPayload,
  },
};

/** Shares seeds and checksums with the targets of the protocols. */
export function filterTarget(seeds, words, repair) {
  return { packages: ["net", "arp", "ndp", "link"], seeds, words, repair, run: runFilter };
}
