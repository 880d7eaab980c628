import { fromHex, parseIp, type ByteStream } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import { encodeMessage, PLAIN_CONTEXT, type Message, type PeerConfig } from "../../src/index.js";
import { listenForPeers, startPeer, type Peer, type PeerListener } from "../../src/node/index.js";
import { configOfA, configOfB, createPair, route, type Pair } from "./pair.js";

const OPEN: Message = {
  type: "open",
  version: 4,
  myAs: 65001,
  holdTimeSeconds: 90,
  routerId: 0xc000_0201,
  capabilities: [{ type: "multiprotocol", family: { afi: 1, safi: 1 } }],
};
const KEEPALIVE: Message = { type: "keepalive" };

function bytesOf(message: Message): Uint8Array {
  return encodeMessage(message, PLAIN_CONTEXT);
}

/** An UPDATE with these attributes and one route, 10.0.0.0/8. */
function update(attributesHex: string, nlriHex = "080a"): Uint8Array {
  const attributes = fromHex(attributesHex);
  const nlri = fromHex(nlriHex);
  const length = 23 + attributes.length + nlri.length;
  const bytes = new Uint8Array(length).fill(0xff, 0, 16);
  bytes.set([length >> 8, length, 2, 0, 0, attributes.length >> 8, attributes.length], 16);
  bytes.set(attributes, 23);
  bytes.set(nlri, 23 + attributes.length);
  return bytes;
}

const ORIGIN = "40010100";
const PATH = "4002040201fde9";
const NEXT_HOP = "400304c0000201";
/** MP_REACH_NLRI of IPv6 with next hop 2001:db8::1 and no route. */
const REACH = "800e1500020110" + "20010db8000000000000000000000001" + "00";
const GOOD = ORIGIN + PATH + NEXT_HOP;

interface Attacked {
  readonly pair: Pair;
  readonly listener: PeerListener;
  readonly peer: Peer;
  /** The attacker's connection, in the place of the peer. */
  readonly stream: ByteStream;
  readonly heard: Uint8Array[];
  readonly closed: () => boolean;
}

async function attack(more: Partial<PeerConfig> = {}, greet = true): Promise<Attacked> {
  const pair = createPair();
  const listener = await listenForPeers({
    host: pair.b,
    local: { ip: parseIp("192.0.2.2"), port: 179 },
    peers: [configOfB({ passive: true, ...more })],
  });
  const dialled = pair.a.dial({ remote: { ip: parseIp("192.0.2.2"), port: 179 }, timeoutMs: 1000 });
  await pair.world.advance(50);
  const stream = await dialled;
  const heard: Uint8Array[] = [];
  let closed = false;
  stream.onBytes((bytes) => heard.push(bytes));
  stream.onClose(() => {
    closed = true;
  });
  if (greet) {
    stream.write(bytesOf(OPEN));
    stream.write(bytesOf(KEEPALIVE));
  }
  await pair.world.advance(50);
  return { pair, listener, peer: listener.peers.get("a")!, stream, heard, closed: () => closed };
}

describe("malformed UPDATEs on a live session (RFC 7606)", () => {
  test.each([
    ["good", update(GOOD), "accept"],
    ["ORIGIN with value 3", update("40010103" + PATH + NEXT_HOP), "treat-as-withdraw"],
    ["ORIGIN missing", update(PATH + NEXT_HOP), "treat-as-withdraw"],
    ["ORIGIN flags", update("c0010100" + PATH + NEXT_HOP), "treat-as-withdraw"],
    ["AS_PATH with a bad segment type", update(ORIGIN + "4002040901fde9" + NEXT_HOP), "treat-as-withdraw"],
    ["AS_PATH with an empty segment", update(ORIGIN + "4002020200" + NEXT_HOP), "treat-as-withdraw"],
    ["AS 0", update(ORIGIN + "40020402010000" + NEXT_HOP), "treat-as-withdraw"],
    ["NEXT_HOP of 3 octets", update(ORIGIN + PATH + "400303c00002"), "treat-as-withdraw"],
    ["MED of 3 octets", update(GOOD + "800403000001"), "treat-as-withdraw"],
    ["LOCAL_PREF from an external peer", update(GOOD + "400503000001"), "attribute-discard"],
    ["ATOMIC_AGGREGATE of 1 octet", update(GOOD + "40060100"), "attribute-discard"],
    ["AGGREGATOR of 5 octets", update(GOOD + "c007050000000000"), "attribute-discard"],
    ["COMMUNITIES of 3 octets", update(GOOD + "c00803000000"), "treat-as-withdraw"],
    ["COMMUNITIES of 0 octets", update(GOOD + "c00800"), "treat-as-withdraw"],
    ["OTC of 3 octets", update(GOOD + "c02303000000"), "treat-as-withdraw"],
    ["an attribute that overruns the block", update(GOOD + "c008ff0000"), "treat-as-withdraw"],
    ["an unknown well-known attribute", update(GOOD + "40630100"), "3/2"],
    ["MP_REACH twice", update(GOOD + REACH + REACH), "3/1"],
    ["a prefix of 33 bits", update(GOOD, "210a00000001"), "3/10"],
    [
      "lengths that contradict each other",
      Uint8Array.from(update(GOOD), (byte, at) => (at === 20 ? 0xff : byte)),
      "3/1",
    ],
  ])("%s", async (_name, bytes, answer) => {
    const { pair, peer, stream, closed } = await attack();
    expect(peer.snapshot().state).toBe("Established");
    const verdicts: string[] = [];
    peer.onEvent((event) => {
      if (event.type === "malformed") verdicts.push(event.action);
    });
    stream.write(bytes);
    await pair.world.advance(100);
    const { state, lastNotification } = peer.snapshot();
    if (answer.includes("/")) {
      expect(`${lastNotification?.code}/${lastNotification?.subcode}`).toBe(answer);
      await pair.world.advance(2000);
      expect(closed()).toBe(true);
    } else {
      expect(state).toBe("Established");
      expect(verdicts).toEqual(answer === "accept" ? [] : [answer]);
    }
  });

  test.each([
    ["a marker that is not all ones", (bytes: Uint8Array) => bytes.fill(0, 3, 4), [1, 1]],
    ["a length below 19", (bytes: Uint8Array) => bytes.fill(0, 16, 18), [1, 2]],
    ["a type that nobody knows", (bytes: Uint8Array) => bytes.fill(9, 18, 19), [1, 3]],
  ])("%s is answered by its name", async (_name, spoil, codes) => {
    const { pair, peer, stream } = await attack();
    const bytes = bytesOf(KEEPALIVE);
    spoil(bytes);
    stream.write(bytes);
    await pair.world.advance(100);
    expect([peer.snapshot().lastNotification?.code, peer.snapshot().lastNotification?.subcode]).toEqual(codes);
    expect(peer.snapshot().lastError).toContain("wrong header");
  });
});

