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

export interface Asker<I extends Ip> {
  readonly ip: I;
  readonly mac: Mac;
}

/** Who has asked for which address lately: those whose tables are worth a word of their own at a takeover. */
export interface Askers<I extends Ip> {
  note(address: I, ip: I, mac: Mac, now: Millis): void;
  /** Those who have asked for the address, the latest last. */
  of(address: I, now: Millis): readonly Asker<I>[];
}

interface Heard<I extends Ip> {
  readonly ip: I;
  mac: Mac;
  at: Millis;
}

/** Memory: at most `perAddress` times `addresses` entries. */
export function createAskers<I extends Ip>(options: AskersOptions = {}): Askers<I> {
  const { perAddress = 16, addresses = 4096, maxAgeMs = 120_000 } = options;
  const heard = new Map<I, Heard<I>[]>();
  return {
    note: (address, ip, mac, now) => {
      const askers = heard.get(address) ?? [];
      const last = askers.at(-1);
      if (last?.ip === ip) {
        last.mac = mac;
        last.at = now;
        return;
      }
      const before = askers.findIndex((asker) => asker.ip === ip);
      if (before >= 0) askers.splice(before, 1);
      else if (askers.length >= perAddress) askers.shift();
      askers.push({ ip, mac, at: now });
      heard.delete(address);
      heard.set(address, askers);
      for (const oldest of heard.keys()) {
        if (heard.size <= addresses) break;
        heard.delete(oldest);
      }
    },
    of: (address, now) =>
      (heard.get(address) ?? []).filter(({ at }) => now - at <= maxAgeMs).map(({ ip, mac }) => ({ ip, mac })),
  };
}
