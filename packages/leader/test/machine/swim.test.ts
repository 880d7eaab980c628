import { ipToBytes, parseIp, TICK, type Endpoint, type Tick } from "@vipkit/net";
import { describe, expect, it } from "vitest";
import {
  createStreamReader,
  createSwim,
  decodePacket,
  encodeCompound,
  encodeMessage,
  encodeStreamMessage,
  swimConfig,
  type Alive,
  type MemberEvent,
  type Message,
  type PushPull,
  type Swim,
  type SwimConfig,
  type SwimEffect,
  type SwimInput,
} from "../../src/index.js";

const VSN = Uint8Array.of(1, 5, 2, 0, 0, 0);
const at = (last: number): Endpoint => ({ ip: parseIp(`10.0.0.${last}`), port: 7946 });

function alive(node: string, last: number, incarnation = 1, meta: readonly number[] = []): Alive {
  const addr = ipToBytes(at(last).ip);
  return { type: "alive", incarnation, node, addr, port: 7946, meta: Uint8Array.from(meta), vsn: VSN };
}

/** One member alone with its inbox: what it is told, and what it does about it. */
interface Bench {
  readonly swim: Swim;
  now: number;
  readonly events: MemberEvent[];
  /** Sends and their messages since the last look. */
  sent(): { readonly to: string; readonly messages: readonly Message[] }[];
  hear(...messages: readonly Message[]): void;
  give(input: SwimInput | Tick): readonly SwimEffect[];
  advance(ms: number): void;
  stateOf(name: string): string | undefined;
}

function bench(config: Partial<SwimConfig> = {}): Bench {
  const quiet = { healIntervalMs: Infinity, pushPullIntervalMs: 1e9, ...config };
  const swim = createSwim({ name: "me", advertise: at(1), config: swimConfig("lan", quiet), seed: 7, now: 0 });
  const events: MemberEvent[] = [];
  let effects: SwimEffect[] = [];
  const take = (now: readonly SwimEffect[]): readonly SwimEffect[] => {
    effects.push(...now);
    for (const effect of now) if (effect.type === "event") events.push(effect.event);
    return now;
  };
  const self: Bench = {
    swim,
    now: 0,
    events,
    sent: () => {
      const sends = effects.flatMap((effect) => (effect.type === "send" ? [effect] : []));
      effects = [];
      return sends.map(({ bytes, to }) => ({
        to: String(Number(to.ip) & 255),
        messages: decodePacket(bytes).messages,
      }));
    },
    hear: (...messages) => {
      const bytes = encodeCompound(messages.map(encodeMessage));
      take(swim.handle({ type: "packet", bytes, from: at(99) }, self.now));
    },
    give: (input) => take(swim.handle(input, self.now)),
    advance: (ms) => {
      const end = self.now + ms;
      for (; swim.deadline <= end; take(swim.handle(TICK, self.now))) self.now = Math.max(self.now, swim.deadline);
      self.now = end;
    },
    stateOf: (name) => swim.snapshot().members.find((member) => member.name === name)?.state,
  };
  self.give(TICK);
  return self;
}

const kinds = (events: readonly MemberEvent[]): string =>
  events.map((event) => ("member" in event ? `${event.type} ${event.member.name}` : event.type)).join(", ");

