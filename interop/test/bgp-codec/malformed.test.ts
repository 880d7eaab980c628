import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { IPV4_UNICAST, IPV6_UNICAST, judgeMessage, type Capability } from "@vipkit/bgp";
import { linuxHost } from "@vipkit/link/node";
import { formatIpv4, type Host } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { startBird } from "../support/bird.js";
import type { Daemon, DaemonConfig } from "../support/daemon.js";
import { startFrr } from "../support/frr.js";
import { startGobgp } from "../support/gobgp.js";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";
import { startOpenbgpd } from "../support/openbgpd.js";
import { openRawSession, type RawSession } from "../support/raw-session.js";
import { malformedMessages, soundUpdate, type Malformed, type RouteFacts } from "./malformed.js";

const OUR_ASN = 65001;
const THEIR_ASN = 65000;
const TABLE = join(import.meta.dirname, "malformed.json");

/** 192.0.2.100 and up are ours, a neighbour and a route for each message. */
function factsOf(index: number): RouteFacts {
  return { asn: OUR_ASN, nextHop: 0xc0000264 + index, prefix: 0xcb007100 + index };
}

const CAPABILITIES: readonly Capability[] = [
  { type: "multiprotocol", family: IPV4_UNICAST },
  { type: "multiprotocol", family: IPV6_UNICAST },
  { type: "four-octet-as", asn: OUR_ASN },
];

const CONTEXT = {
  as4: true,
  addPath: { receive: [], send: [] },
  extendedMessage: false,
  extendedNextHop: [],
  ibgp: false,
};

/** What we make of each message: withdrawn, kept, or code/subcode of the NOTIFICATION. */
function ownAnswers(messages: readonly Malformed[]): Record<string, string> {
  return Object.fromEntries(
    messages.map(({ name, bytes }) => {
      const { action, code, subcode } = judgeMessage(bytes, CONTEXT);
      const kept = action === "treat-as-withdraw" ? "w" : "k";
      return [name, action === "reset" ? `${code}/${subcode}` : kept];
    }),
  );
}

const daemonConfig: DaemonConfig = {
  asn: THEIR_ASN,
  routerId: "192.0.2.1",
  local: { ipv4: "192.0.2.1" },
  neighbors: malformedMessages(factsOf).map((_, index) => ({
    address: formatIpv4(factsOf(index).nextHop),
    asn: OUR_ASN,
    mode: "passive",
  })),
};

interface Answers {
  readonly version: string;
  readonly answers: Readonly<Record<string, string>>;
}

/** Made by the first test that needs it: where none can run, none is made. */
let shared: Lab | undefined;
afterAll(async () => {
  await shared?.close();
});

interface Case extends Malformed {
  readonly index: number;
}

async function connectAll(host: Host, cases: readonly Case[]): Promise<RawSession[]> {
  const sessions: RawSession[] = [];
  for (const { name, index } of cases) {
    const { nextHop } = factsOf(index);
    const open = (): RawSession =>
      openRawSession({
        host,
        remote: "192.0.2.1",
        source: formatIpv4(nextHop),
        asn: OUR_ASN,
        capabilities: CAPABILITIES,
      });
    let session = open();
    // A daemon that is just starting refuses; dial again until it does not.
    await until(
      () => {
        if (session.closed) session = open();
        return session.established;
      },
      { what: `the session for "${name}"`, timeoutMs: 20_000, everyMs: 20 },
    );
    sessions.push(session);
  }
  return sessions;
}

function answerOf({ notification, closed }: RawSession, isKept: boolean): string {
  if (notification !== undefined) return `${notification.code}/${notification.subcode}`;
  if (closed) return "closed";
  return isKept ? "k" : "w";
}

interface Question {
  readonly cases: readonly Case[];
  readonly host: Host;
  /** The IPv4 routes that the daemon holds. */
  readonly prefixes: () => Promise<ReadonlySet<string>>;
  readonly isGone: () => boolean;
}

/** Announces a sound route on each session, then sends the wrong message, and looks at what became of both. */
async function ask({ cases, host, prefixes, isGone }: Question): Promise<Record<string, string>> {
  const sessions = await connectAll(host, cases);
  sessions.forEach((session, at) => session.send(soundUpdate(factsOf(cases[at]!.index))));
  await until(async () => (await prefixes()).size >= cases.length, { what: "the sound routes", timeoutMs: 30_000 });
  sessions.forEach((session, at) => session.send(cases[at]!.bytes));
  // All answers are there when nothing has changed for a while.
  let held: ReadonlySet<string> = new Set();
  let before = "";
  let quiet = 0;
  await until(
    async () => {
      if (isGone()) return true;
      held = await prefixes();
      const now = [...held].sort().join() + sessions.map(({ closed }) => (closed ? 1 : 0)).join("");
      quiet = now === before ? quiet + 1 : 0;
      before = now;
      return quiet >= 3;
    },
    { what: "the answers", timeoutMs: 60_000, everyMs: 400 },
  );
  const isKept = ({ index }: Case): boolean => held.has(`${formatIpv4(factsOf(index).prefix)}/32`);
  const answers = cases.map((one, at) => [one.name, isGone() ? "crash" : answerOf(sessions[at]!, isKept(one))]);
  for (const session of sessions) session.close();
  return Object.fromEntries(answers) as Record<string, string>;
}

