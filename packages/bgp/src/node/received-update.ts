import type { Ip } from "@vipkit/net";
import type { PathAttribute } from "../wire/attribute.js";
import type { Family } from "../wire/family.js";
import type { Nlri } from "../wire/nlri.js";
import type { Verdict } from "../wire/verdict.js";
import type { UpdateView } from "../wire/update-view.js";
import { endOfRibOf, routesOf } from "../wire/view-routes.js";
import { attributesOf } from "../wire/view-values.js";

/** A received UPDATE after RFC 7606: malformed announcements have become withdrawals. Owns its memory. */
export interface ReceivedUpdate {
  readonly announced: readonly {
    readonly family: Family;
    readonly nextHops: readonly Ip[];
    readonly nlri: readonly Nlri[];
  }[];
  readonly withdrawn: readonly { readonly family: Family; readonly nlri: readonly Nlri[] }[];
  readonly attributes: readonly PathAttribute[];
  readonly verdict: Verdict;
  /** The peer has told everything of this family. */
  readonly endOfRib: Family | undefined;
}

export function receivedUpdate(view: UpdateView): ReceivedUpdate {
  const { announced, withdrawn } = routesOf(view);
  const endOfRib = endOfRibOf(view);
  // A message that is treated as withdrawn has attributes that cannot be trusted, if they can be read at all.
  const attributes = view.verdict.action === "treat-as-withdraw" ? [] : attributesOf(view);
  return { announced, withdrawn, attributes, verdict: view.verdict, endOfRib };
}
