import {
  IPV4_MULTICAST,
  IPV4_UNICAST,
  IPV6_MULTICAST,
  IPV6_UNICAST,
  isSameFamily,
  type Family,
} from "../wire/family.js";

/** What a BGP4MP subtype says of its message (RFC 6396 section 4.4, RFC 8050 section 3). */
export interface MessageForm {
  readonly as4: boolean;
  readonly isLocal: boolean;
  readonly addPath: boolean;
}

const MESSAGE_FORMS: ReadonlyMap<number, MessageForm> = new Map([
  [1, { as4: false, isLocal: false, addPath: false }],
  [4, { as4: true, isLocal: false, addPath: false }],
  [6, { as4: false, isLocal: true, addPath: false }],
  [7, { as4: true, isLocal: true, addPath: false }],
  [8, { as4: false, isLocal: false, addPath: true }],
  [9, { as4: true, isLocal: false, addPath: true }],
  [10, { as4: false, isLocal: true, addPath: true }],
  [11, { as4: true, isLocal: true, addPath: true }],
]);

export const STATE_CHANGE = 0;
export const STATE_CHANGE_AS4 = 5;
export const PEER_INDEX_TABLE = 1;

export function messageForm(subtype: number): MessageForm | undefined {
  return MESSAGE_FORMS.get(subtype);
}

export function messageSubtype(form: MessageForm): number {
  for (const [subtype, { as4, isLocal, addPath }] of MESSAGE_FORMS) {
    if (as4 === form.as4 && isLocal === form.isLocal && addPath === form.addPath) return subtype;
  }
  return 1;
}

/** What a TABLE_DUMP_V2 subtype says of its routes (RFC 6396 section 4.3, RFC 8050 section 4). */
export interface RibForm {
  readonly family: Family;
  readonly addPath: boolean;
}

const RIB_FORMS: ReadonlyMap<number, RibForm> = new Map([
  [2, { family: IPV4_UNICAST, addPath: false }],
  [3, { family: IPV4_MULTICAST, addPath: false }],
  [4, { family: IPV6_UNICAST, addPath: false }],
  [5, { family: IPV6_MULTICAST, addPath: false }],
  [8, { family: IPV4_UNICAST, addPath: true }],
  [9, { family: IPV4_MULTICAST, addPath: true }],
  [10, { family: IPV6_UNICAST, addPath: true }],
  [11, { family: IPV6_MULTICAST, addPath: true }],
]);

export function ribForm(subtype: number): RibForm | undefined {
  return RIB_FORMS.get(subtype);
}

/** The subtype of routes of that form; undefined for families that have none. */
export function ribSubtype(form: RibForm): number | undefined {
  for (const [subtype, { family, addPath }] of RIB_FORMS) {
    if (isSameFamily(family, form.family) && addPath === form.addPath) return subtype;
  }
  return undefined;
}