/** One question for all neighbours, where asking for each is slow. */
function gobgpPrefixes(node: LabNode): Promise<ReadonlySet<string>> {
  const text = node.run("gobgp", "-p", "50051", "global", "rib", "-a", "ipv4", "-j");
  return Promise.resolve(new Set(Object.keys((JSON.parse(text) ?? {}) as object)));
}

/** `apart`: messages that end the daemon, which would take the other answers with it. */
const DAEMONS = {
  frr: { commands: ["bgpd", "vtysh"], start: startFrr, apart: [] },
  bird: { commands: ["bird", "birdc"], start: startBird, apart: [] },
  gobgp: { commands: ["gobgpd", "gobgp"], start: startGobgp, apart: ["message type 9"] },
  openbgpd: { commands: ["bgpd", "bgpctl"], start: startOpenbgpd, apart: [] },
} as const;

type Start = (lab: Lab, node: LabNode, config: DaemonConfig) => Promise<Daemon>;

const stored = existsSync(TABLE)
  ? (JSON.parse(readFileSync(TABLE, "utf8")) as { ours: Record<string, string>; daemons: Record<string, Answers> })
  : { ours: {}, daemons: {} };
/** `VIPKIT_UPDATE=1` writes the table anew instead of comparing with it. */
const isUpdate = (process.env.VIPKIT_UPDATE ?? "") !== "";

test("our own answers are those of the table", () => {
  const ours = ownAnswers(malformedMessages(factsOf));
  if (isUpdate) writeFileSync(TABLE, `${JSON.stringify({ ...stored, ours }, null, 2)}\n`);
  else expect(ours).toEqual(stored.ours);
});

let nodes = 0;

/** Starts the daemon in a namespace of its own, and asks from another one. */
async function run(name: string, start: Start, cases: readonly Case[]): Promise<Answers> {
  nodes += 1;
  const lab = (shared ??= createLab());
  const theirs = lab.addNode(`d${nodes}`, ["192.0.2.1/24"]);
  const ours = lab.addNode(
    `p${nodes}`,
    cases.map(({ index }) => `${formatIpv4(factsOf(index).nextHop)}/24`),
  );
  const daemon = await start(lab, theirs, daemonConfig);
  const host = linuxHost({ namespace: ours.namespace });
  const prefixes = async (): Promise<ReadonlySet<string>> =>
    name === "gobgp" ? gobgpPrefixes(theirs) : new Set((await daemon.routes("ipv4")).keys());
  const isGone = (): boolean => !existsSync(`/proc/${daemon.pids[0]!}`);
  const answers = await ask({ cases, host, prefixes, isGone });
  await daemon.stop();
  // The next daemon has the same address on the same bridge.
  for (const node of [theirs, ours]) lab.setLink(node, false);
  return { version: daemon.version, answers };
}

for (const [name, { commands, start, apart }] of Object.entries(DAEMONS)) {
  needs({ namespaces: true, commands }).test(
    `${name} answers malformed messages as in the table`,
    async () => {
      const cases = malformedMessages(factsOf).map((message, index) => ({ ...message, index }));
      const isApart = (one: Case): boolean => (apart as readonly string[]).includes(one.name);
      const { version, answers } = await run(
        name,
        start,
        cases.filter((one) => !isApart(one)),
      );
      for (const one of cases.filter(isApart)) Object.assign(answers, (await run(name, start, [one])).answers);
      if (isUpdate) {
        const table = JSON.parse(readFileSync(TABLE, "utf8")) as typeof stored;
        const daemons = { ...table.daemons, [name]: { version, answers } };
        writeFileSync(TABLE, `${JSON.stringify({ ...table, daemons }, null, 2)}\n`);
      } else if (stored.daemons[name]?.version === version) {
        expect(answers).toEqual(stored.daemons[name].answers);
      } else {
        // Another version may answer otherwise, but it answers everything.
        expect(Object.keys(answers).sort()).toEqual(Object.keys(stored.ours).sort());
      }
    },
    180_000,
  );
}
