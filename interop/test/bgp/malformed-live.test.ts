import { readFileSync } from "node:fs";
import { formatIpv4, formatPrefix, parseIp, type Host, type Ipv4 } from "@vipkit/net";
import { encodeMessage, PLAIN_CONTEXT, type Capability, type OpenMessage, type PeerConfig } from "@vipkit/bgp";
import { listenForPeers, startPeer, type Peer, type PeerListener } from "@vipkit/bgp/node";
import { linuxHost } from "@vipkit/link/node";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { malformedMessages, soundUpdate, type RouteFacts } from "../bgp-codec/malformed.js";
import { openRawSession, type RawSession, type RawSessionOptions } from "../support/raw-session.js";
import { LIMIT } from "./stage.js";
import { layTable, OUR_ASN, OUR_IPV4, THEIR_ASN, type Table } from "./table.js";

const BYSTANDER = "192.0.2.3";
const FIRST = parseIp("192.0.2.100") as Ipv4;

const CAPABILITIES: readonly Capability[] = [
  { type: "multiprotocol", family: { afi: 1, safi: 1 } },
  { type: "multiprotocol", family: { afi: 2, safi: 1 } },
  { type: "four-octet-as", asn: THEIR_ASN },
];

/** A neighbour and a route for each wrong message. */
function factsOf(index: number): RouteFacts {
  return { asn: THEIR_ASN, nextHop: FIRST + index, prefix: 0xcb00_7100 + index };
}

const MESSAGES = malformedMessages(factsOf);

/** `w` withdrawn, `k` kept, or code/subcode of the NOTIFICATION: the table that the README of the codec shows. */
const EXPECTED = (
  JSON.parse(readFileSync(new URL("../bgp-codec/malformed.json", import.meta.url), "utf8")) as {
    ours: Record<string, string>;
  }
).ours;

const OPEN: OpenMessage = {
  type: "open",
  version: 4,
  myAs: THEIR_ASN,
  holdTimeSeconds: 90,
  routerId: 9,
  capabilities: CAPABILITIES,
};

function open(more: Partial<OpenMessage>, spoil: (bytes: Uint8Array) => unknown = () => undefined): Uint8Array {
  const bytes = encodeMessage({ ...OPEN, ...more }, PLAIN_CONTEXT);
  spoil(bytes);
  return bytes;
}

const WRONG_OPENS: readonly (readonly [name: string, bytes: Uint8Array, answer: string, reason: RegExp])[] = [
  ["version 3", open({}, (bytes) => (bytes[19] = 3)), "2/1", /version/i],
  ["another AS", open({ myAs: 64999, capabilities: [CAPABILITIES[0]!] }), "2/2", /AS 64999, not AS 65002/],
  ["another AS in the capability", open({ capabilities: [{ type: "four-octet-as", asn: 64998 }] }), "2/2", /AS 64998/],
  ["AS 0", open({ myAs: 0, capabilities: [CAPABILITIES[0]!] }), "2/2", /AS/],
  ["router id 0", open({ routerId: 0 }), "2/3", /identifier/i],
  ["an unknown parameter", open({}, (bytes) => (bytes[29] = 9)), "2/4", /parameter/i],
  ["hold time 1", open({ holdTimeSeconds: 1 }), "2/6", /hold/i],
  ["hold time 2", open({ holdTimeSeconds: 2 }), "2/6", /hold/i],
  [
    "no family of ours",
    open({ capabilities: [{ type: "multiprotocol", family: { afi: 1, safi: 2 } }, CAPABILITIES[2]!] }),
    "2/7",
    /family/,
  ],
  ["our own role", open({ capabilities: [...CAPABILITIES, { type: "role", role: 3 }] }), "2/11", /role/],
  ["parameters longer than the message", open({}, (bytes) => (bytes[28] = 200)), "2/0", /./],
];