describe("what is said about others", () => {
  it("a new member is one join, and repeating it is silent", () => {
    const one = bench();
    one.hear(alive("a", 2), alive("a", 2));
    expect(kinds(one.events)).toBe("join me, join a");
    one.hear(alive("a", 2, 2, [5]));
    expect(kinds(one.events)).toBe("join me, join a, update a");
    expect(one.swim.members()[0]).toMatchObject({ name: "a", incarnation: 2, state: "alive" });
  });

  it("a suspicion ends in death, a newer sign of life clears it, the same one does not", () => {
    const one = bench();
    one.hear(alive("a", 2), alive("b", 3), alive("c", 4));
    one.hear({ type: "suspect", incarnation: 1, node: "a", from: "b" });
    expect(one.stateOf("a")).toBe("suspect");
    one.hear(alive("a", 2, 1));
    expect(one.stateOf("a")).toBe("suspect");
    one.hear(alive("a", 2, 2));
    expect(one.stateOf("a")).toBe("alive");
    one.hear({ type: "suspect", incarnation: 2, node: "a", from: "b" });
    one.advance(60_000);
    expect(one.stateOf("a")).not.toBe("alive");
    expect(kinds(one.events)).toContain("suspect a, refuted a, suspect a");
    expect(one.events.filter((event) => event.type === "leave" && event.member.name === "a")).toHaveLength(1);
  });

  it("confirmations from others shorten it, doubles and strangers do not", () => {
    const endOf = (from: readonly string[]): number => {
      const one = bench({ probeIntervalMs: 1000, suspicionMult: 5, tcpPings: false });
      one.hear(...["a", "b", "c", "d", "e"].map((name, i) => alive(name, i + 2)));
      one.hear({ type: "suspect", incarnation: 1, node: "a", from: "b" });
      for (const name of from) one.hear({ type: "suspect", incarnation: 1, node: "a", from: name });
      const start = one.now;
      while (one.stateOf("a") === "suspect" && one.now < 60_000) one.advance(10);
      return one.now - start;
    };
    // All others stay silent as well, so our own probe adds one confirmation sooner or later; two more decide.
    expect(endOf(["c", "d", "e"])).toBeLessThanOrEqual(5010);
    expect(endOf([])).toBeGreaterThan(5010);
    expect(endOf(["b", "b", "nobody", "nobody else"])).toBeGreaterThan(5010);
  });

  it("old news, and news about nobody, change nothing", () => {
    const one = bench();
    one.hear(alive("a", 2, 5));
    one.hear(
      { type: "suspect", incarnation: 4, node: "a", from: "b" },
      { type: "dead", incarnation: 4, node: "a", from: "b" },
    );
    one.hear(
      { type: "suspect", incarnation: 4, node: "x", from: "b" },
      { type: "dead", incarnation: 4, node: "x", from: "b" },
    );
    expect(kinds(one.events)).toBe("join me, join a");
    one.hear(
      { type: "dead", incarnation: 5, node: "a", from: "b" },
      { type: "dead", incarnation: 6, node: "a", from: "c" },
    );
    expect(kinds(one.events)).toBe("join me, join a, leave a");
    one.hear(alive("a", 2, 5));
    expect(one.stateOf("a")).toBe("dead");
    one.hear(alive("a", 2, 6));
    expect(kinds(one.events)).toBe("join me, join a, leave a, join a");
  });

  it("a farewell is voluntary, and opens the name for another address; a death opens it after a while only", () => {
    const one = bench({ deadReclaimMs: 5000 });
    one.hear(alive("a", 2), alive("b", 3));
    one.hear(alive("b", 4, 9));
    expect(one.events.at(-1)).toMatchObject({ type: "conflict", claimed: at(4) });
    one.hear(
      { type: "dead", incarnation: 1, node: "a", from: "a" },
      { type: "dead", incarnation: 1, node: "b", from: "a" },
    );
    expect(one.events.at(-2)).toMatchObject({ type: "leave", voluntary: true });
    expect(one.events.at(-1)).toMatchObject({ type: "leave", voluntary: false });
    one.hear(alive("a", 5, 1), alive("b", 6, 2));
    expect(one.stateOf("a")).toBe("alive");
    expect(one.stateOf("b")).toBe("dead");
    one.advance(6000);
    one.hear(alive("b", 6, 2));
    expect(one.swim.snapshot().members.find(({ name }) => name === "b")).toMatchObject({
      state: "alive",
      ip: at(6).ip,
    });
  });

  it("nonsense is refused and counted: versions, addresses, the last incarnation, too many members", () => {
    const one = bench({ maxMembers: 2 });
    one.hear({ ...alive("v", 2), vsn: Uint8Array.of(0, 0, 0, 0, 0, 0) });
    one.hear({ ...alive("p", 2), port: 0 }, { ...alive("i", 2), addr: Uint8Array.of(1) }, alive("", 2));
    one.hear(alive("last", 2, 0xffff_ffff), { ...alive("m", 2), meta: new Uint8Array(513) });
    expect(one.swim.snapshot().counters.alive_refused).toBe(6);
    one.hear(alive("a", 2), alive("b", 3));
    expect(one.swim.snapshot()).toMatchObject({ counters: { members_full: 1 } });
    expect(one.swim.members()).toHaveLength(2);
  });
});

