import { ByteWriter, ipToBytes, VipkitError, type Ip } from "@vipkit/net";
import { writeText } from "../wire/text.js";
import { writeNlri } from "../wire/write-nlri.js";
import {
  MRT_HEADER_LENGTH,
  MrtType,
  type MrtMessage,
  type MrtPeer,
  type MrtPeerIndexTable,
  type MrtRecord,
  type MrtRib,
  type MrtStateChange,
  type MrtTableDump,
} from "./record.js";
import { messageSubtype, PEER_INDEX_TABLE, ribSubtype, STATE_CHANGE, STATE_CHANGE_AS4 } from "./subtypes.js";

interface Body {
  readonly code: number;
  readonly subtype: number;
  readonly parts: readonly Uint8Array[];
}

function fields(length: number, write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(length);
  write(writer);
  return writer.bytes;
}

function endsBody(ends: MrtMessage | MrtStateChange): Uint8Array[] {
  if (typeof ends.peerIp !== typeof ends.localIp) {
    throw new VipkitError("ERR_MRT_VALUE", "both ends of a session have addresses of one family");
  }
  const head = fields(ends.as4 ? 12 : 8, (writer) => {
    for (const asn of [ends.peerAs, ends.localAs]) {
      if (ends.as4) writer.u32(asn);
      else writer.u16(asn);
    }
    writer.u16(ends.interfaceIndex);
    writer.u16(typeof ends.peerIp === "number" ? 1 : 2);
  });
  return [head, ipToBytes(ends.peerIp), ipToBytes(ends.localIp)];
}

function bgp4mpCode(record: MrtMessage | MrtStateChange): number {
  return record.microseconds === undefined ? MrtType.bgp4mp : MrtType.bgp4mpEt;
}

function stateChangeBody(record: MrtStateChange): Body {
  const states = fields(4, (writer) => {
    writer.u16(record.oldState);
    writer.u16(record.newState);
  });
  const subtype = record.as4 ? STATE_CHANGE_AS4 : STATE_CHANGE;
  return { code: bgp4mpCode(record), subtype, parts: [...endsBody(record), states] };
}

function peerBytes({ routerId, ip, asn, as4 }: MrtPeer): Uint8Array {
  const address = ipToBytes(ip);
  return fields(5 + address.length + (as4 ? 4 : 2), (writer) => {
    writer.u8((typeof ip === "number" ? 0 : 1) | (as4 ? 2 : 0));
    writer.u32(routerId);
    writer.put(address);
    if (as4) writer.u32(asn);
    else writer.u16(asn);
  });
}

function peerIndexBody({ collectorId, viewName, peers }: MrtPeerIndexTable): Body {
  const name = writeText(viewName, 0xffff);
  const head = fields(8 + name.length, (writer) => {
    writer.u32(collectorId);
    writer.u16(name.length);
    writer.put(name);
    writer.u16(peers.length);
  });
  return { code: MrtType.tableDumpV2, subtype: PEER_INDEX_TABLE, parts: [head, ...peers.map(peerBytes)] };
}

function ribBody({ family, addPath, sequence, prefix, entries }: MrtRib): Body {
  const subtype = ribSubtype({ family, addPath });
  if (subtype === undefined) {
    throw new VipkitError("ERR_MRT_VALUE", `there is no RIB record for family ${family.afi}/${family.safi}`);
  }
  const octets = (prefix.length + 7) >>> 3;
  const head = fields(7 + octets, (writer) => {
    writer.u32(sequence);
    writer.offset = writeNlri(writer.bytes, writer.offset, [prefix], false);
    writer.u16(entries.length);
  });
  const parts = entries.map(({ peerIndex, originatedSeconds, pathId, attributes }) =>
    fields((addPath ? 12 : 8) + attributes.length, (writer) => {
      writer.u16(peerIndex);
      writer.u32(originatedSeconds);
      if (addPath) writer.u32(pathId ?? 0);
      writer.u16(attributes.length);
      writer.put(attributes);
    }),
  );
  return { code: MrtType.tableDumpV2, subtype, parts: [head, ...parts] };
}

function address(writer: ByteWriter, ip: Ip): void {
  writer.put(ipToBytes(ip));
}

function tableDumpBody(record: MrtTableDump): Body {
  const isIpv4 = typeof record.prefix.ip === "number";
  const width = isIpv4 ? 4 : 16;
  const body = fields(14 + 2 * width + record.attributes.length, (writer) => {
    writer.u16(record.viewNumber);
    writer.u16(record.sequence);
    address(writer, record.prefix.ip);
    writer.u8(record.prefix.length);
    // The status octet is unused and always 1 (RFC 6396 section 4.2).
    writer.u8(1);
    writer.u32(record.originatedSeconds);
    address(writer, record.peerIp);
    writer.u16(record.peerAs);
    writer.u16(record.attributes.length);
    writer.put(record.attributes);
  });
  return { code: MrtType.tableDump, subtype: isIpv4 ? 1 : 2, parts: [body] };
}

function bodyOf(record: MrtRecord): Body {
  switch (record.type) {
    case "message":
      return {
        code: bgp4mpCode(record),
        subtype: messageSubtype(record),
        parts: [...endsBody(record), record.message],
      };
    case "state-change":
      return stateChangeBody(record);
    case "peer-index-table":
      return peerIndexBody(record);
    case "rib":
      return ribBody(record);
    case "table-dump":
      return tableDumpBody(record);
    case "unknown":
      return { code: record.code, subtype: record.subtype, parts: [record.body] };
  }
}

/** Writes one record. @throws VipkitError `ERR_MRT_VALUE` when there is no form for it */
export function encodeMrt(record: MrtRecord): Uint8Array {
  const { code, subtype, parts } = bodyOf(record);
  const isExtended = code === MrtType.bgp4mpEt;
  const length = parts.reduce((sum, part) => sum + part.length, isExtended ? 4 : 0);
  return fields(MRT_HEADER_LENGTH + length, (writer) => {
    writer.u32(record.timeSeconds);
    writer.u16(code);
    writer.u16(subtype);
    writer.u32(length);
    if (isExtended) writer.u32(record.microseconds ?? 0);
    for (const part of parts) writer.put(part);
  });
}