needs({ namespaces: true }).describe("wrong messages on live sessions over the kernel's TCP", () => {
  let table: Table;
  let theirs: Host;
  let listener: PeerListener;
  let bystander: Peer;
  const heard = new Set<string>();
  const events: string[] = [];

  function configOf(address: string, more: Partial<PeerConfig> = {}): PeerConfig {
    return {
      name: address,
      localAsn: OUR_ASN,
      peerAsn: THEIR_ASN,
      remote: { ip: parseIp(address), port: 179 },
      routerId: parseIp(OUR_IPV4) as Ipv4,
      role: "customer",
      passive: true,
      ...more,
    };
  }

  /** Listens for this many attackers, and for somebody who has nothing to do with it. */
  async function listen(count: number): Promise<void> {
    const attackers = Array.from({ length: count }, (_, at) => formatIpv4(FIRST + at));
    table.them.run("sh", "-c", [...attackers, BYSTANDER].map((one) => `ip addr add ${one}/24 dev eth0`).join(";"));
    listener = await listenForPeers({
      host: table.host,
      local: { ip: parseIp(OUR_IPV4), port: 179 },
      peers: [...attackers, BYSTANDER].map((address) => configOf(address)),
      onUpdate: ({ announced, withdrawn }) => {
        for (const { nlri } of withdrawn) for (const one of nlri) heard.delete(formatPrefix(one));
        for (const { nlri } of announced) for (const one of nlri) heard.add(formatPrefix(one));
      },
    });
    for (const [name, peer] of listener.peers) {
      peer.onEvent((event) => {
        if (event.type === "malformed") events.push(`${name} ${event.action}`);
      });
    }
    bystander = startPeer({
      host: theirs,
      config: {
        ...configOf(OUR_IPV4, { role: "provider", passive: false }),
        localAsn: THEIR_ASN,
        peerAsn: OUR_ASN,
        source: parseIp(BYSTANDER),
        routerId: parseIp(BYSTANDER) as Ipv4,
      },
    });
    await until(() => listener.peers.get(BYSTANDER)!.snapshot().state === "Established", LIMIT);
  }

  function attacker(index: number, more: Partial<RawSessionOptions> = {}): RawSession {
    const source = formatIpv4(FIRST + index);
    return openRawSession({
      host: theirs,
      remote: OUR_IPV4,
      source,
      asn: THEIR_ASN,
      capabilities: CAPABILITIES,
      ...more,
    });
  }

  const peerOf = (index: number): Peer => listener.peers.get(formatIpv4(FIRST + index))!;

  beforeEach(() => {
    table = layTable();
    theirs = linuxHost({ namespace: table.them.namespace });
    heard.clear();
    events.length = 0;
  });
  afterEach(async () => {
    await Promise.all([bystander.stop(), listener.close()]);
    await table.close();
  });

  test("every malformed message gets the answer of RFC 7606, and no other session hears of it", async () => {
    await listen(MESSAGES.length);
    const sessions = MESSAGES.map((_, index) => attacker(index));
    await until(() => sessions.every(({ established }) => established), { ...LIMIT, what: "all sessions" });
    sessions.forEach((session, index) => session.send(soundUpdate(factsOf(index))));
    await until(() => heard.size === MESSAGES.length, { ...LIMIT, what: "all sound routes" });
    sessions.forEach((session, index) => session.send(MESSAGES[index]!.bytes));
    // Whoever is still there says something sound, so that its answer is known to be complete.
    const extra = (index: number): RouteFacts => ({ ...factsOf(index), prefix: 0xcb00_7200 + index });
    sessions.forEach((session, index) => session.send(soundUpdate(extra(index))));
    const answers: Record<string, string> = {};
    for (const [index, { name }] of MESSAGES.entries()) {
      const session = sessions[index]!;
      const isDone = (): boolean => session.closed || heard.has(`${formatIpv4(extra(index).prefix)}/32`);
      await until(isDone, { ...LIMIT, what: `an answer to "${name}"` });
      const { state, lastNotification, lastError } = peerOf(index).snapshot();
      const { notification } = session;
      if (notification === undefined) {
        expect({ name, state }).toEqual({ name, state: "Established" });
        answers[name] = heard.has(`${formatIpv4(factsOf(index).prefix)}/32`) ? "k" : "w";
      } else {
        answers[name] = `${notification.code}/${notification.subcode}`;
        expect(lastNotification).toMatchObject({ direction: "sent", ...codes(notification) });
        expect(lastError).toMatch(/\w+/);
      }
    }
    expect(answers).toEqual(EXPECTED);
    // What is withdrawn for its form has been told of as such.
    for (const [index, { name }] of MESSAGES.entries()) {
      if (answers[name] === "w") expect(events).toContain(`${formatIpv4(FIRST + index)} treat-as-withdraw`);
    }
    expect(listener.peers.get(BYSTANDER)!.snapshot().counters).toMatchObject({ established: 1, malformedUpdates: 0 });
    expect(bystander.snapshot().state).toBe("Established");
  });

  test("every wrong OPEN is answered by its code, and the snapshot says why", async () => {
    await listen(WRONG_OPENS.length);
    const sessions = WRONG_OPENS.map(([, openBytes], index) => attacker(index, { openBytes }));
    for (const [index, [name, , answer, reason]] of WRONG_OPENS.entries()) {
      await until(() => sessions[index]!.notification !== undefined, { ...LIMIT, what: `an answer to ${name}` });
      const { code, subcode } = sessions[index]!.notification!;
      const { lastError, lastNotification } = peerOf(index).snapshot();
      expect({ name, answer: `${code}/${subcode}` }).toEqual({ name, answer });
      expect(lastNotification).toMatchObject({ direction: "sent", code, subcode });
      expect(lastError).toMatch(reason);
    }
    expect(listener.peers.get(BYSTANDER)!.snapshot().counters.established).toBe(1);
    expect(bystander.snapshot().state).toBe("Established");
  });
});

function codes({ code, subcode }: { readonly code: number; readonly subcode: number }): object {
  return { code, subcode };
}
