/** The first octet of every message in memberlist's wire protocol. */
export const MESSAGE_TYPE = {
  ping: 0,
  indirectPing: 1,
  ackResp: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  nackResp: 11,
  hasCrc: 12,
  err: 13,
  label: 244,
} as const;

export type MessageTypeName = keyof typeof MESSAGE_TYPE;

const NAMES: ReadonlyMap<number, MessageTypeName> = new Map(
  Object.entries(MESSAGE_TYPE).map(([name, type]) => [type, name as MessageTypeName]),
);

/** The name of a message type; undefined for a number that the protocol does not use. */
export function messageTypeName(type: number): MessageTypeName | undefined {
  return NAMES.get(type);
}
