import { IPV4_UNICAST, type Family } from "./family.js";
import type { UpdateMessage } from "./message.js";

/** The End-of-RIB marker (RFC 4724 section 2): an empty UPDATE for IPv4 unicast, an empty MP_UNREACH_NLRI for the others. */
export function endOfRib({ afi, safi }: Family): UpdateMessage {
  if (afi === IPV4_UNICAST.afi && safi === IPV4_UNICAST.safi) {
    return { type: "update", withdrawn: [], attributes: [], nlri: [] };
  }
  return {
    type: "update",
    withdrawn: [],
    attributes: [{ type: "mp-unreach", family: { afi, safi }, nlri: [] }],
    nlri: [],
  };
}
