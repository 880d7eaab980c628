import type { ReceiveContext } from "./context.js";
import type { Verdict } from "./verdict.js";

/**
 * A received UPDATE, judged and not yet read: offsets into the caller's bytes, which must not change while the view is in use.
 * Read it with the functions of view-values.ts and view-routes.ts; what the verdict discards is not found by them.
 */
export interface UpdateView {
  readonly type: "update";
  /** The whole message. */
  readonly bytes: Uint8Array;
  readonly context: ReceiveContext;
  /** `accept`, `attribute-discard` or `treat-as-withdraw`: a message that resets the session gives no view. */
  readonly verdict: Verdict;
  /** End of the withdrawn routes, which start at 21; the attributes start two octets behind it. */
  readonly withdrawnEnd: number;
  /** End of the attributes and start of the NLRI. */
  readonly attributesEnd: number;
  /** Bit n: an attribute of code n < 32 is there. */
  readonly present: number;
  /** Bit n: an attribute of code 32 + n < 64 is there. */
  readonly presentHigh: number;
  /** Bit n: the attribute of code n < 32 is discarded. */
  readonly discarded: number;
  /** Where the value of NEXT_HOP starts; -1 when there is none of the right length. */
  readonly nextHop: number;
  /** Where the values of MP_REACH_NLRI and MP_UNREACH_NLRI start and end; -1 when there is none. */
  readonly mpReach: number;
  readonly mpReachEnd: number;
  readonly mpUnreach: number;
  readonly mpUnreachEnd: number;
}

/** The withdrawn routes start behind the header and their length. */
export const WITHDRAWN_START = 21;