describe("what is said about us", () => {
  const lastAlive = (one: Bench): Message | undefined => {
    one.advance(1000);
    return one
      .sent()
      .flatMap(({ messages }) => messages)
      .findLast((message) => message.type === "alive" && message.node === "me");
  };

  it.each(["suspect", "dead"] as const)("is refuted with a higher number: %s", (type) => {
    const one = bench();
    one.hear(alive("a", 2));
    one.hear({ type, incarnation: 41, node: "me", from: "a" });
    expect(lastAlive(one)).toMatchObject({ incarnation: 42 });
    expect(one.stateOf("me")).toBe("alive");
    one.hear({ type, incarnation: 40, node: "me", from: "a" });
    expect(one.swim.snapshot().counters.refutations).toBe(1);
  });

  it("is refuted when it has other metadata, and ignored when it is the same", () => {
    const one = bench();
    one.hear(alive("a", 2), alive("me", 1));
    expect(one.swim.snapshot().counters.refutations).toBeUndefined();
    one.hear(alive("me", 1, 1, [9]));
    expect(lastAlive(one)).toMatchObject({ incarnation: 2, meta: new Uint8Array(0) });
    one.hear(alive("me", 7, 50));
    expect(one.events.at(-1)).toMatchObject({ type: "conflict", claimed: at(7) });
  });

  it("is not refuted any more while we leave", () => {
    const one = bench();
    one.hear(alive("a", 2));
    one.give({ type: "leave", timeoutMs: 1000 });
    one.hear(alive("me", 1, 5), { type: "suspect", incarnation: 5, node: "me", from: "a" });
    expect(one.stateOf("me")).toBe("left");
    expect(one.swim.snapshot().counters.refutations).toBeUndefined();
  });
});

