import { formatIp, formatIpv4, formatPrefix, ipToBytes, toHex, type Ip } from "@vipkit/net";
import { attributeValueEnd, attributeValueStart } from "./attribute-header.js";
import type { MpReachAttribute, MpUnreachAttribute, PathAttribute } from "./attribute.js";
import type { Capability } from "./capability.js";
import { formatLargeCommunity } from "./communities.js";
import type { CodecContext } from "./context.js";
import { decodeMessage } from "./decode-message.js";
import { capabilityCode, encodeCapabilityValue } from "./encode-capability.js";
import type {
  AttributeJson,
  CapabilityJson,
  MessageJson,
  MpReachJson,
  MpUnreachJson,
  NlriJson,
  NotificationJson,
  OpenJson,
  UpdateJson,
} from "./json-form.js";
import type { NotificationMessage, OpenMessage, UpdateMessage } from "./message.js";
import type { Nlri } from "./nlri.js";
import { shutdownText } from "./shutdown.js";

function nlriJson(list: readonly Nlri[]): NlriJson[] {
  return list.map((nlri) => {
    const prefix = formatPrefix(nlri);
    return nlri.pathId === undefined ? prefix : { path_id: nlri.pathId, prefix };
  });
}

function detailsOf(capability: Capability): Partial<CapabilityJson> {
  switch (capability.type) {
    case "multiprotocol":
      return { afi: capability.family.afi, safi: capability.family.safi };
    case "four-octet-as":
      return { asn: capability.asn };
    case "graceful-restart":
      return {
        restart_time: capability.restartTimeSeconds,
        restart: capability.restarting,
        notification: capability.notification,
        families: capability.families.map(({ family: { afi, safi }, preserved }) => ({ afi, safi, preserved })),
      };
    case "add-path":
      return { families: capability.families.map(({ family: { afi, safi }, mode }) => ({ afi, safi, mode })) };
    case "fqdn":
      return { hostname: capability.hostname, domain: capability.domain };
    default:
      return {};
  }
}

function openJson(open: OpenMessage): OpenJson {
  return {
    version: open.version,
    my_as: open.myAs,
    hold_time: open.holdTimeSeconds,
    router_id: formatIpv4(open.routerId),
    capabilities: open.capabilities.map((capability) => ({
      code: capabilityCode(capability),
      value: toHex(encodeCapabilityValue(capability)),
      ...detailsOf(capability),
    })),
  };
}

function notificationJson(notification: NotificationMessage): NotificationJson {
  const { code, subcode, data } = notification;
  const text = shutdownText(notification);
  return { code, subcode, data: toHex(data), ...(text === undefined ? {} : { shutdown_communication: text }) };
}

function rawJson(raw: Uint8Array | undefined): { readonly nlri_raw?: string } {
  return raw === undefined ? {} : { nlri_raw: toHex(raw) };
}

function addressHex(ip: Ip): string {
  return toHex(ipToBytes(ip));
}

function mpReachJson({ family, nextHops, rawNextHop, nlri, rawNlri }: MpReachAttribute): MpReachJson {
  return {
    ...family,
    next_hop_raw: rawNextHop === undefined ? nextHops.map(addressHex).join("") : toHex(rawNextHop),
    next_hops: nextHops.map(formatIp),
    nlri: nlriJson(nlri),
    ...rawJson(rawNlri),
  };
}

function mpUnreachJson({ family, nlri, rawNlri }: MpUnreachAttribute): MpUnreachJson {
  return { ...family, nlri: nlriJson(nlri), ...rawJson(rawNlri) };
}

/** What one attribute adds to the readable part. */
function readable(attribute: PathAttribute): Partial<UpdateJson> {
  switch (attribute.type) {
    case "origin":
      return { origin: attribute.value };
    case "as-path":
      return { as_path: attribute.segments };
    case "next-hop":
      return { next_hop: formatIpv4(attribute.ip) };
    case "med":
      return { med: attribute.value };
    case "local-pref":
      return { local_pref: attribute.value };
    case "atomic-aggregate":
      return { atomic_aggregate: true };
    case "aggregator":
      return { aggregator: { asn: attribute.asn, address: formatIpv4(attribute.ip) } };
    case "communities":
      return { communities: attribute.values.map((value) => value.toString(16).padStart(8, "0")) };
    case "large-communities":
      return { large_communities: attribute.values.map(formatLargeCommunity) };
    case "ext-communities":
      return { ext_communities: attribute.values.map((value) => value.toString(16).padStart(16, "0")) };
    case "originator-id":
      return { originator_id: formatIpv4(attribute.ip) };
    case "cluster-list":
      return { cluster_list: attribute.ids.map(formatIpv4) };
    case "otc":
      return { otc: attribute.asn };
    case "mp-reach":
      return { mp_reach: mpReachJson(attribute) };
    case "mp-unreach":
      return { mp_unreach: mpUnreachJson(attribute) };
    case "as4-path":
    case "as4-aggregator":
    case "ipv6-ext-communities":
    case "aigp":
    case "unknown":
      return {};
  }
}

/** The attributes of an UPDATE that has been decoded, as they stand in its octets. */
function attributesJson(bytes: Uint8Array): AttributeJson[] {
  const found: AttributeJson[] = [];
  let at = 23 + ((bytes[19]! << 8) | bytes[20]!);
  const end = at + ((bytes[at - 2]! << 8) | bytes[at - 1]!);
  while (at < end) {
    const value = attributeValueStart(bytes, at, end);
    const next = attributeValueEnd(bytes, at, value);
    found.push({ type: bytes[at + 1]!, flags: bytes[at]!, value: toHex(bytes.subarray(value, next)) });
    at = next;
  }
  return found;
}

/** The first attribute of a kind counts (RFC 7606 section 3 g). */
function firstOfEach(attributes: readonly PathAttribute[]): Partial<UpdateJson> {
  const found: Record<string, unknown> = {};
  for (const attribute of attributes) {
    for (const [name, value] of Object.entries(readable(attribute))) found[name] ??= value;
  }
  return found;
}

function updateJson(update: UpdateMessage, bytes: Uint8Array): UpdateJson {
  return {
    withdrawn: nlriJson(update.withdrawn),
    nlri: nlriJson(update.nlri),
    attrs: attributesJson(bytes),
    ...firstOfEach(update.attributes),
  };
}

/** The JSON form of one whole message. @throws BgpDecodeError as `decodeMessage` does */
export function messageToJson(bytes: Uint8Array, context: CodecContext): MessageJson {
  const message = decodeMessage(bytes, context);
  const { type } = message;
  const { length } = bytes;
  switch (type) {
    case "open":
      return { type, length, open: openJson(message) };
    case "update":
      return { type, length, update: updateJson(message, bytes) };
    case "notification":
      return { type, length, notification: notificationJson(message) };
    case "route-refresh":
      return {
        type,
        length,
        route_refresh: { afi: message.family.afi, subtype: message.subtype, safi: message.family.safi },
      };
    case "keepalive":
      return { type, length };
  }
}
