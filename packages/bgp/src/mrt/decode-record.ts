import { ByteReader, DecodeError, ipFromBytes, type Ip, type Prefix } from "@vipkit/net";
import { readPrefix4, readPrefix6 } from "../wire/read-nlri.js";
import { readText } from "../wire/text.js";
import { MRT_HEADER_LENGTH, MrtType, type MrtPeer, type MrtRecord, type MrtRibEntry } from "./record.js";
import { messageForm, PEER_INDEX_TABLE, ribForm, STATE_CHANGE, STATE_CHANGE_AS4, type RibForm } from "./subtypes.js";

/** What every record has in common, and where its body starts. */
interface Head {
  readonly timeSeconds: number;
  readonly microseconds?: number;
  readonly code: number;
  readonly subtype: number;
}

type Timed = Pick<Head, "timeSeconds" | "microseconds">;

function readAddress(reader: ByteReader, afi: number): Ip {
  if (afi !== 1 && afi !== 2) {
    throw new DecodeError("ERR_MRT_AFI", "address family", reader.offset, `there is no address family ${afi} here`);
  }
  return ipFromBytes(reader.copy(afi === 1 ? 4 : 16, "address"));
}

function readEnds(
  reader: ByteReader,
  as4: boolean,
): Omit<Extract<MrtRecord, { type: "state-change" }>, "type" | "oldState" | "newState" | keyof Timed> {
  const peerAs = as4 ? reader.u32("peer AS") : reader.u16("peer AS");
  const localAs = as4 ? reader.u32("local AS") : reader.u16("local AS");
  const interfaceIndex = reader.u16("interface index");
  const afi = reader.u16("address family");
  const peerIp = readAddress(reader, afi);
  const localIp = readAddress(reader, afi);
  return { peerAs, localAs, interfaceIndex, peerIp, localIp, as4 };
}

function rest(reader: ByteReader): Uint8Array {
  return reader.copy(reader.remaining, "rest");
}

function readBgp4mp(reader: ByteReader, time: Timed, subtype: number): MrtRecord | undefined {
  if (subtype === STATE_CHANGE || subtype === STATE_CHANGE_AS4) {
    const ends = readEnds(reader, subtype === STATE_CHANGE_AS4);
    return {
      type: "state-change",
      ...time,
      ...ends,
      oldState: reader.u16("old state"),
      newState: reader.u16("new state"),
    };
  }
  const form = messageForm(subtype);
  if (form === undefined) return undefined;
  const ends = readEnds(reader, form.as4);
  return { type: "message", ...time, ...ends, isLocal: form.isLocal, addPath: form.addPath, message: rest(reader) };
}

function readPeer(reader: ByteReader): MrtPeer {
  const type = reader.u8("peer type");
  const as4 = (type & 2) !== 0;
  const routerId = reader.u32("peer BGP identifier");
  const ip = readAddress(reader, (type & 1) === 0 ? 1 : 2);
  return { routerId, ip, asn: as4 ? reader.u32("peer AS") : reader.u16("peer AS"), as4 };
}

function readPeerIndexTable(reader: ByteReader, time: Timed): MrtRecord {
  const collectorId = reader.u32("collector BGP identifier");
  const nameAt = reader.offset;
  const viewName = readText(reader.copy(reader.u16("view name length"), "view name"));
  if (viewName === undefined) throw new DecodeError("ERR_MRT_TEXT", "view name", nameAt, "the view name is not UTF-8");
  const peers = Array.from({ length: countOf(reader, 11, "peer count") }, () => readPeer(reader));
  return { type: "peer-index-table", ...time, collectorId, viewName, peers };
}

/** A count of things of at least `size` octets: one that cannot be true is refused before anything is made for it. */
function countOf(reader: ByteReader, size: number, field: string): number {
  const at = reader.offset;
  const count = reader.u16(field);
  if (count * size > reader.remaining) {
    throw new DecodeError("ERR_MRT_TRUNCATED", field, at, `${count} entries do not fit in ${reader.remaining} octets`);
  }
  return count;
}