describe("peers that misbehave", () => {
  test("one byte at a time is a session like any other", async () => {
    const { pair, peer, stream } = await attack({}, false);
    for (const byte of [...bytesOf(OPEN), ...bytesOf(KEEPALIVE), ...update(GOOD)]) {
      stream.write(Uint8Array.of(byte));
      await pair.world.advance(10);
    }
    expect(peer.snapshot()).toMatchObject({ state: "Established", counters: { routesAnnouncedIn: 1 } });
  });

  test("a peer that says nothing is given up after the large hold time", async () => {
    const { pair, peer, closed } = await attack({}, false);
    expect(peer.snapshot().state).toBe("OpenSent");
    await pair.world.advance(241_000);
    expect(peer.snapshot().lastNotification).toMatchObject({ code: 4 });
    expect(closed()).toBe(true);
  });

  test("a wrong AS number is named in the snapshot", async () => {
    const { pair, peer, stream } = await attack({}, false);
    stream.write(bytesOf({ ...OPEN, myAs: 64999 }));
    await pair.world.advance(100);
    expect(peer.snapshot().lastError).toContain("the peer is AS 64999, not AS 65001");
    expect(peer.snapshot().lastNotification).toMatchObject({ code: 2, subcode: 2, direction: "sent" });
  });

  test("connections from strangers are closed, counted, and touch nobody", async () => {
    const { pair, peer, listener } = await attack();
    const stranger = pair.world.addHost({ name: "x", mac: 0x0200_0000_0009, addresses: [parseIp("192.0.2.9")] });
    let refused = 0;
    for (let count = 0; count < 1000; count += 1) {
      void stranger.dial({ remote: { ip: parseIp("192.0.2.2"), port: 179 }, timeoutMs: 1000 }).then(
        (stream) => stream.onClose(() => (refused += 1)),
        () => undefined,
      );
    }
    await pair.world.advance(2000);
    expect(listener.refused).toBe(1000);
    expect(refused).toBe(1000);
    expect(listener.peers.size).toBe(1);
    expect(peer.snapshot().state).toBe("Established");
  });

  test("dynamic neighbours are let in by prefix, up to their number", async () => {
    const pair = createPair();
    const listener = await listenForPeers({
      host: pair.b,
      local: { ip: parseIp("192.0.2.2"), port: 179 },
      dynamic: [
        {
          prefix: { ip: parseIp("192.0.2.0"), length: 24 },
          max: 1,
          config: { localAsn: 65002, dynamicAsn: "external", routerId: 0xc000_0202 },
        },
      ],
    });
    const first = startPeer({ host: pair.a, config: configOfA() });
    first.advertise([route("10.0.0.1/32")]);
    const other = pair.world.addHost({ name: "c", mac: 0x0200_0000_0003, addresses: [parseIp("192.0.2.3")] });
    expect(await pair.world.until(() => first.snapshot().state === "Established", 5000)).toBe(true);
    const second = startPeer({ host: other, config: configOfA({ routerId: 3 }) });
    await pair.world.advance(5000);
    expect(second.snapshot().counters.established).toBe(0);
    expect(listener.refused).toBeGreaterThan(0);
    expect([...listener.peers.keys()]).toEqual(["192.0.2.1"]);
    expect(first.snapshot().state).toBe("Established");
  });

  test("a cable that is pulled is noticed by the hold time, and the session comes back", async () => {
    const pair = createPair();
    await listenForPeers({
      host: pair.b,
      local: { ip: parseIp("192.0.2.2"), port: 179 },
      peers: [configOfB({ passive: true, holdTimeSeconds: 9 })],
    });
    const peer = startPeer({ host: pair.a, config: configOfA({ holdTimeSeconds: 9 }) });
    expect(await pair.world.until(() => peer.snapshot().state === "Established", 5000)).toBe(true);
    pair.b.setLinkUp(false);
    const from = pair.world.now;
    expect(await pair.world.until(() => peer.snapshot().state !== "Established", 20_000)).toBe(true);
    expect(pair.world.now - from).toBeLessThanOrEqual(9000);
    pair.b.setLinkUp(true);
    expect(await pair.world.until(() => peer.snapshot().state === "Established", 120_000)).toBe(true);
  });
});
