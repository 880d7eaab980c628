import type { Millis } from "@vipkit/net";
import type { BfdStateName } from "../wire/packet.js";
import type { DampingConfig } from "./config.js";
import { tell, type Core } from "./core.js";

/** How long a session must be up before it is told, after so many failures in a row. The first failure is free. */
function holdDownMs({ firstMs, maxMs }: DampingConfig, flaps: number): Millis {
  return flaps <= 1 ? 0 : Math.min(firstMs * 2 ** Math.min(flaps - 2, 30), maxMs);
}

interface Change {
  readonly from: BfdStateName;
  readonly to: BfdStateName;
  readonly now: Millis;
  readonly reason: string;
  readonly diagnostic: number;
  readonly administrative?: boolean | undefined;
}

/**
 * Decides what is told of a change: "down" always and at once, "up" at once or, when the session keeps failing, only after
 * it has lasted. A routing protocol is thus not dragged up and down with a flapping path.
 */
export function damp(core: Core, change: Change): void {
  const { from, to, now, reason, diagnostic, administrative = false } = change;
  const { state, settings } = core;
  if (to === "Up") {
    state.upSince = now;
    const wait = holdDownMs(settings.damping, state.flaps);
    if (wait > 0) state.tellUpAt = now + wait;
    else tellUp(core);
  } else if (from === "Up") {
    if (state.toldUp) {
      tell(core, { type: "down", reason, diagnostic, administrative, heardUpMsAgo: now - state.heardUpAt });
    }
    const lasted = now - state.upSince >= settings.damping.stableMs;
    state.flaps = administrative ? 0 : lasted ? 1 : state.flaps + 1;
    state.toldUp = false;
    state.tellUpAt = Infinity;
  }
}

/** The path is believed. */
export function tellUp(core: Core): void {
  core.state.toldUp = true;
  core.state.tellUpAt = Infinity;
  tell(core, { type: "up" });
}
