import { compareIp, formatIp, type Ip } from "../wire/ip.js";
import { formatMac, type Mac } from "../wire/mac.js";
import { createAskers, type Asker } from "./askers.js";
import { createConflictWatch, type ConflictEffect } from "./conflict-watch.js";
import { drive } from "./drive.js";
import type { Millis } from "./machine.js";
import type { LinkChange } from "./ports.js";
import { createPacedQueue } from "./paced-queue.js";
import { createProbing, type ProbeConfig, type ProbeEffect } from "./probing.js";
import { createTokenBucket } from "./token-bucket.js";
import type {
  AddressSnapshot,
  AddressState,
  AnnouncerEffect,
  Speaker,
  SpeakerEvent,
  SpeakerOptions,
  SpeakerProtocol,
  SpeakerSnapshot,
  Verdict,
} from "./speaker.js";

interface Address {
  state: AddressState;
  announced: number;
}

interface Word<I extends Ip> {
  readonly address: I;
  readonly asker: Asker<I>;
}

/** Words to single askers leave at this pace, beside the announcements, and no more than so many wait. */
const WORDS = { perSecond: 1000, burst: 100 };
const MAX_WAITING_WORDS = 8192;
/** Delayed answers that may wait at one time. */
const MAX_DELAYED = 1024;

const NO_PROBE: ProbeConfig = {
  waitMs: 0,
  count: 0,
  minMs: 0,
  maxMs: 0,
  quietMs: 0,
  maxConflicts: Infinity,
  rateLimitMs: 0,
};

/**
 * Connects responder, announcer, conflict watch and probing of a protocol to a link: what `startArp` and `startNdp` have in
 * common. Everything that leaves is checked against the set of owned addresses at the moment it leaves.
 */
