import type { Side } from "./half.js";

/** A BGP speaker as collision detection sees it: both numbers unsigned. */
export interface SpeakerId {
  readonly routerId: number;
  readonly asn: number;
}

/**
 * Which of two connections stays: the one dialled by the speaker with the higher identifier (RFC 4271 section 6.8); where
 * the identifiers are equal, by the one with the higher AS number (RFC 6286 section 2.3).
 * @returns `out` is the connection that `local` dialled
 */
export function collisionWinner(local: SpeakerId, remote: SpeakerId): Side {
  if (local.routerId !== remote.routerId) return local.routerId > remote.routerId ? "out" : "in";
  return local.asn > remote.asn ? "out" : "in";
}