describe("pings", () => {
  const ping = (node: string, more = {}): Message => ({
    type: "ping",
    seqNo: 77,
    node,
    sourceAddr: ipToBytes(at(2).ip),
    sourcePort: 7946,
    sourceNode: "a",
    ...more,
  });

  it("are answered where the sender wants it, and only by the one who is meant", () => {
    const one = bench();
    one.sent();
    one.hear(ping("me"), ping("other"), ping("me", { sourceAddr: new Uint8Array(0) }));
    const acks = one.sent();
    expect(acks.map(({ messages }) => messages)).toEqual([
      [{ type: "ackResp", seqNo: 77, payload: new Uint8Array(0) }],
      [{ type: "ackResp", seqNo: 77, payload: new Uint8Array(0) }],
    ]);
    expect(one.swim.snapshot().counters.ping_for_another).toBe(1);
  });

  it("of strangers get a plain answer, those of members rumours too", () => {
    const one = bench();
    one.hear(
      alive(
        "b",
        3,
        2,
        Array.from({ length: 400 }, () => 1),
      ),
    );
    one.sent();
    one.hear(ping("me"));
    expect(one.sent()[0]!.messages).toHaveLength(1);
    one.hear(alive("a", 2));
    one.hear(ping("me"));
    expect(one.sent()[0]!.messages.length).toBeGreaterThan(1);
  });

  it("of one who is held for dead get told so", () => {
    const one = bench();
    one.hear(alive("a", 2, 3), { type: "dead", incarnation: 3, node: "a", from: "b" });
    one.sent();
    one.hear(ping("me"));
    expect(one.sent()[0]!.messages).toEqual([
      { type: "ackResp", seqNo: 77, payload: new Uint8Array(0) },
      { type: "dead", incarnation: 3, node: "a", from: "me" },
    ]);
  });

  it("go round all members once a round, never to the dead or ourselves", () => {
    const one = bench({ probeIntervalMs: 100, probeTimeoutMs: 90 });
    one.hear(alive("a", 2), alive("b", 3), alive("c", 4), alive("d", 5));
    one.hear({ type: "dead", incarnation: 1, node: "d", from: "a" });
    const pinged: string[] = [];
    for (let i = 0; i < 300; i += 1) {
      one.advance(1);
      for (const { to, messages } of one.sent()) {
        for (const message of messages) {
          if (message.type !== "ping") continue;
          pinged.push(to);
          one.hear({ type: "ackResp", seqNo: message.seqNo, payload: new Uint8Array(0) });
        }
      }
    }
    expect(new Set(pinged.slice(0, 3)).size).toBe(3);
    expect(one.swim.snapshot()).toMatchObject({ score: 0 });
    expect(one.events.some(({ type }) => type === "suspect")).toBe(false);
  });

  it("that stay unanswered go through others and over TCP, whose ack is enough", () => {
    const one = bench({ probeIntervalMs: 1000, probeTimeoutMs: 300 });
    one.hear(alive("a", 2), alive("b", 3));
    one.sent();
    const dials: { stream: string; to: Endpoint }[] = [];
    const asked: { to: string; message: Message }[] = [];
    const handle = one.swim.handle.bind(one.swim);
    one.swim.handle = (input, now) => {
      const effects = handle(input, now);
      for (const effect of effects) if (effect.type === "dial") dials.push(effect);
      return effects;
    };
    for (let i = 0; i < 1500 && dials.length === 0; i += 1) {
      one.advance(1);
      for (const { to, messages } of one.sent()) {
        if (messages[0]!.type === "ping" || messages[0]!.type === "indirectPing")
          asked.push({ to, message: messages[0]! });
      }
    }
    const [ping, help] = asked;
    expect(ping!.message).toMatchObject({ type: "ping" });
    expect(help!.message).toMatchObject({ type: "indirectPing", nack: true, node: ping!.to === "2" ? "a" : "b" });
    expect(help!.to).not.toBe(ping!.to);
    expect(dials[0]!.to.ip).toBe(at(Number(ping!.to)).ip);
    const { stream } = dials[0]!;
    const [write] = one.give({ type: "connected", stream });
    expect(write).toMatchObject({ type: "write", stream });
    const { seqNo } = ping!.message as { seqNo: number };
    const ack = encodeMessage({ type: "ackResp", seqNo, payload: new Uint8Array(0) });
    expect(one.give({ type: "bytes", stream, bytes: ack })).toEqual([{ type: "end", stream }]);
    one.advance(700);
    expect(one.swim.snapshot().counters.udp_lost_tcp_alive).toBe(1);
    expect(one.events.some(({ type }) => type === "suspect")).toBe(false);
  });

  it("on behalf of others are passed on under the other's number, with a nack when nothing comes", () => {
    const one = bench({ probeTimeoutMs: 300, probeIntervalMs: 1e6 });
    one.sent();
    const ask: Message = {
      ...{ type: "indirectPing", seqNo: 500, target: ipToBytes(at(9).ip), port: 7946, node: "t", nack: true },
      ...{ sourceAddr: ipToBytes(at(2).ip), sourcePort: 7946, sourceNode: "a" },
    };
    one.hear(ask);
    const [relayed] = one.sent();
    expect(relayed!.messages[0]).toMatchObject({ type: "ping", node: "t", sourceNode: "me" });
    const { seqNo } = relayed!.messages[0] as { seqNo: number };
    expect(seqNo).not.toBe(500);
    one.hear({ type: "ackResp", seqNo, payload: new Uint8Array(0) });
    expect(one.sent()[0]!.messages[0]).toMatchObject({ type: "ackResp", seqNo: 500 });
    one.hear(ask);
    one.sent();
    one.advance(300);
    expect(one.sent()[0]!.messages[0]).toMatchObject({ type: "nackResp", seqNo: 500 });
  });

  it("on behalf of others are limited in number", () => {
    const one = bench({ maxRelays: 2 });
    one.sent();
    const ask = (seqNo: number): Message => ({
      ...{ type: "indirectPing", seqNo, target: ipToBytes(at(9).ip), port: 7946, node: "t", nack: false },
      ...{ sourceAddr: new Uint8Array(0), sourcePort: 0, sourceNode: "" },
    });
    one.hear(ask(1), ask(2), ask(3));
    expect(one.sent()).toHaveLength(2);
    expect(one.swim.snapshot().counters.relays_full).toBe(1);
  });

  it("that the network refuses go to the others at once", () => {
    const one = bench({ probeIntervalMs: 1000, probeTimeoutMs: 500 });
    one.hear(alive("a", 2), alive("b", 3));
    for (let i = 0; i < 1200 && !one.swim.snapshot().openStreams; i += 1) {
      one.advance(1);
      const target = one.sent().find(({ messages }) => messages[0]?.type === "ping");
      if (target === undefined) continue;
      one.give({ type: "sendFailed", to: at(Number(target.to)) });
      break;
    }
    expect(one.sent().some(({ messages }) => messages[0]?.type === "indirectPing")).toBe(true);
  });
});

