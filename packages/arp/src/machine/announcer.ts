import {
  createAnnounceSchedule,
  type AnnounceConfig,
  type Announcer,
  type AnnouncerInput,
  type Ip,
  type Ipv4,
  type Mac,
  type Tick,
  type TokenBucket,
} from "@vipkit/net";
import { encodeArpAnnouncement, type ArpAnnouncementForm } from "../wire/announcement.js";

/**
 * Five in a row, a little more than a second apart: longer than the second in which Linux ignores replies of the form that
 * some senders use, and long enough to outlive a switch port that is still learning. RFC 5227 section 1.1 asks for two.
 */
export const ARP_ANNOUNCE: AnnounceConfig = {
  count: 5,
  intervalMs: 1100,
  jitter: 0.1,
  refreshMs: 60_000,
  perSecond: 5000,
  burst: 500,
};

export interface ArpAnnouncerOptions {
  readonly mac: Mac;
  readonly vlan?: number | undefined;
  /** Default: both. */
  readonly form?: Exclude<ArpAnnouncementForm, "probe"> | undefined;
  readonly announce?: Partial<AnnounceConfig> | undefined;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  /** A further limit, shared with other announcers. */
  readonly pacer?: TokenBucket | undefined;
}

/** Announces owned addresses on one interface: at once, in a row, and now and then for ever. */
export function createArpAnnouncer(options: ArpAnnouncerOptions): Announcer<Ipv4> {
  const { vlan, form = "both", random, pacer } = options;
  let { mac } = options;
  const schedule = createAnnounceSchedule({ config: { ...ARP_ANNOUNCE, ...options.announce }, random, pacer });
  const framesFor = (ip: Ip): readonly Uint8Array[] => encodeArpAnnouncement({ address: Number(ip), mac, form, vlan });
  const adopt = (input: AnnouncerInput<Ipv4> | Tick): void => {
    if (input.type !== "link" || input.mac === mac) return;
    mac = input.mac;
    // What was told with the old address is told anew.
    schedule.handle({ type: "link", up: false }, 0);
  };
  return {
    handle: (input, now) => {
      adopt(input);
      const due = schedule.handle(input, now);
      return due.map(({ ip, round }) => ({ type: "send", address: Number(ip), round, frames: framesFor(ip) }));
    },
    get deadline() {
      return schedule.deadline;
    },
  };
}
