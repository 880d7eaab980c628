import type { IpFamily } from "@vipkit/net";
import type { Capability } from "../../wire/capability.js";
import { IPV4_UNICAST, IPV6_UNICAST, type Family } from "../../wire/family.js";
import type { OpenMessage } from "../../wire/message.js";
import { roleNumber, type PeerSettings } from "./config.js";

const AS_TRANS = 23456;
const AFI_IPV6 = 2;
const DEFAULT_RESTART_SECONDS = 120;
const ADD_PATH_SEND = 2;

export function unicastOf(family: IpFamily): Family {
  return family === "ipv4" ? IPV4_UNICAST : IPV6_UNICAST;
}

function restartCapabilities(settings: PeerSettings, families: readonly Family[]): Capability[] {
  const restart = settings.gracefulRestart;
  if (restart === undefined) return [];
  const preserved = restart.forwarding ?? true;
  const capabilities: Capability[] = [
    {
      type: "graceful-restart",
      restarting: restart.restarted ?? true,
      notification: true,
      restartTimeSeconds: restart.restartSeconds ?? DEFAULT_RESTART_SECONDS,
      // Exactly the families of this session: a family that never comes would hold the peer's End-of-RIB wait.
      families: families.map((family) => ({ family, preserved })),
    },
  ];
  const staleTimeSeconds = restart.longLivedSeconds;
  if (staleTimeSeconds !== undefined) {
    capabilities.push({
      type: "long-lived-graceful-restart",
      families: families.map((family) => ({ family, preserved, staleTimeSeconds })),
    });
  }
  return capabilities;
}

/** What we can do with this peer (RFC 5492), in the order of the capability codes. */
export function capabilitiesOf(settings: PeerSettings): Capability[] {
  if (settings.disableCapabilities) return [];
  const families = settings.families.map(unicastOf);
  const capabilities: Capability[] = families.map((family) => ({ type: "multiprotocol", family }));
  capabilities.push({ type: "route-refresh" });
  if (settings.extendedNextHop && settings.families.includes("ipv4")) {
    capabilities.push({ type: "extended-next-hop", entries: [{ family: IPV4_UNICAST, nextHopAfi: AFI_IPV6 }] });
  }
  if (settings.extendedMessage) capabilities.push({ type: "extended-message" });
  if (settings.role !== undefined) capabilities.push({ type: "role", role: roleNumber(settings.role) });
  const [restart, longLived] = restartCapabilities(settings, families);
  if (restart !== undefined) capabilities.push(restart);
  if (settings.fourOctetAs) capabilities.push({ type: "four-octet-as", asn: settings.ownAsn });
  if (settings.addPath) {
    capabilities.push({ type: "add-path", families: families.map((family) => ({ family, mode: ADD_PATH_SEND })) });
  }
  capabilities.push({ type: "enhanced-route-refresh" });
  if (longLived !== undefined) capabilities.push(longLived);
  if (settings.hostname !== undefined) capabilities.push({ type: "fqdn", hostname: settings.hostname, domain: "" });
  return capabilities;
}

/** The OPEN that this speaker sends (RFC 4271 section 4.2; AS_TRANS of RFC 6793 section 4.2.2 for large numbers). */
export function openMessage(settings: PeerSettings): OpenMessage {
  return {
    type: "open",
    version: 4,
    myAs: settings.ownAsn > 0xffff ? AS_TRANS : settings.ownAsn,
    holdTimeSeconds: settings.holdTimeSeconds,
    routerId: settings.routerId,
    capabilities: capabilitiesOf(settings),
  };
}
