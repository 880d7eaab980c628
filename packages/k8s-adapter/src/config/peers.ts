import { tryParseIp, type Ip } from "@vipkit/net";
import { booleanOf, integerOf, objectOf, textOf, type JsonObject } from "../objects/json.js";
import type { Finding, Findings } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { parseDurationMs } from "./duration.js";
import type { Gathered } from "./gather.js";
import { readPassword } from "./secrets.js";
import { readSelectors } from "./selector.js";
import { byName } from "./twins.js";
import type { BfdProfile, PeerSettings } from "./types.js";

export interface PeerOptions {
  /** Leave password secrets alone, they are resolved elsewhere. */
  readonly secretPassthrough?: boolean | undefined;
}

/** One peer object under its rules. */
interface Reading {
  readonly object: SourceObject;
  readonly spec: JsonObject;
  readonly findings: Findings;
  readonly wrong: (field: string, finding: Finding) => void;
}

/** BGP peers by name. */
export function readPeers(
  gathered: Gathered,
  profiles: ReadonlyMap<string, BfdProfile>,
  findings: Findings,
  options: PeerOptions,
): ReadonlyMap<string, PeerSettings> {
  const peers = new Map<string, PeerSettings>();
  for (const [name, object] of byName(gathered.peers, "peer", findings)) {
    const spec = objectOf(object.value.spec);
    const wrong = (field: string, finding: Finding): void => findings.add(object, ["spec", field], finding);
    peers.set(name, readPeer(name, { object, spec, findings, wrong }, gathered, profiles, options));
  }
  return peers;
}

function readPeer(
  name: string,
  reading: Reading,
  gathered: Gathered,
  profiles: ReadonlyMap<string, BfdProfile>,
  options: PeerOptions,
): PeerSettings {
  const { object, spec, findings } = reading;
  const address = readAddress(reading, "peerAddress");
  const bfdProfile = nonEmpty(textOf(spec.bfdProfile));
  if (bfdProfile !== undefined && !profiles.has(bfdProfile)) {
    reading.wrong("bfdProfile", {
      code: "bfd_profile_missing",
      message: `there is no BFDProfile with the name ${bfdProfile}`,
      transient: true,
    });
  }
  reportEnds(reading);
  const settings: PeerSettings = {
    name,
    ...readAsns(reading),
    address,
    interface: nonEmpty(textOf(spec.interface)),
    sourceAddress: readAddress(reading, "sourceAddress"),
    port: readPort(reading),
    ...readTimers(reading),
    routerId: readRouterId(reading),
    nodeSelectors: readSelectors(object, ["spec", "nodeSelectors"], spec.nodeSelectors, findings),
    bfdProfile,
    enableGracefulRestart: booleanOf(spec.enableGracefulRestart) ?? false,
    ebgpMultiHop: booleanOf(spec.ebgpMultiHop) ?? false,
    vrf: nonEmpty(textOf(spec.vrf)),
    disableMP: booleanOf(spec.disableMP) ?? false,
    dualStackAddressFamily: booleanOf(spec.dualStackAddressFamily) ?? false,
    ...readPasswordSource(reading),
  };
  const password = passwordOf(reading, settings, gathered.secrets, options);
  if (password !== undefined) Object.defineProperty(settings, "password", { value: password, enumerable: false });
  return settings;
}

function readAsns(reading: Reading): Pick<PeerSettings, "myAsn" | "peerAsn" | "dynamicAsn" | "localAsn"> {
  const { spec, wrong } = reading;
  const myAsn = integerOf(spec.myASN) ?? 0;
  const peerAsn = integerOf(spec.peerASN) ?? 0;
  const dynamic = nonEmpty(textOf(spec.dynamicASN));
  const range = "1 to 4294967295";
  if (myAsn === 0) wrong("myASN", { code: "my_asn_missing", message: "the own AS number is missing", allowed: range });
  if (peerAsn === 0 && dynamic === undefined) {
    wrong("peerASN", {
      code: "peer_asn_missing",
      message: "the peer has neither peerASN nor dynamicASN",
      allowed: `peerASN ${range}, or dynamicASN internal or external`,
    });
  }
  if (peerAsn !== 0 && dynamic !== undefined) {
    wrong("dynamicASN", {
      code: "peer_asn_twice",
      message: "the peer has both peerASN and dynamicASN",
      allowed: "one of the two",
    });
  }
  if (dynamic !== undefined && dynamic !== "internal" && dynamic !== "external") {
    wrong("dynamicASN", {
      code: "dynamic_asn",
      message: `"${dynamic}" is not a way to choose the AS number`,
      allowed: "internal or external",
    });
  }
  if (peerAsn !== 0 && peerAsn === myAsn && spec.ebgpMultiHop === true) {
    wrong("ebgpMultiHop", {
      code: "multihop_ibgp",
      message: "ebgpMultiHop is for peers of another AS",
      allowed: "false when peerASN equals myASN",
    });
  }
  const dynamicAsn = dynamic === "internal" || dynamic === "external" ? dynamic : undefined;
  return { myAsn, peerAsn, dynamicAsn, localAsn: integerOf(spec.localASN) ?? 0 };
}

