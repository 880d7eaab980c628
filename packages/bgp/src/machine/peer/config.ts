import { VipkitError, type Endpoint, type Ip, type IpFamily, type Ipv4, type Millis } from "@vipkit/net";
import { BgpRole } from "../../wire/capability.js";
import type { IdleHoldConfig } from "../fsm/backoff.js";

/** RFC 9234 section 4.1: what the local speaker is to the peer. */
export type RoleName = "provider" | "customer" | "peer" | "rs" | "rs-client";

/** Addresses of this host that peers may be told as next hops. */
export interface NextHops {
  readonly ipv4?: Ipv4 | undefined;
  readonly ipv6?: Ip | undefined;
  /** Sent behind the global address to peers on the same link (RFC 2545 section 3). */
  readonly linkLocal?: Ip | undefined;
}

/** Graceful restart, restarting side (RFC 4724). */
export interface GracefulRestartConfig {
  /** How long the peer keeps our routes without a session, 1 to 4095 s. Default 120. */
  readonly restartSeconds?: number | undefined;
  /** Forwarding goes on while the speaker is away (the F bit). Default true. */
  readonly forwarding?: boolean | undefined;
  /** Long-lived stale time (RFC 9494), 1 to 2^24 - 1 s. Default: not offered. */
  readonly longLivedSeconds?: number | undefined;
  /** This process has restarted and its peers may hold its old routes (the R bit). Default true: at a first start it does no harm. */
  readonly restarted?: boolean | undefined;
}

/** One neighbour. Everything but the first lines may be left out. */
export interface PeerConfig {
  /** Unique among the peers of a speaker; it is what events and snapshots say. */
  readonly name: string;
  readonly localAsn: number;
  /** The peer's AS number; or say with `dynamicAsn` which kind of number is acceptable. */
  readonly peerAsn?: number | undefined;
  /** `internal`: the peer has our number; `external`: any other. */
  readonly dynamicAsn?: "internal" | "external" | undefined;
  /** Port 179 by default practice; `zone` for link-local addresses. */
  readonly remote: Endpoint;
  readonly routerId: Ipv4;
  /** Local address to dial from. */
  readonly source?: Ip | undefined;
  /** Never dial. */
  readonly passive?: boolean | undefined;
  /** 0 (never), or 3 to 65535. Default 90. */
  readonly holdTimeSeconds?: number | undefined;
  /** Default: a third of the hold time agreed on; never more. */
  readonly keepaliveTimeSeconds?: number | undefined;
  /** How long one dial may take, and the longest pause between two: 0.1 to 65535. Default 10. */
  readonly connectRetrySeconds?: number | undefined;
  /** DelayOpenTime (RFC 4271 section 8.1.1), 0 to 240. Default 0: OPEN is sent at once. */
  readonly delayOpenSeconds?: number | undefined;
  /** RFC 9687: a peer that reads nothing for this long is dropped. Default: the larger of 8 minutes and twice the hold time; 0 = never. */
  readonly sendHoldSeconds?: number | undefined;
  /** Back-off after sessions that failed. */
  readonly idleHold?: Partial<IdleHoldConfig> | undefined;
  /** TCP-MD5 key (RFC 2385), 1 to 80 octets. */
  readonly password?: string | undefined;
  /** External peer that is this many hops away, 1 to 255. Default 1 for external peers. */
  readonly ebgpMultihop?: number | undefined;
  /** GTSM (RFC 5082): accept packets from at most this many hops away, 1 to 254. */
  readonly ttlSecurity?: number | undefined;
  /** Interface or VRF to bind to. */
  readonly device?: string | undefined;
  /** TCP_USER_TIMEOUT */
  readonly userTimeoutMs?: Millis | undefined;
  /** Default both. A family is also needed on the peer's side. */
  readonly families?: readonly IpFamily[] | undefined;
  readonly nextHops?: NextHops | undefined;
  /** Offer IPv4 routes with IPv6 next hops (RFC 8950). Default: on sessions over IPv6. */
  readonly extendedNextHop?: boolean | undefined;
  /** Default: off. */
  readonly gracefulRestart?: GracefulRestartConfig | undefined;
  /** The AS number that this peer sees instead of `localAsn` (it stands alone in OPEN and AS_PATH). */
  readonly localAs?: number | undefined;
  /** RFC 9234: what we are to the peer; external peers only. */
  readonly role?: RoleName | undefined;
  /** Refuse a peer that sends no role. */
  readonly strictRole?: boolean | undefined;
  /** Offer to send several paths of one prefix (RFC 7911). Default false. */
  readonly addPath?: boolean | undefined;
  /** RFC 8654. Default true. */
  readonly extendedMessage?: boolean | undefined;
  /** Said in OPEN (capability 73). */
  readonly hostname?: string | undefined;
  /** Speak like a router that knows no four-octet numbers (tests). Default true: it does. */
  readonly fourOctetAs?: boolean | undefined;
  /** Send OPEN without any capability (RFC 5492 section 3, peers that cannot read them). Default false. */
  readonly disableCapabilities?: boolean | undefined;
}

