/**
 * What a received message calls for (RFC 7606 section 2), from the mildest to the strongest: use it; use it without the
 * attributes that are wrong; treat its routes as withdrawn; end the session with a NOTIFICATION.
 */
export type VerdictAction = "accept" | "attribute-discard" | "treat-as-withdraw" | "reset";

/** The decision on one message as data. */
export interface Verdict {
  readonly action: VerdictAction;
  /** Error code of the NOTIFICATION that says what is wrong; sent only on `reset`. 0 on `accept`. */
  readonly code: number;
  readonly subcode: number;
  /** The NOTIFICATION's data. */
  readonly data: Uint8Array;
  /** Type code of the path attribute that decided, where one did. */
  readonly attribute: number | undefined;
}

/** Nothing is wrong. */
export const ACCEPT: Verdict = { action: "accept", code: 0, subcode: 0, data: new Uint8Array(0), attribute: undefined };

const STRENGTH: Readonly<Record<VerdictAction, number>> = {
  accept: 0,
  "attribute-discard": 1,
  "treat-as-withdraw": 2,
  reset: 3,
};

export function isStronger(action: VerdictAction, than: VerdictAction): boolean {
  return STRENGTH[action] > STRENGTH[than];
}