function reportEnds({ spec, wrong }: Reading): void {
  const address = nonEmpty(textOf(spec.peerAddress));
  const device = nonEmpty(textOf(spec.interface));
  if (address === undefined && device === undefined) {
    wrong("peerAddress", {
      code: "peer_end_missing",
      message: "the peer has neither an address nor an interface",
      allowed: "peerAddress or interface",
    });
  }
  if (address !== undefined && device !== undefined) {
    wrong("interface", {
      code: "peer_end_twice",
      message: "the peer has both an address and an interface",
      allowed: "one of the two",
    });
  }
}

function readAddress({ spec, wrong }: Reading, field: "peerAddress" | "sourceAddress"): Ip | undefined {
  const text = nonEmpty(textOf(spec[field]));
  if (text === undefined) return undefined;
  const ip = tryParseIp(text);
  if (ip === undefined) {
    const code = field === "peerAddress" ? "peer_address" : "source_address";
    wrong(field, { code, message: `"${text}" is not an address`, allowed: "an IPv4 or IPv6 address" });
  }
  return ip;
}

function readRouterId({ spec, wrong }: Reading): Ip | undefined {
  const text = nonEmpty(textOf(spec.routerID));
  if (text === undefined) return undefined;
  const ip = tryParseIp(text);
  if (ip === undefined) {
    wrong("routerID", {
      code: "router_id",
      message: `"${text}" is not a router identifier`,
      allowed: "four decimal octets such as 192.0.2.1",
    });
  } else if (typeof ip === "bigint" || ip === 0) {
    // RFC 6286 section 2.1: four octets, not all zero. MetalLB takes any address here.
    wrong("routerID", {
      code: "router_id_form",
      message: `"${text}" is no four-octet identifier other than 0.0.0.0`,
      allowed: "four decimal octets such as 192.0.2.1",
      severity: "warning",
    });
  }
  return ip;
}

function readPort({ object, spec, wrong }: Reading): number {
  const port = integerOf(spec.peerPort);
  if (port === 0 && object.apiVersion !== "metallb.io/v1beta1") {
    wrong("peerPort", {
      code: "range",
      message: "0 is not a whole number from 1 to 16384",
      allowed: "a whole number from 1 to 16384",
    });
  }
  return port === undefined || port === 0 ? 179 : port;
}

/** RFC 4271 section 4.2: the hold time is zero or at least three seconds. One given time decides the other. */
function readTimers(
  reading: Reading,
): Pick<PeerSettings, "holdTimeSeconds" | "keepaliveTimeSeconds" | "connectTimeSeconds"> {
  const { wrong } = reading;
  const hold = readSeconds(reading, "holdTime");
  const keepalive = readSeconds(reading, "keepaliveTime");
  const connectTimeSeconds = readSeconds(reading, "connectTime");
  const holdTimeSeconds = hold ?? (keepalive === undefined ? undefined : keepalive * 3);
  const keepaliveTimeSeconds = keepalive ?? (hold === undefined ? undefined : hold / 3);
  const whole = Math.trunc(holdTimeSeconds ?? 0);
  const culprit = hold === undefined ? "keepaliveTime" : "holdTime";
  if (whole !== 0 && whole < 3) {
    wrong(culprit, {
      code: "hold_time",
      message: `a hold time of ${holdTimeSeconds} s is not possible`,
      allowed: "0, or 3s and more",
    });
  }
  if (hold !== undefined && keepalive !== undefined && keepalive > hold) {
    wrong("keepaliveTime", {
      code: "keepalive_time",
      message: "the keepalive time is longer than the hold time",
      allowed: `at most ${hold}s`,
    });
  }
  if (
    connectTimeSeconds !== undefined &&
    !(Number.isInteger(connectTimeSeconds) && connectTimeSeconds >= 1 && connectTimeSeconds <= 65535)
  ) {
    wrong("connectTime", {
      code: "connect_time",
      message: `a connect time of ${connectTimeSeconds} s is not possible`,
      allowed: "whole seconds from 1s to 65535s",
    });
  }
  return { holdTimeSeconds, keepaliveTimeSeconds, connectTimeSeconds };
}

function readSeconds({ spec, wrong }: Reading, field: string): number | undefined {
  const text = textOf(spec[field]);
  if (text === undefined) return undefined;
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= 0) return ms / 1000;
  wrong(field, {
    code: "duration",
    message: `"${text}" is not a duration`,
    allowed: 'a duration such as "90s" or "1m30s"',
  });
  return undefined;
}

function readPasswordSource({ spec, wrong }: Reading): Pick<PeerSettings, "passwordSource" | "passwordRef"> {
  const secret = objectOf(spec.passwordSecret);
  const name = nonEmpty(textOf(secret.name));
  const hasPassword = nonEmpty(textOf(spec.password)) !== undefined;
  if (hasPassword && name !== undefined) {
    wrong("passwordSecret", {
      code: "password_twice",
      message: "the peer has both password and passwordSecret",
      allowed: "one of the two",
    });
  }
  if (name === undefined) return { passwordSource: hasPassword ? "object" : "none", passwordRef: undefined };
  return { passwordSource: "secret", passwordRef: { name, namespace: textOf(secret.namespace) ?? "" } };
}

function passwordOf(
  { object, spec, findings }: Reading,
  { passwordRef }: PeerSettings,
  secrets: readonly SourceObject[],
  { secretPassthrough = false }: PeerOptions,
): string | undefined {
  const plain = nonEmpty(textOf(spec.password));
  if (plain !== undefined || passwordRef === undefined || secretPassthrough) return plain;
  return readPassword(object, ["spec", "passwordSecret", "name"], passwordRef.name, secrets, findings);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