/** A `PeerConfig` with the defaults filled in. */
export interface PeerSettings extends PeerConfig {
  readonly passive: boolean;
  readonly holdTimeSeconds: number;
  readonly keepaliveTimeSeconds: number;
  readonly connectRetrySeconds: number;
  readonly delayOpenSeconds: number;
  readonly sendHoldSeconds: number;
  readonly idleHold: IdleHoldConfig;
  readonly families: readonly IpFamily[];
  readonly nextHops: NextHops;
  readonly extendedNextHop: boolean;
  readonly addPath: boolean;
  readonly extendedMessage: boolean;
  readonly fourOctetAs: boolean;
  readonly disableCapabilities: boolean;
  /** The AS number that stands in OPEN. */
  readonly ownAsn: number;
}

export const DEFAULT_HOLD_TIME_SECONDS = 90;
const DEFAULT_CONNECT_RETRY_SECONDS = 10;
/** A week. */
const LONGEST_SECONDS = 604_800;
/** RFC 9687 section 4: 8 minutes, or twice the hold time where that is more. */
const SEND_HOLD_FLOOR_SECONDS = 480;
const DEFAULT_IDLE_HOLD: IdleHoldConfig = { firstMs: 1000, maxMs: 120_000, stableMs: 60_000 };

const ROLE_NUMBERS: Readonly<Record<RoleName, number>> = {
  provider: BgpRole.provider,
  customer: BgpRole.customer,
  peer: BgpRole.peer,
  rs: BgpRole.routeServer,
  "rs-client": BgpRole.routeServerClient,
};

export function roleNumber(role: RoleName): number {
  return ROLE_NUMBERS[role];
}

function refuse(field: string, found: unknown, allowed: string): never {
  throw new VipkitError("ERR_BGP_CONFIG", `${field} is ${String(found)}, allowed is ${allowed}`, {
    found: `${field}=${String(found)}`,
    allowed,
  });
}

function checkNumber(field: string, value: number | undefined, low: number, high: number): void {
  if (value !== undefined && !(value >= low && value <= high)) refuse(field, value, `${low} to ${high}`);
}

function checkWhole(field: string, value: number | undefined, low: number, high: number): void {
  checkNumber(field, value, low, high);
  if (value !== undefined && !Number.isInteger(value)) refuse(field, value, `a whole number from ${low} to ${high}`);
}

/** Times of 0, or of no number at all, would make a peer that never rests. */
function checkTimes(config: PeerConfig): void {
  const { holdTimeSeconds, idleHold = {} } = config;
  if (holdTimeSeconds !== 0) checkWhole("holdTimeSeconds", holdTimeSeconds, 3, 65_535);
  checkNumber("keepaliveTimeSeconds", config.keepaliveTimeSeconds, 0, 65_535);
  checkNumber("connectRetrySeconds", config.connectRetrySeconds, 0.1, 65_535);
  checkNumber("delayOpenSeconds", config.delayOpenSeconds, 0, 240);
  checkNumber("sendHoldSeconds", config.sendHoldSeconds, 0, LONGEST_SECONDS);
  checkNumber("idleHold.firstMs", idleHold.firstMs, 1, LONGEST_SECONDS * 1000);
  checkNumber("idleHold.maxMs", idleHold.maxMs, 1, LONGEST_SECONDS * 1000);
  checkNumber("idleHold.stableMs", idleHold.stableMs, 0, LONGEST_SECONDS * 1000);
  checkNumber("userTimeoutMs", config.userTimeoutMs, 1, 0x7fff_ffff);
}

