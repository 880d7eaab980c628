import type { Millis } from "@vipkit/net";
import { sessionConnection, tell, type PeerCore } from "./core.js";
import { pump } from "./established.js";
import { feed } from "./feed.js";
import { shutdownReport } from "./notice.js";

/** How long a peer that does not read may delay the end of a drain. */
const PATIENCE_MS = 5000;

/** Stops both half-sessions with a Cease that carries the text, and stays stopped. */
export function stopPeer(core: PeerCore, text: string | undefined, now: Millis): void {
  if (!core.state.started) return;
  const error = shutdownReport(core, text);
  core.state = { ...core.state, started: false, draining: undefined };
  feed(core, "out", { event: "ManualStop", error }, now);
  feed(core, "in", { event: "ManualStop", error }, now);
  tell(core, { type: "stopped" });
}

/**
 * Graceful shutdown (RFC 8326 section 4.2): routes become the last choice, and after `waitMs`, when traffic has moved, they
 * are withdrawn and the session is closed.
 */
export function beginDrain(core: PeerCore, text: string | undefined, waitMs: Millis, now: Millis): void {
  if (sessionConnection(core) === undefined) return stopPeer(core, text, now);
  const withdrawAt = now + Math.max(0, waitMs);
  core.state = { ...core.state, draining: { text, withdrawAt, giveUpAt: withdrawAt + PATIENCE_MS, withdrawn: false } };
  if (waitMs > 0) core.rib.drain();
  pump(core);
}

/** The next step of a drain, when it is time for it. */
export function advanceDrain(core: PeerCore, now: Millis): void {
  const { draining } = core.state;
  if (draining === undefined) return;
  if (sessionConnection(core) === undefined) return stopPeer(core, draining.text, now);
  if (!draining.withdrawn) {
    if (now < draining.withdrawAt) return;
    core.state = { ...core.state, draining: { ...draining, withdrawn: true } };
    core.rib.withdrawAll();
    pump(core);
  }
  if (core.rib.idle || now >= draining.giveUpAt) stopPeer(core, draining.text, now);
}