function readPrefix(reader: ByteReader, afi: number): Prefix {
  const at = reader.offset;
  const length = reader.u8("prefix length");
  if (length > (afi === 1 ? 32 : 128)) {
    throw new DecodeError("ERR_MRT_PREFIX", "prefix length", at, `a prefix of AFI ${afi} does not have ${length} bits`);
  }
  const octets = reader.take((length + 7) >>> 3, "prefix");
  const ip = afi === 1 ? readPrefix4(reader.bytes, octets, length) : readPrefix6(reader.bytes, octets, length);
  return { ip, length };
}

function readRib(reader: ByteReader, time: Timed, { family, addPath }: RibForm): MrtRecord {
  const sequence = reader.u32("sequence number");
  const prefix = readPrefix(reader, family.afi);
  const entries = Array.from({ length: countOf(reader, addPath ? 12 : 8, "entry count") }, (): MrtRibEntry => {
    const peerIndex = reader.u16("peer index");
    const originatedSeconds = reader.u32("originated time");
    const pathId = addPath ? { pathId: reader.u32("path identifier") } : {};
    const attributes = reader.copy(reader.u16("attribute length"), "attributes");
    return { peerIndex, originatedSeconds, ...pathId, attributes };
  });
  return { type: "rib", ...time, family, addPath, sequence, prefix, entries };
}

function readTableDump(reader: ByteReader, time: Timed, afi: number): MrtRecord {
  const viewNumber = reader.u16("view number");
  const sequence = reader.u16("sequence number");
  const address = readAddress(reader, afi);
  const at = reader.offset;
  const length = reader.u8("prefix length");
  if (length > (afi === 1 ? 32 : 128)) {
    throw new DecodeError("ERR_MRT_PREFIX", "prefix length", at, `a prefix of AFI ${afi} does not have ${length} bits`);
  }
  reader.u8("status");
  const originatedSeconds = reader.u32("originated time");
  const peerIp = readAddress(reader, afi);
  const peerAs = reader.u16("peer AS");
  const attributes = reader.copy(reader.u16("attribute length"), "attributes");
  return {
    type: "table-dump",
    ...time,
    viewNumber,
    sequence,
    prefix: { ip: address, length },
    originatedSeconds,
    peerIp,
    peerAs,
    attributes,
  };
}

function readBody(reader: ByteReader, { code, subtype, ...time }: Head): MrtRecord | undefined {
  if (code === MrtType.bgp4mp || code === MrtType.bgp4mpEt) return readBgp4mp(reader, time, subtype);
  if (code === MrtType.tableDump && (subtype === 1 || subtype === 2)) return readTableDump(reader, time, subtype);
  if (code !== MrtType.tableDumpV2) return undefined;
  if (subtype === PEER_INDEX_TABLE) return readPeerIndexTable(reader, time);
  const form = ribForm(subtype);
  return form === undefined ? undefined : readRib(reader, time, form);
}

/**
 * Reads one whole record (RFC 6396, RFC 8050); the result owns its memory. Types and subtypes that are not read come as
 * `unknown`.
 * @throws DecodeError `ERR_MRT_TRUNCATED`, `ERR_MRT_TRAILING`, `ERR_MRT_AFI`, `ERR_MRT_PREFIX`, `ERR_MRT_TEXT`
 */
export function decodeMrt(bytes: Uint8Array): MrtRecord {
  const reader = new ByteReader(bytes, "ERR_MRT_TRUNCATED");
  const timeSeconds = reader.u32("timestamp");
  const code = reader.u16("type");
  const subtype = reader.u16("subtype");
  const length = reader.u32("length");
  if (length !== bytes.length - MRT_HEADER_LENGTH) {
    const wrong = length > bytes.length - MRT_HEADER_LENGTH ? "ERR_MRT_TRUNCATED" : "ERR_MRT_TRAILING";
    const message = `the header says ${length} octets, ${bytes.length - MRT_HEADER_LENGTH} are here`;
    throw new DecodeError(wrong, "length", 8, message);
  }
  const micro = code === MrtType.bgp4mpEt ? { microseconds: reader.u32("microseconds") } : {};
  const bodyAt = reader.offset;
  const record = readBody(reader, { timeSeconds, ...micro, code, subtype });
  if (record === undefined) return { type: "unknown", timeSeconds, ...micro, code, subtype, body: bytes.slice(bodyAt) };
  if (reader.remaining > 0) {
    const message = `${reader.remaining} octets are left behind the record`;
    throw new DecodeError("ERR_MRT_TRAILING", "body", reader.offset, message);
  }
  return record;
}
