import { createInterface } from "node:readline";
import type { MemberEvent, MemberView } from "@vipkit/leader";
import { startMember, type Member } from "@vipkit/leader/node";
import { formatIp, toHex, type Endpoint } from "@vipkit/net";
import { nodeHost } from "@vipkit/net/node";
import { FlagError, readEndpoint, readFlags, textOctets, type Flags } from "./flags.js";
import { holdableHost, type HoldableHost } from "./hold.js";

/** One member on real sockets: commands on standard input, JSON Lines on standard output. See CONTRIBUTING.md. */

const text = new TextDecoder();

function say(self: string, ev: string, more: object = {}): void {
  process.stdout.write(`${JSON.stringify({ ev, t: performance.timeOrigin + performance.now(), self, ...more })}\n`);
}

function infoOf({ name, ip, port, meta, vsn }: MemberView): object {
  return { name, addr: formatIp(ip), port, meta: text.decode(meta), vsn: [...vsn] };
}

function report(self: string, event: MemberEvent): void {
  if (event.type === "user") return say(self, "user", { hex: toHex(event.payload) });
  if (event.type === "remoteState") return say(self, "remote-state", { hex: toHex(event.state) });
  const { member } = event;
  const info = infoOf(member);
  if (event.type === "conflict") {
    const { ip, port } = event.claimed;
    return say(self, "conflict", { node: member.name, info: { ...info, addr: formatIp(ip), port } });
  }
  if (event.type === "join" || event.type === "leave" || event.type === "update") {
    say(self, event.type, { node: member.name, info });
  }
}

async function start(flags: Flags, host: HoldableHost): Promise<Member> {
  const { name, bind, advertise, profile, config, meta, state } = flags;
  const member = await startMember({
    host,
    name,
    bind,
    advertise,
    profile,
    config,
    meta: textOctets(meta),
    userState: textOctets(state),
  });
  const self = member.members()[0]!;
  say(name, "start", { info: infoOf(self) });
  member.onEvent((event) => report(name, event));
  return member;
}

async function contact(member: Member, endpoints: readonly Endpoint[]): Promise<void> {
  const n = await member.join(endpoints);
  say(member.name, "joined", { n, ...(n === 0 ? { err: "nobody answered" } : {}) });
}

/** The first word, and what stands behind it. */
function splitWord(line: string): readonly [word: string, rest: string] {
  const blank = line.indexOf(" ");
  return blank < 0 ? [line, ""] : [line.slice(0, blank), line.slice(blank + 1)];
}

/** Commands by name; what they return is waited for before errors are reported. */
const commands: Readonly<Record<string, (member: Member, rest: string, host: HoldableHost) => unknown>> = {
  members: (member) => {
    const names = member.members().map(({ name }) => name);
    say(member.name, "members", { names, n: names.length });
  },
  join: (member, rest) => contact(member, [readEndpoint(rest)]),
  meta: (member, rest) => member.setMeta(textOctets(rest)),
  broadcast: (member, rest) => member.broadcast(textOctets(rest)),
  udp: (member, rest) => sendTo(member, rest, false),
  tcp: (member, rest) => sendTo(member, rest, true),
  block: (_member, rest, host) => host.hold(Number(rest)),
  leave: async (member) => {
    await member.leave(5000);
    say(member.name, "left");
  },
  shutdown: (member) => member.close(),
  quit: () => process.exit(0),
};

function sendTo(member: Member, rest: string, reliable: boolean): Promise<void> {
  const [to, payload] = splitWord(rest);
  return member.send(to, textOctets(payload), { reliable });
}

async function obey(member: Member, host: HoldableHost, line: string): Promise<void> {
  const [word, rest] = splitWord(line);
  const act = Object.hasOwn(commands, word) ? commands[word] : undefined;
  try {
    if (act === undefined) throw new FlagError(`the command "${word}" is not known or not supported yet`);
    await act(member, rest, host);
  } catch (error) {
    fail(member.name, error);
  }
}

function fail(self: string, error: unknown): void {
  say(self, "error", { err: error instanceof Error ? error.message : String(error) });
}

let self = "";
try {
  const flags = readFlags(process.argv.slice(2));
  self = flags.name;
  const host = holdableHost(nodeHost());
  const member = await start(flags, host);
  // Those that are not there yet are tried again.
  member.setSeeds(flags.join);
  if (flags.join.length > 0) void contact(member, flags.join);
  if (flags.leaveAfterMs !== undefined) {
    host.clock.after(flags.leaveAfterMs, () => void obey(member, host, "leave").then(() => process.exit(0)));
  }
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== "") void obey(member, host, line.trim());
  }
  process.exit(0);
} catch (error) {
  fail(self, error);
  process.exit(2);
}
