import type { Prefix } from "@vipkit/net";

/** A prefix as routes carry it. Any `Prefix` of `@vipkit/net` is one. Host bits are zero in everything that is decoded. */
export interface Nlri extends Prefix {
  /** Path identifier (RFC 7911), 0 to 2^32 - 1: present exactly where the context has add-path for the family. */
  readonly pathId?: number | undefined;
}