export function startSpeaker<I extends Ip>(protocol: SpeakerProtocol<I>, options: SpeakerOptions): Speaker<I> {
  const { link, clock, random, vlan, pacer } = options;
  const { responder } = protocol;
  const addresses = new Map<I, Address>();
  const handlers = new Set<(event: SpeakerEvent<I>) => void>();
  const askers = createAskers<I>();
  const watch = createConflictWatch({ policy: options.conflict ?? "keep" });
  const probing = createProbing({ config: protocol.probe ?? NO_PROBE, random });
  const sent = { announced: 0, sendErrors: 0 };
  const delayed = new Set<() => void>();
  let watched: readonly I[] = [];
  let probes = 0;
  let closed = false;
  let unsubscribe: () => void = () => undefined;

  const tell = (event: SpeakerEvent<I>): void => {
    for (const handler of [...handlers]) handler(event);
  };
  const owns = (ip: I): boolean => addresses.get(ip)?.state === "owned";
  const send = (frames: readonly Uint8Array[]): void => {
    if (closed || !link.up) return;
    for (const frame of frames) {
      try {
        link.send(frame);
      } catch {
        // A full queue or an interface that went away: announcements are repeated, questions are asked again.
        sent.sendErrors += 1;
      }
    }
  };

  const words = drive(
    createPacedQueue<Word<I>>({
      pacers: [createTokenBucket(WORDS), ...(pacer === undefined ? [] : [pacer])],
      limit: MAX_WAITING_WORDS,
    }),
    clock,
    ({ address, asker }) => {
      if (!owns(address)) return;
      sent.announced += 1;
      send(protocol.refresh(address, asker));
    },
  );
  const announcer = drive(protocol.announcer, clock, ({ address, round, frames }: AnnouncerEffect<I>) => {
    const held = addresses.get(address);
    if (held?.state !== "owned") return;
    held.announced += 1;
    sent.announced += 1;
    send(frames);
    if (round > 0) return;
    words.send({ type: "push", values: askers.of(address, clock.now()).map((asker) => ({ address, asker })) });
    tell({ type: "announced", ip: address });
  });

  const take = (ip: I, held: Address): void => {
    held.state = "owned";
    responder.own(ip);
    announcer.send({ type: "add", ip });
  };
  /** Stops speaking for an address, whatever it was doing. */
  const silence = (ip: I): void => {
    responder.disown(ip);
    announcer.send({ type: "drop", ip });
    asking.send({ type: "cancel", ip });
  };
  const release = (ip: I): void => {
    addresses.delete(ip);
    silence(ip);
    conflicts.send({ type: "drop", ip });
    const group = protocol.group(ip);
    if (group !== undefined) link.leaveGroup(group);
  };

  const onProbe = (effect: ProbeEffect): void => {
    // Addresses go in as I and come out as they went in.
    const ip = effect.ip as I;
    const held = addresses.get(ip);
    if (held?.state !== "probing") return;
    if (effect.type === "ask") {
      send([protocol.probeFrame(ip, effect.round)]);
      return;
    }
    probes -= 1;
    if (effect.type === "clear") {
      take(ip, held);
      return;
    }
    held.state = "refused";
    tell({ type: "refused", ip, mac: effect.mac, link: link.name, vlan });
  };
  const asking = drive(probing, clock, onProbe);

  const onConflict = (effect: ConflictEffect): void => {
    const ip = effect.ip as I;
    const held = addresses.get(ip);
    if (held === undefined) return;
    if (effect.type === "defend") send(protocol.defence(ip));
    if (effect.type === "giveUp") {
      held.state = "gaveUp";
      silence(ip);
    }
    if (effect.type !== "report") return;
    const { mac, count, action } = effect;
    tell({ type: "conflict", ip, mac, link: link.name, vlan, count, action });
  };
  const conflicts = drive(watch, clock, onConflict);

  const answerLater = ({ frame, address, delayMs }: Verdict<I> & { readonly type: "reply" }): void => {
    if (delayed.size >= MAX_DELAYED) return;
    const kept = frame.slice();
    const cancel = clock.after(random() * delayMs, () => {
      delayed.delete(cancel);
      if (owns(address)) send([kept]);
    });
    delayed.add(cancel);
  };
  const act = (verdict: Verdict<I>, now: Millis): void => {
    if (verdict.type === "drop") return;
    const { address, mac } = verdict;
    if (verdict.type === "conflict") {
      conflicts.send({ type: "claim", ip: address, mac });
      return;
    }
    // The answer leaves first: somebody waits for it.
    if (verdict.type === "reply" && verdict.delayMs > 0) answerLater(verdict);
    else if (verdict.type === "reply") send([verdict.frame]);
    if (verdict.ip !== undefined) askers.note(address, verdict.ip, mac, now);
  };
  const isProbing = (ip: I): boolean => probing.isProbing(ip);
  const receive = (frame: Uint8Array): void => {
    if (closed) return;
    if (probes > 0) {
      const rival = protocol.rival(frame, isProbing);
      if (rival !== undefined) asking.send({ type: "taken", ip: rival.address, mac: rival.mac });
    }
    const now = clock.now();
    act(responder.receive(frame, now), now);
  };
  const listen = (): void => {
    const heard = new Set<I>(watched);
    for (const [ip, { state }] of addresses) if (state === "owned" || state === "probing") heard.add(ip);
    const next = link.onFrame((frame) => receive(frame), protocol.interest([...heard]));
    unsubscribe();
    unsubscribe = next;
  };
  const onChange = (change: LinkChange): void => {
    if (closed) return;
    const mac: Mac = link.mac;
    responder.mac = mac;
    protocol.changed?.();
    announcer.send({ type: "link", up: link.up, mac });
    asking.send({ type: "link", up: link.up });
    if (change === "moved") announcer.send({ type: "again" });
  };

  const add = (ip: I): void => {
    const held: Address = { state: "probing", announced: 0 };
    addresses.set(ip, held);
    const group = protocol.group(ip);
    if (group !== undefined) link.joinGroup(group);
    if (protocol.probe === undefined) {
      take(ip, held);
      return;
    }
    probes += 1;
    asking.send({ type: "probe", ip });
  };
  const snapshotOf = ([ip, { state, announced }]: readonly [I, Address], now: Millis): AddressSnapshot => {
    const conflict = watch.conflictOf(ip);
    return {
      ip: formatIp(ip),
      state,
      announced,
      conflicts: conflict?.count ?? 0,
      ...(conflict === undefined
        ? {}
        : { lastConflict: { mac: formatMac(conflict.mac), agoMs: Math.round(now - conflict.at) } }),
    };
  };
  const snapshot = (): SpeakerSnapshot => ({
    link: link.name,
    mac: formatMac(link.mac),
    up: link.up,
    ...(vlan === undefined ? {} : { vlan }),
    addresses: [...addresses].sort(([a], [b]) => compareIp(a, b)).map((entry) => snapshotOf(entry, clock.now())),
    counters: { ...responder.counters, dropped: { ...responder.counters.dropped }, ...sent },
  });

  listen();
  onChange("state");
  const unsubscribeChange = link.onChange(onChange);
  return {
    own: (ips) => {
      if (closed) return;
      const wanted = new Set(ips);
      const size = addresses.size;
      let changed = 0;
      for (const [ip, { state }] of [...addresses]) {
        if (wanted.has(ip)) continue;
        if (state === "probing") probes -= 1;
        release(ip);
        changed += 1;
      }
      for (const ip of wanted) if (!addresses.has(ip)) add(ip);
      if (changed > 0 || addresses.size !== size) listen();
    },
    watch: (ips) => {
      if (closed) return;
      watched = [...new Set(ips)];
      responder.watch(watched);
      listen();
    },
    reannounce: () => announcer.send({ type: "again" }),
    onEvent: (handler) => {
      const own = (event: SpeakerEvent<I>): void => handler(event);
      handlers.add(own);
      return () => handlers.delete(own);
    },
    snapshot,
    close: () => {
      if (closed) return;
      for (const ip of [...addresses.keys()]) release(ip);
      closed = true;
      for (const driver of [announcer, asking, conflicts, words]) driver.stop();
      for (const cancel of delayed) cancel();
      unsubscribe();
      unsubscribeChange();
      handlers.clear();
    },
  };
}
