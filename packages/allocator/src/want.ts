import type { IpFamily } from "@vipkit/net";
import { canonicalPort, checkClaim, isIp } from "./check-claim.js";
import { refusal, type Claim, type Refusal } from "./claim.js";
import type { Profile } from "./holding.js";
import type { Ledger } from "./ledger.js";
import { profileOf } from "./profile.js";
import { isRecord } from "./record.js";

/** A claim after its texts were read. */
export interface Want {
  readonly owner: string;
  readonly claim: Claim;
  readonly profile: Profile;
  /** Addresses of each family. */
  readonly ipv4: number;
  readonly ipv6: number;
  /** One family is enough where no pool has both. */
  readonly either: boolean;
  /** The family that `either` tries first. */
  readonly primary: IpFamily;
  readonly manyPools: boolean;
}

const MAX_KNOWN_PORTS = 65_536;

/** Texts of ports that were read before: claims repeat a few ports again and again. */
export class PortTexts {
  readonly #known = new Map<string, string>();

  /** Canonical, sorted, each once; undefined if one is no port. */
  read(ports: readonly string[] | undefined): readonly string[] | undefined {
    if (ports === undefined || ports.length === 0) return [];
    if (ports.length === 1) {
      const port = this.#one(ports[0]!);
      return port === undefined ? undefined : [port];
    }
    const read = new Set<string>();
    for (const text of ports) {
      const port = this.#one(text);
      if (port === undefined) return undefined;
      read.add(port);
    }
    return [...read].sort();
  }

  #one(text: string): string | undefined {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const port = canonicalPort(text);
    if (port === undefined) return undefined;
    if (this.#known.size >= MAX_KNOWN_PORTS) this.#known.clear();
    this.#known.set(text, port);
    return port;
  }
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isFamilyText(value: unknown): boolean {
  return value === undefined || value === "ipv4" || value === "ipv6" || value === "dual";
}

function areIps(ips: readonly unknown[] | undefined): boolean {
  if (ips === undefined) return true;
  if (!Array.isArray(ips) || ips.length > 2) return false;
  for (const ip of ips) if (!isIp(ip)) return false;
  return true;
}

function isPolicyText(value: unknown): boolean {
  return value === undefined || value === "SingleStack" || value === "PreferDualStack" || value === "RequireDualStack";
}

function areFamilies(families: readonly unknown[] | undefined): boolean {
  if (families === undefined) return true;
  if (!Array.isArray(families) || families.length > 2) return false;
  for (const family of families) if (family !== "ipv4" && family !== "ipv6") return false;
  return true;
}

function areLabels(labels: unknown): boolean {
  if (labels === undefined) return true;
  if (!isRecord(labels)) return false;
  for (const key in labels) if (typeof labels[key] !== "string") return false;
  return true;
}

/** True for the usual claim, whose form needs no closer look. Callers without types may hand over anything. */
function looksPlain(claim: Claim | null): boolean {
  return (
    typeof claim === "object" &&
    claim !== null &&
    typeof claim.owner === "string" &&
    claim.owner !== "" &&
    isText(claim.namespace) &&
    isText(claim.sharingKey) &&
    isText(claim.backendKey) &&
    isText(claim.pool) &&
    isFamilyText(claim.family) &&
    isPolicyText(claim.familyPolicy) &&
    areFamilies(claim.ipFamilies) &&
    areLabels(claim.labels) &&
    claim.counts === undefined &&
    areIps(claim.addresses)
  );
}

function badClaim(claim: Claim): Refusal | undefined {
  const issues = checkClaim(claim);
  return issues.length === 0 ? undefined : refusal("bad-claim", { issues });
}

/** Reads a claim, or says what is wrong with its form. */
export function wantOf(ledger: Ledger, texts: PortTexts, claim: Claim): Want | Refusal {
  if (!looksPlain(claim)) {
    const bad = badClaim(claim);
    if (bad !== undefined) return bad;
  }
  const ports = texts.read(Array.isArray(claim.ports) ? claim.ports : []);
  if (ports === undefined || (claim.ports !== undefined && !Array.isArray(claim.ports))) {
    return badClaim(claim) ?? refusal("bad-claim");
  }
  const { family = "ipv4", counts } = claim;
  return {
    owner: claim.owner,
    claim,
    profile: profileOf(ledger, claim, ports),
    ipv4: counts === undefined ? (family === "ipv6" ? 0 : 1) : (counts.ipv4 ?? 0),
    ipv6: counts === undefined ? (family === "ipv4" ? 0 : 1) : (counts.ipv6 ?? 0),
    either: family === "dual" && claim.familyPolicy === "PreferDualStack",
    primary: claim.ipFamilies?.[0] ?? "ipv4",
    manyPools: claim.manyPools === true,
  };
}

export function isRefusal(value: object): value is Refusal {
  return "code" in value;
}