describe("streams", () => {
  const viewOf = (nodes: Parameters<typeof encodeStreamMessage>[0]): Uint8Array => encodeStreamMessage(nodes);
  const node = (name: string, last: number, state: number, incarnation = 1): object => {
    const { addr, port, meta, vsn } = alive(name, last);
    return { name, addr, port, meta, vsn, incarnation, state };
  };

  it("answer a push/pull with our view from before, then believe the other's living and suspect its dead", () => {
    const one = bench();
    one.hear(alive("x", 5), alive("y", 6));
    one.give({ type: "accepted", stream: "s", remote: at(2) });
    const nodes = [node("a", 2, 0), node("x", 5, 2), node("y", 6, 3), node("z", 7, 9)] as never;
    const bytes = viewOf({ type: "pushPull", join: true, nodes, userState: Uint8Array.of(1) });
    const effects = one.give({ type: "bytes", stream: "s", bytes });
    const write = effects.find((effect) => effect.type === "write");
    const reply = createStreamReader().push(write!.bytes);
    expect(reply).toMatchObject({ type: "pushPull" });
    expect((reply as PushPull).nodes.map(({ name }) => name).sort()).toEqual(["me", "x", "y"]);
    expect(effects.at(-1)).toEqual({ type: "end", stream: "s" });
    expect(one.stateOf("a")).toBe("alive");
    expect(one.stateOf("x")).toBe("suspect");
    expect(one.stateOf("y")).toBe("left");
    expect(one.events.at(-1)).toEqual({ type: "remoteState", state: Uint8Array.of(1) });
    expect(one.swim.snapshot().counters.state_unknown).toBe(1);
  });

  it("answer a ping for us, drop one for another, and garbage", () => {
    const one = bench();
    const ask = (stream: string, message: Uint8Array): readonly SwimEffect[] => {
      one.give({ type: "accepted", stream, remote: at(2) });
      return one.give({ type: "bytes", stream, bytes: message });
    };
    const ping = (name: string): Uint8Array =>
      encodeMessage({
        type: "ping",
        seqNo: 5,
        node: name,
        sourceAddr: new Uint8Array(0),
        sourcePort: 0,
        sourceNode: "",
      });
    expect(ask("1", ping("me")).map(({ type }) => type)).toEqual(["write", "end"]);
    expect(ask("2", ping("you")).map(({ type }) => type)).toEqual(["end"]);
    expect(ask("3", Uint8Array.of(99)).map(({ type }) => type)).toEqual(["destroy"]);
    expect(ask("4", Uint8Array.of(10, 0, 0)).map(({ type }) => type)).toEqual(["destroy"]);
    expect(one.swim.snapshot()).toMatchObject({
      openStreams: 0,
      counters: { ERR_MISPLACED: 1, ERR_STREAM_ENCRYPTED: 1 },
    });
  });

  it("end at their timeout, and no more than allowed are open", () => {
    const one = bench({ maxStreams: 2, tcpTimeoutMs: 1000 });
    const accept = (stream: string): string[] =>
      one.give({ type: "accepted", stream, remote: at(2) }).map(({ type }) => type);
    expect([accept("1"), accept("2"), accept("3")]).toEqual([[], [], ["destroy"]]);
    one.advance(1500);
    expect(one.swim.snapshot().openStreams).toBe(0);
    expect(accept("4")).toEqual([]);
  });

  it("that fail to open end a join", () => {
    const one = bench();
    const effects = one.give({ type: "join", request: 3, to: [at(2), at(1)] });
    expect(effects).toMatchObject([{ type: "dial", stream: "out:1", to: at(2) }]);
    expect(one.give({ type: "closed", stream: "out:1" })).toEqual([{ type: "joined", request: 3, contacted: 0 }]);
    expect(one.give({ type: "join", request: 4, to: [] })).toEqual([{ type: "joined", request: 4, contacted: 0 }]);
  });
});

describe("a machine that was not run for a while", () => {
  it("does not hold the time against the others", () => {
    const one = bench({ probeIntervalMs: 100, probeTimeoutMs: 40, suspicionMult: 2 });
    one.hear(alive("a", 2));
    one.advance(100);
    one.now += 60_000;
    one.give(TICK);
    expect(one.swim.snapshot().counters.slept).toBe(1);
    expect(one.stateOf("a")).toBe("alive");
    expect(one.swim.deadline).toBeGreaterThan(one.now);
  });
});
