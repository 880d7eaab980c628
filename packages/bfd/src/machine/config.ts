import { VipkitError, type Millis } from "@vipkit/net";
import { longestKey, type BfdKey } from "../wire/auth.js";

/** How much a session that goes up and down is believed. */
export interface DampingConfig {
  /** From the second failure in a row: "up" is told only after this long without a failure; doubles with each. */
  readonly firstMs: Millis;
  readonly maxMs: Millis;
  /** Up for this long makes good. */
  readonly stableMs: Millis;
}

/** One BFD session. */
export interface BfdConfig {
  readonly name: string;
  /** Not 0, and unique among the sessions of this host. */
  readonly localDiscriminator: number;
  /** How often we would like to send. Default 300. Not below 1 s until the session is up. */
  readonly desiredMinTxMs?: Millis | undefined;
  /** How often we can bear to receive; 0 = never. Default 300. */
  readonly requiredMinRxMs?: Millis | undefined;
  /** 1 to 255; so many packets in a row may be lost. Default 3. */
  readonly detectMultiplier?: number | undefined;
  /** Sends nothing before the other end does (RFC 5880 section 6.1). Default false. */
  readonly passive?: boolean | undefined;
  readonly auth?: BfdKey | undefined;
  readonly damping?: Partial<DampingConfig> | undefined;
}

export interface BfdSettings extends BfdConfig {
  readonly desiredMinTxMs: Millis;
  readonly requiredMinRxMs: Millis;
  readonly detectMultiplier: number;
  readonly passive: boolean;
  readonly damping: DampingConfig;
}

const DEFAULT_INTERVAL_MS = 300;
const DEFAULT_DAMPING: DampingConfig = { firstMs: 1000, maxMs: 60_000, stableMs: 60_000 };
/** Microseconds have 32 bits. */
const MAX_INTERVAL_MS = 4_294_967;

function refuse(field: string, found: number, allowed: string): never {
  throw new VipkitError("ERR_BFD_CONFIG", `${field} is ${found}, allowed is ${allowed}`, {
    found: `${field}=${found}`,
    allowed,
  });
}

export function checkTimers(desiredMinTxMs: Millis, requiredMinRxMs: Millis, detectMultiplier: number): void {
  if (!(desiredMinTxMs > 0 && desiredMinTxMs <= MAX_INTERVAL_MS))
    refuse("desiredMinTxMs", desiredMinTxMs, "above 0 to 4294967");
  if (!(requiredMinRxMs >= 0 && requiredMinRxMs <= MAX_INTERVAL_MS))
    refuse("requiredMinRxMs", requiredMinRxMs, "0 to 4294967");
  if (!(Number.isInteger(detectMultiplier) && detectMultiplier >= 1 && detectMultiplier <= 255)) {
    refuse("detectMultiplier", detectMultiplier, "1 to 255");
  }
}

function checkKey(auth: BfdKey): void {
  const { length } = auth.key;
  const most = longestKey(auth);
  if (length < 1 || length > most) refuse("auth.key.length", length, `1 to ${most} octets`);
  if (!(Number.isInteger(auth.keyId) && auth.keyId >= 0 && auth.keyId <= 255)) {
    refuse("auth.keyId", auth.keyId, "0 to 255");
  }
}

/** Fills in the defaults. @throws VipkitError `ERR_BFD_CONFIG` */
export function bfdSettings(config: BfdConfig): BfdSettings {
  const { desiredMinTxMs = DEFAULT_INTERVAL_MS, requiredMinRxMs = DEFAULT_INTERVAL_MS, detectMultiplier = 3 } = config;
  checkTimers(desiredMinTxMs, requiredMinRxMs, detectMultiplier);
  const { localDiscriminator, auth } = config;
  if (!(Number.isInteger(localDiscriminator) && localDiscriminator >= 1 && localDiscriminator <= 0xffff_ffff)) {
    refuse("localDiscriminator", localDiscriminator, "1 to 4294967295");
  }
  if (auth !== undefined) checkKey(auth);
  return {
    ...config,
    desiredMinTxMs,
    requiredMinRxMs,
    detectMultiplier,
    passive: config.passive ?? false,
    damping: { ...DEFAULT_DAMPING, ...config.damping },
  };
}
