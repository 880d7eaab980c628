import {
  createAnnounceSchedule,
  type AnnounceConfig,
  type Announcer,
  type AnnouncerInput,
  type Ip,
  type Ipv6,
  type Mac,
  type Tick,
  type TokenBucket,
} from "@vipkit/net";
import { encodeNdpAnnouncement, encodeRouterAnnouncement } from "../wire/announcement.js";

/** RFC 4861 section 7.2.6: up to MAX_NEIGHBOR_ADVERTISEMENT (3) in a row, at least RetransTimer (1 second) apart. */
export const NDP_ANNOUNCE: AnnounceConfig = {
  count: 3,
  // Never below a second, whatever the jitter.
  intervalMs: 1200,
  jitter: 0.1,
  refreshMs: 60_000,
  perSecond: 5000,
  burst: 500,
};

export interface NdpAnnouncerOptions {
  readonly mac: Mac;
  readonly vlan?: number | undefined;
  readonly router?: boolean | undefined;
  readonly anycast?: boolean | undefined;
  readonly announce?: Partial<AnnounceConfig> | undefined;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  /** A further limit, shared with other announcers. */
  readonly pacer?: TokenBucket | undefined;
}

/** Announces owned addresses on one interface: at once, in a row, and now and then for ever; the first time to routers too. */
export function createNdpAnnouncer(options: NdpAnnouncerOptions): Announcer<Ipv6> {
  const { vlan, router, anycast, random, pacer } = options;
  let { mac } = options;
  const schedule = createAnnounceSchedule({ config: { ...NDP_ANNOUNCE, ...options.announce }, random, pacer });
  const framesFor = (address: Ipv6, round: number): readonly Uint8Array[] => {
    const request = { address, mac, vlan, router, anycast };
    const toAll = encodeNdpAnnouncement(request);
    // RFC 9131 section 4.1: routers that have no entry yet make one.
    return round === 0 ? [toAll, encodeRouterAnnouncement(request)] : [toAll];
  };
  const effect = (ip: Ip, round: number): ReturnType<Announcer<Ipv6>["handle"]>[number] => {
    const address = BigInt(ip);
    return { type: "send", address, round, frames: framesFor(address, round) };
  };
  const adopt = (input: AnnouncerInput<Ipv6> | Tick): void => {
    if (input.type !== "link" || input.mac === mac) return;
    mac = input.mac;
    // What was told with the old address is told anew.
    schedule.handle({ type: "link", up: false }, 0);
  };
  return {
    handle: (input, now) => {
      adopt(input);
      return schedule.handle(input, now).map(({ ip, round }) => effect(ip, round));
    },
    get deadline() {
      return schedule.deadline;
    },
  };
}
