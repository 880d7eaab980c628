/** Targets for BFD: one control packet, and a session that hears whatever comes. */

const PACKETS = [
  "2040031800000001000000000000c350000f424000000000",
  "20c8031800000001000000090000c3500000c35000000000",
  "21e0031800000001000000090000c3500000c35000000000",
  "20d0031800000001000000090000c3500000c35000000000",
  "20c403210000000100000009000f4240000f424000000000" + "010907736563726574",
  "20c4033400000001000000090000c3500000c35000000000" + "051c070000000005" + "00".repeat(20),
  "20c4033000000001000000090000c3500000c35000000000" + "0318070000000005" + "00".repeat(16),
];
const WORDS = [
  "20",
  "2040",
  "2080",
  "20c0",
  "2000",
  "0318",
  "00000009",
  "00000000",
  "ffffffff",
  "00000001",
  "051c07",
  "031807",
];
const DISCRIMINATOR = 9;

function text(value) {
  return JSON.stringify(value, (_key, inner) => (inner instanceof Uint8Array ? Array.from(inner) : inner));
}

function runPacket({ net, bfd }, bytes) {
  let packet;
  try {
    packet = bfd.decodeBfd(bytes);
  } catch (error) {
    if (!(error instanceof net.DecodeError)) throw error;
    return;
  }
  const again = bfd.encodeBfd(packet);
  if (again.length !== bfd.lengthOfBfd(packet)) throw new Error("the length is not the one promised");
  if (text(bfd.decodeBfd(again)) !== text(packet)) throw new Error("the packet changes on a round trip");
  for (const type of ["simple", "keyed-md5", "meticulous-md5", "keyed-sha1", "meticulous-sha1"]) {
    bfd.verifyAuth(bytes, { type, keyId: 7, key: Uint8Array.of(1, 2, 3) });
  }
}

/** First octet: authentication and role; then pairs of a wait in tens of milliseconds and a packet with its length before it. */
function runSession({ bfd }, input) {
  const key = { type: "simple", keyId: 7, key: Uint8Array.of(0x73, 0x65, 0x63, 0x72, 0x65, 0x74) };
  const machine = bfd.createBfdMachine(
    {
      name: "fuzzed",
      localDiscriminator: DISCRIMINATOR,
      passive: (input[0] & 1) !== 0,
      ...((input[0] & 2) === 0 ? {} : { auth: key }),
    },
    1,
    0,
  );
  machine.handle({ type: "start" }, 0);
  let now = 0;
  for (let at = 1; at + 2 <= input.length;) {
    const end = now + input[at] * 10;
    for (let ticks = 0; machine.deadline <= end; ticks += 1) {
      if (machine.deadline < now) throw new Error("the deadline is in the past");
      // 2.55 s at the most, and nobody may make us send more often than every 1 / 1.34 of 300 ms, or tick twice for a packet.
      if (ticks > 40) throw new Error("too many ticks");
      now = machine.deadline;
      machine.handle({ type: "tick" }, now);
    }
    now = end;
    const bytes = input.slice(at + 2, at + 2 + input[at + 1]);
    const sent = machine.handle({ type: "packet", bytes }, now).filter(({ type }) => type === "send").length;
    if (sent > 2) throw new Error("more than an answer and a change for one packet");
    at += 2 + input[at + 1];
  }
  machine.snapshot(now);
  machine.handle({ type: "stop" }, now);
}

export const bfdTargets = {
  bfd: { packages: ["net", "bfd"], seeds: PACKETS, words: WORDS, run: runPacket },
  "bfd-session": {
    packages: ["net", "bfd"],
    seeds: [
      `00${PACKETS.map((hex) => `05${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`).join("")}`,
      `02${PACKETS.map((hex) => `64${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`).join("")}`,
    ],
    words: WORDS,
    run: runSession,
  },
};
