import type { Ip } from "../wire/ip.js";
import type { Mac } from "../wire/mac.js";
import type { Millis } from "./machine.js";

export interface AskersOptions {
  /** Askers remembered for one address; the one not heard for longest makes room. */
  readonly perAddress?: number;
  /** Addresses with askers; the one not asked for longest makes room. */
  readonly addresses?: number;
  /** Who has not asked for this long is forgotten. */
  readonly maxAgeMs?: number;
}

export interface Asker {
  readonly ip: Ip;
  readonly mac: Mac;
}

/** Who has asked for which address lately: those whose tables are worth a word of their own at a takeover. */
export interface Askers {
  note(address: Ip, ip: Ip, mac: Mac, now: Millis): void;
  /** Those who have asked for the address, the latest last. */
  of(address: Ip, now: Millis): readonly Asker[];
}

interface Heard extends Asker {
  readonly at: Millis;
}

/** Memory: at most `perAddress` times `addresses` entries. */
export function createAskers(options: AskersOptions = {}): Askers {
  const { perAddress = 16, addresses = 4096, maxAgeMs = 120_000 } = options;
  const heard = new Map<Ip, Heard[]>();
  return {
    note: (address, ip, mac, now) => {
      const before = heard.get(address);
      heard.delete(address);
      const others = before === undefined ? [] : before.filter((asker) => asker.ip !== ip);
      if (others.length >= perAddress) others.shift();
      others.push({ ip, mac, at: now });
      heard.set(address, others);
      if (heard.size > addresses) heard.delete(heard.keys().next().value!);
    },
    of: (address, now) => (heard.get(address) ?? []).filter(({ at }) => now - at <= maxAgeMs),
  };
}
