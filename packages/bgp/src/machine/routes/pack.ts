import type { Ip, IpFamily } from "@vipkit/net";
import type { PathAttribute } from "../../wire/attribute.js";
import type { CodecContext } from "../../wire/context.js";
import { encodeMessage } from "../../wire/encode-message.js";
import { hasFamily } from "../../wire/family.js";
import { lengthOfMessage } from "../../wire/length-of.js";
import { MAX_EXTENDED_LENGTH, MAX_LENGTH, type UpdateMessage } from "../../wire/message.js";
import type { Nlri } from "../../wire/nlri.js";
import { familyOfRoutes, usesMpReach } from "./attributes.js";

/** Attributes that many prefixes share, and how their UPDATEs look. */
export interface Template {
  readonly family: IpFamily;
  readonly nextHops: readonly Ip[];
  readonly attributes: readonly PathAttribute[];
  /** Octets of an UPDATE without any prefix. */
  readonly overhead: number;
}

/** How many octets a message of this session may have. Extended length is only for peers that agreed (RFC 8654). */
export function messageLimit(context: CodecContext): number {
  return context.extendedMessage ? MAX_EXTENDED_LENGTH : MAX_LENGTH;
}

function updateOf(template: Omit<Template, "overhead">, nlri: readonly Nlri[]): UpdateMessage {
  const { family, nextHops, attributes } = template;
  if (!usesMpReach(family, nextHops)) return { type: "update", withdrawn: [], attributes, nlri };
  // RFC 7606 section 5.1: MP_REACH_NLRI goes first.
  const reach: PathAttribute = { type: "mp-reach", family: familyOfRoutes(family), nextHops, nlri };
  return { type: "update", withdrawn: [], attributes: [reach, ...attributes], nlri: [] };
}

export function createTemplate(
  family: IpFamily,
  nextHops: readonly Ip[],
  attributes: readonly PathAttribute[],
  context: CodecContext,
): Template {
  const bare = { family, nextHops, attributes };
  // One octet more: the length field of a long MP_REACH_NLRI has two octets.
  return { ...bare, overhead: lengthOfMessage(updateOf(bare, []), context) + 1 };
}

export function hasAddPath(family: IpFamily, context: CodecContext): boolean {
  const { afi, safi } = familyOfRoutes(family);
  return hasFamily(context.addPath.send, afi, safi);
}

/** Octets of one prefix on the wire (RFC 4271 section 4.3, RFC 7911 section 3). */
function octetsOf(nlri: Nlri, addPath: boolean): number {
  return 1 + ((nlri.length + 7) >> 3) + (addPath ? 4 : 0);
}

function withPathId(nlri: Nlri, addPath: boolean): Nlri {
  return addPath && nlri.pathId === undefined ? { ...nlri, pathId: 0 } : nlri;
}

/** Takes prefixes from the front of `queue` until the message is full, and removes them from it. */
function take<Key>(
  queue: Map<Key, Nlri>,
  room: number,
  addPath: boolean,
): { readonly keys: Key[]; readonly nlri: Nlri[] } {
  const keys: Key[] = [];
  const nlri: Nlri[] = [];
  let left = room;
  for (const [key, one] of queue) {
    left -= octetsOf(one, addPath);
    if (left < 0) break;
    keys.push(key);
    nlri.push(withPathId(one, addPath));
  }
  for (const key of keys) queue.delete(key);
  return { keys, nlri };
}

/** One UPDATE that announces as many of the queue's prefixes as fit. Takes them from the queue. */
export function announceSome<Key>(
  template: Template,
  queue: Map<Key, Nlri>,
  context: CodecContext,
): { readonly keys: readonly Key[]; readonly nlri: readonly Nlri[]; readonly bytes: Uint8Array } {
  const room = messageLimit(context) - template.overhead;
  const { keys, nlri } = take(queue, room, hasAddPath(template.family, context));
  return { keys, nlri, bytes: encodeMessage(updateOf(template, nlri), context) };
}

/** Octets of an UPDATE that withdraws nothing yet: header 19, two lengths 4; with MP_UNREACH_NLRI also 4 + 3. */
const WITHDRAW_OVERHEAD = { ipv4: 23, ipv6: 30 } as const;

/** One UPDATE that withdraws as many of the queue's prefixes as fit. Takes them from the queue. */
export function withdrawSome<Key>(
  family: IpFamily,
  queue: Map<Key, Nlri>,
  context: CodecContext,
): { readonly keys: readonly Key[]; readonly bytes: Uint8Array } {
  const room = messageLimit(context) - WITHDRAW_OVERHEAD[family];
  const { keys, nlri } = take(queue, room, hasAddPath(family, context));
  const update: UpdateMessage =
    family === "ipv4"
      ? { type: "update", withdrawn: nlri, attributes: [], nlri: [] }
      : {
          type: "update",
          withdrawn: [],
          attributes: [{ type: "mp-unreach", family: familyOfRoutes(family), nlri }],
          nlri: [],
        };
  return { keys, bytes: encodeMessage(update, context) };
}