function checkAsn(field: string, asn: number | undefined): void {
  // RFC 7607: 0 is nobody's number.
  if (asn !== undefined && !(Number.isInteger(asn) && asn >= 1 && asn <= 0xffff_ffff))
    refuse(field, asn, "1 to 4294967295");
}

function checkConfig(config: PeerConfig): void {
  checkAsn("localAsn", config.localAsn);
  checkAsn("peerAsn", config.peerAsn);
  checkAsn("localAs", config.localAs);
  if ((config.peerAsn === undefined) === (config.dynamicAsn === undefined)) {
    refuse("peerAsn", config.peerAsn, "exactly one of peerAsn and dynamicAsn");
  }
  // RFC 6286 section 2.1: any number but 0.
  if (!(Number.isInteger(config.routerId) && config.routerId > 0 && config.routerId <= 0xffff_ffff)) {
    refuse("routerId", config.routerId, "an IPv4 number other than 0");
  }
  checkTimes(config);
  checkWhole("ebgpMultihop", config.ebgpMultihop, 1, 255);
  checkWhole("ttlSecurity", config.ttlSecurity, 1, 254);
  if (config.ebgpMultihop !== undefined && config.ttlSecurity !== undefined) {
    refuse("ttlSecurity", config.ttlSecurity, "either ttlSecurity or ebgpMultihop");
  }
  checkWhole("gracefulRestart.restartSeconds", config.gracefulRestart?.restartSeconds, 1, 4095);
  checkWhole("gracefulRestart.longLivedSeconds", config.gracefulRestart?.longLivedSeconds, 1, 0xff_ffff);
  if (config.families?.length === 0) refuse("families", "empty", "ipv4, ipv6 or both");
  // RFC 2385: the kernel takes 80 octets at most. The message must not show the key.
  const octets = config.password === undefined ? 1 : new TextEncoder().encode(config.password).length;
  if (octets < 1 || octets > 80) refuse("password", `${octets} octets long`, "1 to 80 octets");
}

/**
 * Fills in the defaults.
 * @throws VipkitError `ERR_BGP_CONFIG`
 */
export function peerSettings(config: PeerConfig): PeerSettings {
  checkConfig(config);
  const holdTimeSeconds = config.holdTimeSeconds ?? DEFAULT_HOLD_TIME_SECONDS;
  return {
    ...config,
    passive: config.passive ?? false,
    holdTimeSeconds,
    keepaliveTimeSeconds: config.keepaliveTimeSeconds ?? 0,
    connectRetrySeconds: config.connectRetrySeconds ?? DEFAULT_CONNECT_RETRY_SECONDS,
    delayOpenSeconds: config.delayOpenSeconds ?? 0,
    sendHoldSeconds: config.sendHoldSeconds ?? Math.max(SEND_HOLD_FLOOR_SECONDS, 2 * holdTimeSeconds),
    idleHold: { ...DEFAULT_IDLE_HOLD, ...config.idleHold },
    families: config.families ?? ["ipv4", "ipv6"],
    nextHops: config.nextHops ?? {},
    extendedNextHop: config.extendedNextHop ?? typeof config.remote.ip === "bigint",
    addPath: config.addPath ?? false,
    extendedMessage: config.extendedMessage ?? true,
    fourOctetAs: config.fourOctetAs ?? true,
    disableCapabilities: config.disableCapabilities ?? false,
    ownAsn: config.localAs ?? config.localAsn,
  };
}
